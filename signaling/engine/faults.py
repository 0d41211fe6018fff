"""A fault in one room must not end the others: it is logged with its trace and counted."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from signaling.engine.counters import Counters

_log = structlog.get_logger()


@contextmanager
def contained(counters: Counters, what: str, room: str) -> Iterator[None]:
    """Keep a bug inside this block; the task that serves every room goes on."""
    try:
        yield
    except Exception:  # noqa: BLE001  a bug, not a refusal: loud in the log and in the metrics
        counters.faults += 1
        _log.exception("room-fault", what=what, room=room)
