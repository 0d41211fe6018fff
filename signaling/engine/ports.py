"""What the engine needs from the media side; `signaling.workers.control.MediaControl` is one."""

from datetime import timedelta
from typing import Protocol

from signaling.workers.events import Events
from signaling.workers.messages import Statistics
from signaling.workers.opened import IceRestarted, Opened


class Media(Protocol):
    """Publications and subscriptions on workers; every "no" is a Refusal."""

    @property
    def events(self) -> Events:
        """What happens to sessions."""
        ...

    async def run(self) -> None: ...

    async def ready(self) -> None: ...

    async def stop(self, *, within: timedelta) -> None: ...

    async def open_publication(self, room: str, publication: str, offer_text: str) -> Opened: ...

    async def open_subscription(self, room: str, offer_text: str, cname: str) -> Opened: ...

    async def attach(self, session: str, mid: str, publication: str, source_mid: str) -> None: ...

    async def detach(self, session: str, mid: str) -> None: ...

    async def set_limit(self, session: str, mid: str, height: int | None) -> None: ...

    async def restart_ice(
        self, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None: ...

    async def close(self, session: str) -> None: ...

    async def statistics(self) -> tuple[Statistics, ...]: ...
