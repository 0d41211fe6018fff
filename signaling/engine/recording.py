"""Recordings as the rest of the product sees them: by room and publication, told of as events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from signaling.endpoints.ports import Clock
from signaling.engine.ports import Media
from signaling.engine.registry import Registry
from signaling.outputs.recorder import Limits
from signaling.rooms.media_map import Publication
from signaling.rooms.values import PublicationId
from signaling.workers.recording_plan import RecordingEvent
from signaling.workers.recording_refusals import PublicationUnknown


@dataclass(frozen=True, slots=True)
class RecordingNews:
    """Something happened to a recording; numbered among the events of rooms."""

    at: datetime
    what: RecordingEvent


class RecordingDoor:
    """Finds in a room what is to be recorded."""

    def __init__(
        self, media: Media, registry: Registry, clock: Clock, emit: Callable[[RecordingNews], None]
    ) -> None:
        self._media = media
        self._registry = registry
        self._clock = clock
        self._emit = emit

    def publications(self, room: str) -> tuple[Publication, ...]:
        """What is being published in a room; raises RoomUnknown."""
        return tuple(self._registry.find(room).room.state.media.publications.values())

    async def record(self, room: str, publication: str, limits: Limits | None) -> str:
        """Record a publication of a room; the id of the recording."""
        found = self._registry.find(room).room.state.media.publications
        value = found.get(PublicationId(publication))
        if value is None:
            raise PublicationUnknown
        sections = tuple((section.mid, section.kind) for section in value.sections)
        return await self._media.recordings.record(room, publication, sections, limits)

    def happened(self, event: RecordingEvent) -> None:
        """The media side says so."""
        self._emit(RecordingNews(self._clock(), event))
