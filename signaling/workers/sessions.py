"""The sessions that the control plane has open, kept in step with what the workers report."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from signaling.refusals import SessionUnknown
from signaling.sdp.values import IceParameters
from signaling.workers.events import Events, WorkerLost
from signaling.workers.link import Event
from signaling.workers.messages import (
    Connected,
    Disconnected,
    InboundSection,
    LayersWanted,
    MediaStarted,
    VoiceChanged,
)


@dataclass(frozen=True, slots=True)
class Published:
    """What a session sends up, and under which name."""

    name: str
    sections: tuple[InboundSection, ...]

    def section(self, mid: str) -> InboundSection | None:
        """The section of that MID."""
        return next((section for section in self.sections if section.mid == mid), None)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One living session as administrators see it; `publication` is "" for a viewer."""

    id: str
    room: str
    worker: str
    publication: str


@dataclass(slots=True)
class Session:
    """One living session; only its ICE generation changes."""

    id: str
    room: str
    worker: str
    theirs: IceParameters
    first_mid: str
    first_kind: str
    etag: str
    epoch: int  # of its room's placement, when it was opened
    published: Published | None = None  # None: a subscription
    restarting: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """Found by id, as large as what is alive; tells `events` what becomes of them."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._by_id: dict[str, Session] = {}
        self._by_publication: dict[str, Session] = {}
        self._load: Counter[str] = Counter()  # sessions by worker
        self._spread: defaultdict[str, Counter[str]] = defaultdict(Counter)  # the same, by room
        self._left: set[str] = set()  # rooms that lost a session and may be empty now

    def add(self, session: Session) -> None:
        """From now on events of this session are passed on."""
        self._by_id[session.id] = session
        self._load[session.worker] += 1
        self._spread[session.room][session.worker] += 1
        if session.published is not None:
            self._by_publication[session.published.name] = session

    def require(self, session: str) -> Session:
        """The session of that id.

        Raises:
            SessionUnknown: there is none, or it has ended.
        """
        found = self._by_id.get(session)
        if found is None:
            raise SessionUnknown
        return found

    def knows(self, session: str) -> bool:
        """Whether the session lives."""
        return session in self._by_id

    def publishing(self, publication: str) -> Session | None:
        """The session of that publication."""
        return self._by_publication.get(publication)

    def of_room(self, room: str) -> tuple[Session, ...]:
        """The living sessions of a room."""
        return tuple(session for session in self._by_id.values() if session.room == room)

    def listed(self) -> Iterator[OpenSession]:
        """Every living session."""
        for session in self._by_id.values():
            name = session.published.name if session.published else ""
            yield OpenSession(session.id, session.room, session.worker, name)

    def epochs(self) -> dict[str, int]:
        """The rooms that have sessions, and the newest placement that these know."""
        found: dict[str, int] = {}
        for session in self._by_id.values():
            found[session.room] = max(session.epoch, found.get(session.room, 0))
        return found

    def load(self) -> Counter[str]:
        """How many sessions each worker has."""
        return +self._load

    def spread(self, room: str) -> Counter[str]:
        """How many sessions of that room each worker has."""
        return +self._spread[room] if room in self._spread else Counter()

    def forget(self, session: str) -> None:
        """The session has ended; nothing happens if it had before."""
        ended = self._by_id.pop(session, None)
        if ended is None:
            return
        self._left.add(ended.room)
        self._load[ended.worker] -= 1
        self._spread[ended.room][ended.worker] -= 1
        name = ended.published.name if ended.published is not None else ""
        if self._by_publication.get(name) is ended:
            del self._by_publication[name]

    def emptied_rooms(self) -> Iterator[str]:
        """The rooms that have lost their last session since the last call."""
        while self._left:
            room = self._left.pop()
            if not self.spread(room):
                self._spread.pop(room, None)
                yield room

    def happened(self, worker: str, event: Event) -> None:
        """A worker reported this; a session that we closed, or never opened, is no news."""
        match event:
            case MediaStarted() | VoiceChanged() | LayersWanted():
                self._events.publish(event)
            case Connected():
                if self._lives(event.session, worker):
                    self._events.publish(event)
            case Disconnected():
                if self._lives(event.session, worker):
                    self.forget(event.session)
                    self._events.publish(event)
            case _:
                assert_never(event)

    def lost(self, worker: str) -> None:
        """A worker is gone: all its sessions are."""
        gone = tuple(session.id for session in self._by_id.values() if session.worker == worker)
        for session in gone:
            self.forget(session)
            self._events.publish(Disconnected(session=session, reason="worker-lost"))
        del self._load[worker]
        self._events.publish(WorkerLost(worker, gone))

    def _lives(self, session: str, worker: str) -> bool:
        found = self._by_id.get(session)
        return found is not None and found.worker == worker
