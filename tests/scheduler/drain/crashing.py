"""A drain as a process of its own that ends itself by SIGKILL at a named point.

Its only word is the order: `{"database": …, "port": …, "hours": …, "point": …, "note": …}`.
"""

import asyncio
import json
import os
import signal
import sys
import zoneinfo
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from interviews.database import Database
from interviews.outbox import OutboxId
from scheduler.checkpoints import Checkpoint, Point, Unwatched
from scheduler.delivery.smtp import Security, SmtpCarrier, SmtpServer
from scheduler.drain import Drain
from tests.scheduler.support import IDENTITY, PartTexts, PlainLinks
from tests.support.clock import START, FakeClock
from tests.support.watching import leave_unwatched


@dataclass(frozen=True, slots=True)
class SuddenDeath:
    """Writes down which row was at the point, then ends the process without a word."""

    point: Point
    note: Path

    def passed(self, point: Point, row: OutboxId) -> None:
        if point is self.point:
            self.note.write_text(str(row))
            os.kill(os.getpid(), signal.SIGKILL)


async def main(database_url: str, port: int, hours: float, checkpoint: Checkpoint) -> None:
    database = Database.open(database_url)
    drain = Drain(
        database,
        SmtpCarrier(SmtpServer("127.0.0.1", port, Security.NONE)),
        PlainLinks(),
        PartTexts(),
        FakeClock(START + timedelta(hours=hours)),
        mail=IDENTITY,
        checkpoint=checkpoint,
    )
    while await drain.drain_batch():
        continue
    await database.close()


def crash() -> None:
    """What the order in the first word says."""
    leave_unwatched()
    zoneinfo.reset_tzpath(to=[])
    order = json.loads(sys.argv[1])
    watch = (
        SuddenDeath(Point(order["point"]), Path(order["note"])) if order["point"] else Unwatched()
    )
    asyncio.run(main(order["database"], order["port"], order["hours"], watch))
