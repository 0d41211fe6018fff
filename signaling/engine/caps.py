"""How many media sessions may live at once: in a room, for a person, from an address. Pure."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from signaling.refusals import AddressFull, PersonFull, Refusal, RoomMediaFull


@dataclass(frozen=True, slots=True)
class Caps:
    """Room for what honest people have alive, and for the session that replaces each.

    A person has a subscription, a camera and a screen; who uses stock players has one for each
    publication instead, nine in a full room. A whole campus may sit behind one address.
    """

    room_sessions: int = 6  # for each seat
    room_publications: int = 4  # for each seat
    person_sessions: int = 16
    person_publications: int = 4
    address_sessions: int = 600  # and as many room sockets


DEFAULT_CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Entrant:
    """Whose session it is."""

    room: str
    participant: str
    address: str
    publishes: bool


_Key = tuple[str, ...]


class Occupancy:
    """Who has how many sessions, living or being opened; as large as they are many."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._count: Counter[_Key] = Counter()

    def enter(self, entrant: Entrant, *, seats: int) -> None:
        """Count one more session, in a room of so many seats.

        Raises:
            RoomMediaFull, PersonFull, AddressFull: there are as many as there may be.
        """
        for key, limit, refusal in self._limits(entrant, seats):
            if self._count[key] >= limit:
                raise refusal(limit=limit)
        self._count.update(_keys(entrant))

    def leave(self, entrant: Entrant) -> None:
        """One of these sessions has ended."""
        for key in _keys(entrant):
            self._count[key] -= 1
            if self._count[key] <= 0:
                del self._count[key]

    def _limits(self, entrant: Entrant, seats: int) -> list[tuple[_Key, int, type[Refusal]]]:
        caps = self._caps
        address, room, person, *up = _keys(entrant)
        limits: list[tuple[_Key, int, type[Refusal]]] = [
            (person, caps.person_sessions, PersonFull),
            (room, caps.room_sessions * seats, RoomMediaFull),
            (address, caps.address_sessions, AddressFull),
        ]
        if up:
            room_up, person_up = up
            limits.append((person_up, caps.person_publications, PersonFull))
            limits.append((room_up, caps.room_publications * seats, RoomMediaFull))
        return limits


def _keys(entrant: Entrant) -> list[_Key]:
    room, participant = entrant.room, entrant.participant
    keys: list[_Key] = [
        ("address", entrant.address),
        ("room", room),
        ("person", room, participant),
    ]
    if entrant.publishes:
        keys += [("room-up", room), ("person-up", room, participant)]
    return keys
