"""The media worker process, its supervisor, and the typed messages between the two sides."""
