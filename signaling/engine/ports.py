"""What the engine needs from the media side; `signaling.workers.control.MediaControl` is one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from signaling.forwarding.record import FlightRecord
from signaling.outputs.recorder import Limits
from signaling.workers.events import Events
from signaling.workers.messages import Inflow, Kind, Statistics
from signaling.workers.opened import IceRestarted, Opened
from signaling.workers.placement import Placements
from signaling.workers.sessions import OpenSession


class MediaRecordings(Protocol):
    """Recordings of publications; every "no" is a Refusal."""

    async def record(
        self,
        room: str,
        publication: str,
        sections: tuple[tuple[str, Kind], ...],
        limits: Limits | None,
    ) -> str: ...

    async def end(self, recording: str) -> None: ...


class Media(Protocol):
    """Publications and subscriptions on workers; every "no" is a Refusal."""

    @property
    def events(self) -> Events:
        """What happens to sessions."""
        ...

    @property
    def recordings(self) -> MediaRecordings:
        """What is recorded of them."""
        ...

    async def run(self) -> None: ...

    def place_by(self, placements: Placements) -> None: ...

    async def ready(self) -> None: ...

    async def renew(self, *, within: timedelta) -> None: ...

    async def stop(self, *, within: timedelta) -> None: ...

    async def open_publication(self, room: str, publication: str, offer_text: str) -> Opened: ...

    async def open_subscription(self, room: str, offer_text: str, cname: str) -> Opened: ...

    async def attach_all(self, session: str, inflows: Sequence[Inflow]) -> None: ...

    async def detach(self, session: str, mid: str) -> None: ...

    async def set_limit(self, session: str, mid: str, height: int | None) -> None: ...

    async def note_freezes(
        self, session: str, mid: str, freezes: int, milliseconds: int
    ) -> None: ...

    async def restart_ice(
        self, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None: ...

    async def close(self, session: str) -> None: ...

    async def statistics(self) -> tuple[Statistics, ...]: ...

    async def flight(self, session: str) -> FlightRecord: ...

    def open_sessions(self) -> tuple[OpenSession, ...]: ...
