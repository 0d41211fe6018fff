"""Media sessions on paper: keeps the contract of `signaling.engine.ports.Media` without packets."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from signaling.forwarding.record import FlightRecord
from signaling.outputs.recorder import Limits
from signaling.refusals import NoWorker, SessionUnknown
from signaling.workers.events import Events, MediaEvent
from signaling.workers.messages import Inflow, Kind, Statistics
from signaling.workers.opened import IceRestarted, Opened, OpenedSection
from signaling.workers.placement import Placements
from signaling.workers.recording_refusals import RecordingUnknown
from signaling.workers.sessions import OpenSession


class PaperRecordings:
    """Recordings on paper."""

    def __init__(self) -> None:
        self.wanted: dict[str, tuple[object, ...]] = {}

    async def record(
        self,
        room: str,
        publication: str,
        sections: tuple[tuple[str, Kind], ...],
        limits: Limits | None,
    ) -> str:
        await asyncio.sleep(0)
        name = f"recording-{len(self.wanted) + 1}"
        self.wanted[name] = (room, publication, sections, limits)
        return name

    async def end(self, recording: str) -> None:
        await asyncio.sleep(0)
        if self.wanted.pop(recording, None) is None:
            raise RecordingUnknown


class PaperMedia:
    """Offers are words: one section for each of their letters `a` (audio) and `v` (video)."""

    def __init__(self) -> None:
        self.events = Events()
        self.sessions: dict[str, str] = {}  # session -> publication, or "" for a subscription
        self.flowing: dict[tuple[str, str], tuple[str, str]] = {}
        self.freezes: list[tuple[str, str, int, int]] = []
        self.limits: dict[tuple[str, str], int | None] = {}
        self.is_full = False
        self.opens = asyncio.Event()  # cleared: sessions wait to be opened
        self.opens.set()
        self.opening = 0
        self.renewals: list[timedelta] = []
        self.renewal_ends: asyncio.Event | None = None
        self.recordings = PaperRecordings()
        self._opened = 0
        self.fails_with: Exception | None = None
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        await self._stopped.wait()

    def place_by(self, placements: Placements) -> None:
        """There is one place on paper."""

    async def ready(self) -> None:
        return

    async def renew(self, *, within: timedelta) -> None:
        self.renewals.append(within)
        if self.renewal_ends is not None:
            await self.renewal_ends.wait()

    async def stop(self, *, within: timedelta) -> None:
        assert within > timedelta()
        self._stopped.set()

    async def open_publication(self, room: str, publication: str, offer_text: str) -> Opened:
        return await self._open(f"up-{room}", publication, offer_text)

    async def open_subscription(self, room: str, offer_text: str, cname: str) -> Opened:
        assert cname
        return await self._open(f"down-{room}", "", offer_text)

    async def attach_all(self, session: str, inflows: Sequence[Inflow]) -> None:
        await self._reach(session)
        known = [one for one in inflows if one.publication in self.sessions.values()]
        self.flowing.update(
            ((session, one.mid), (one.publication, one.source_mid)) for one in known
        )
        if len(known) < len(inflows):
            raise SessionUnknown

    async def detach(self, session: str, mid: str) -> None:
        await self._reach(session)
        self.flowing.pop((session, mid), None)

    async def set_limit(self, session: str, mid: str, height: int | None) -> None:
        await self._reach(session)
        self.limits[session, mid] = height

    async def note_freezes(self, session: str, mid: str, freezes: int, milliseconds: int) -> None:
        await self._reach(session)
        self.freezes.append((session, mid, freezes, milliseconds))

    async def restart_ice(
        self, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None:
        await self._reach(session)
        return IceRestarted(fragment_text, "etag-2") if if_match == "*" else None

    async def close(self, session: str) -> None:
        await self._reach(session)
        self.forget(session)

    async def statistics(self) -> tuple[Statistics, ...]:
        return ()

    async def flight(self, session: str) -> FlightRecord:
        await self._reach(session)
        return FlightRecord(session, "up", 60.0, 0.0, True, (), {}, (), (), (), ())

    def open_sessions(self) -> tuple[OpenSession, ...]:
        return tuple(
            OpenSession(session, session.partition("-")[2].rpartition("-")[0], "paper", name)
            for session, name in self.sessions.items()
        )

    def report(self, event: MediaEvent) -> None:
        self.events.publish(event)

    def forget(self, session: str) -> None:
        del self.sessions[session]
        for key in [key for key in self.flowing if key[0] == session]:
            del self.flowing[key]

    async def _open(self, prefix: str, publication: str, offer: str) -> Opened:
        self.opening += 1
        await asyncio.sleep(0)
        await self.opens.wait()
        self.opening -= 1
        if self.is_full:
            raise NoWorker
        self._opened += 1
        session = f"{prefix}-{self._opened}"
        self.sessions[session] = publication
        kinds: dict[str, Kind] = {"a": "audio", "v": "video"}
        sections = tuple(OpenedSection(str(n), kinds[c]) for n, c in enumerate(offer))
        return Opened(session, f"answer to {offer}", "etag-1", sections)

    async def _reach(self, session: str) -> None:
        await asyncio.sleep(0)
        if self.fails_with is not None:
            raise self.fails_with
        if session not in self.sessions:
            raise SessionUnknown
