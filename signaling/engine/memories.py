"""Remembers rooms beyond the life of this process: who is in them, what was said, what to tell."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from signaling.engine.notebooks import Notebooks
from signaling.rooms.events import RoomEvent
from signaling.rooms.memory import AcknowledgedNote, Memory, Note, noted, untold
from signaling.rooms.state import RoomState
from signaling.rooms.values import RoomId

FORGET_AFTER = timedelta(hours=1)  # how long an ended room still says that it has ended
COMPACT_AFTER = 2_000  # notes; below a megabyte of what is mostly out of date


@dataclass(slots=True)
class _Kept:
    memory: Memory
    is_ours: bool = False  # somebody has been here in this life, and nowhere else since
    notes: int = 0  # since the file was last rewritten
    is_torn: bool = False  # a note is missing in the file


class Memories:
    """Notes of the rooms that people use here; a room in which nobody was leaves none."""

    def __init__(self, notebooks: Notebooks) -> None:
        self._notebooks = notebooks
        self._kept: dict[str, _Kept] = {}
        self.failures = 0

    def untold(self) -> list[RoomEvent]:
        """What happened in earlier lives and nobody has taken care of, room by room."""
        for room in self._notebooks.rooms():
            self.recall(room)
        return [event for kept in self._kept.values() for event in untold(kept.memory)]

    def recall(self, room: str) -> Memory:
        """What is remembered of a room that is about to be opened."""
        kept = self._kept.get(room)
        if kept is None or not kept.is_ours:
            kept = self._kept[room] = _Kept(self._notebooks.read(room))
        return kept.memory

    def take(self, room: RoomId) -> None:
        """Somebody comes in: from now on this process is the one that takes notes."""
        self.recall(room)
        self._kept[room].is_ours = True

    def let_go(self, room: RoomId) -> None:
        """Another process has the room now."""
        self._kept.pop(room, None)

    def keep(self, state: RoomState, events: Sequence[RoomEvent]) -> None:
        """Note what has changed in a room, before anybody is told."""
        room = state.plan.room
        kept = self._kept.get(room)
        if kept is not None and kept.is_ours:
            self._note(room, kept, [*kept.memory.news(state), *noted(events)])

    def told(self, event: RoomEvent) -> None:
        """The product has taken care of an event."""
        kept = self._kept.get(event.room)
        waiting = untold(kept.memory) if kept is not None else []
        if kept is not None and event in waiting[:1]:
            self._note(event.room, kept, [AcknowledgedNote()])

    def sweep(self, now: datetime, still: Container[str]) -> None:
        """Forget rooms that closed long ago, with all that was said; not those `still` open."""
        for room, kept in list(self._kept.items()):
            plan = kept.memory.plan
            is_told = room not in still and not kept.memory.events
            if plan is not None and is_told and now > plan.closes_at + FORGET_AFTER:
                del self._kept[room]
                self._notebooks.drop(room)

    def _note(self, room: str, kept: _Kept, notes: list[Note]) -> None:
        if not notes:
            return
        for note in notes:
            kept.memory.take(note)
        kept.notes += len(notes)
        if kept.is_torn or kept.notes > COMPACT_AFTER:
            kept.is_torn = not self._notebooks.replace(room, kept.memory.notes())
            kept.notes = 0
        else:
            kept.is_torn = not self._notebooks.add(room, notes)
        self.failures += kept.is_torn
