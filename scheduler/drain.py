"""Empties the outbox: claims due rows and sends them; safe to run twice, safe to kill."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from interviews.database import Database
from interviews.ports import Clock, Links, Translator
from scheduler.building import Builder, MailIdentity
from scheduler.checkpoints import Checkpoint, Unwatched
from scheduler.claims import claim
from scheduler.deliver import LEASE, Delivery
from scheduler.delivery.carriers import Carrier

AT_ONCE = 8  # mails under way at a time: what a small SMTP server takes without complaint

log = structlog.get_logger(__name__)


class Drain:
    """One drain a process; several processes may drain one database at the same time."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        links: Links,
        translator: Translator,
        clock: Clock,
        *,
        mail: MailIdentity,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._delivery = Delivery(
            database=database,
            carrier=carrier,
            builder=Builder(links, translator, mail),
            clock=clock,
            checkpoint=checkpoint or Unwatched(),
        )
        self._awake = asyncio.Event()
        self._awake.set()  # what the last process left behind
        self._stopped = asyncio.Event()
        self._closing = False
        self._deadline: asyncio.Timeout | None = None

    def wake(self) -> None:
        """Something may be due: called after every commit that wrote to the outbox, and by ticks.

        Cheap, and never blocks; to be called from the loop in which `run` runs.
        """
        self._awake.set()

    async def run(self) -> None:
        """Drain each time somebody wakes us, until `aclose`; belongs into a TaskGroup."""
        try:
            async with asyncio.timeout(None) as self._deadline:
                while not self._closing:
                    await self._awake.wait()
                    self._awake.clear()
                    await self._drain_all()
        except TimeoutError:
            log.warning("drain.cut_short")  # leases end, and the next process sends the rest
        finally:
            self._stopped.set()

    async def aclose(self, within: timedelta) -> None:
        """Begin no further mail, wait for those under way, cut them after `within`."""
        self._closing = True
        self.wake()
        if self._deadline is None:
            return
        if not self._stopped.is_set() and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + within.total_seconds())
        await self._stopped.wait()

    async def drain_batch(self) -> int:
        """Claim what is due, send it, and answer how many rows that were (0 to AT_ONCE)."""
        async with self._database.writing() as session:
            rows = await claim(session, limit=AT_ONCE, lease=LEASE, now=self._clock.now())
        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(self._delivery.deliver(row))
        return len(rows)

    async def _drain_all(self) -> None:
        try:
            while not self._closing and await self.drain_batch() == AT_ONCE:
                continue
        except (DBAPIError, OSError) as error:
            log.warning("drain.database_away", fault=type(error).__name__)
