"""Which worker a room lives on, and since which epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Placement:
    """A room lives on one worker; a later placement of the same room has a higher epoch."""

    room: str
    worker: str
    epoch: int


class Placements(Protocol):
    """The truth about where rooms live. Every implementation passes the same contract test."""

    async def place(self, room: str, *, up: Sequence[str]) -> Placement | None:
        """Where the room lives: where it was if that worker is up, else on the first of them.

        Args:
            room: The room.
            up: The ids of the workers that can take sessions now, the best one first.

        Returns:
            None if no worker is up.
        """
        ...

    async def release(self, room: str) -> None:
        """The room has no session any more; its next placement is free, with a higher epoch."""
        ...

    async def taken(self, rooms: Mapping[str, int]) -> set[str]:
        """Which of these rooms another control plane has placed since the epoch given for each."""
        ...


class InMemoryPlacements(Placements):
    """For one control plane that forgets everything when it ends, as its workers do."""

    def __init__(self) -> None:
        self._rooms: dict[str, Placement] = {}
        self._epoch = 0  # one count for all rooms: a released room needs no memory of its own

    @override
    async def place(self, room: str, *, up: Sequence[str]) -> Placement | None:
        known = self._rooms.get(room)
        if known is not None and known.worker in up:
            return known
        if not up:
            return None
        self._epoch += 1
        self._rooms[room] = Placement(room, up[0], self._epoch)
        return self._rooms[room]

    @override
    async def release(self, room: str) -> None:
        self._rooms.pop(room, None)

    @override
    async def taken(self, rooms: Mapping[str, int]) -> set[str]:
        return set()  # there is no other one
