"""Captures the fixture of the replay tests: two aiortc peers, a real worker, some seconds.

python -m tests.signaling.workers.capture_flight
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from signaling.transport.peer import Arrived
from signaling.workers.messages import AskFlight
from tests.signaling.workers.browsers import Browser
from tests.signaling.workers.control import running_worker

SECONDS = 3
FOLDER = Path(__file__).parent.parent / "forwarding" / "records"


class Lossy:
    """Loses every thirtieth packet that comes up, before anybody has seen it."""

    def __init__(self, media: Callable[[str, Sequence[Arrived]], None]) -> None:
        self._media = media
        self._count = itertools.count(1)

    def __call__(self, session: str, packets: Sequence[Arrived]) -> None:
        kept = [one for one in packets if session != "up" or next(self._count) % 30]
        self._media(session, kept)


async def capture() -> None:
    """Publish, watch, ask for both records."""
    async with running_worker() as control:
        control.worker.media = Lossy(control.worker.media)  # type: ignore[method-assign]
        publisher, viewer = Browser(control, "up"), Browser(control, "down")
        await publisher.publish("camera")
        await viewer.watch("camera")
        await asyncio.sleep(SECONDS)
        for session in ("up", "down"):
            report = await control.ask(AskFlight, session=session)
            (FOLDER / f"{session}.flight").write_text(report.record + "\n", "ascii")
        await publisher.connection.close()
        await viewer.connection.close()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(capture())
