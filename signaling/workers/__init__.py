"""The media worker process, its supervisor, and the typed messages that go between them."""
