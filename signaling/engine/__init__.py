"""The one object the rest of the product talks to: rooms, grants, routes, events."""

from signaling.engine.engine import Engine
from signaling.engine.event_log import NumberedEvent
from signaling.engine.recording import RecordingNews
from signaling.outputs.recorder import Limits

__all__ = ["Engine", "Limits", "NumberedEvent", "RecordingNews"]
