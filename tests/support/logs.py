"""How tests log where nothing else was configured: structlog's defaults, with plain tracebacks.

Its own draw every local of every frame with Rich, which takes seconds for a fault in a handler.
"""

import structlog


def plain_logs() -> None:
    """Forget what was configured, and print what happens."""
    structlog.reset_defaults()
    drawn_plainly = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], drawn_plainly])
