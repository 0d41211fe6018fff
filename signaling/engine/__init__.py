"""The one object the rest of the product talks to: rooms, grants, routes, events."""

from signaling.engine.engine import Engine
from signaling.engine.event_log import NumberedEvent

__all__ = ["Engine", "NumberedEvent"]
