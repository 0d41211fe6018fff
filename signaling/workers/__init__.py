"""The media worker process, its supervisor, and the typed messages between it and the control plane."""
