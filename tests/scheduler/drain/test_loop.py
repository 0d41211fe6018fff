"""The drain as a task: woken, ticking, shared by processes, stopped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from interviews.database import Database
from interviews.outbox import Outbox
from scheduler.delivery.carriers import Carrier, HandingOver, Outcome
from scheduler.drain import AT_ONCE, Drain
from scheduler.ticker import ticking
from tests.scheduler.drain.office import Office

SIGN_IN = {"letter": "sign-in", "link": "https://daigang.example/sign-in/link/hush"}
PATIENCE = 60  # seconds; only a broken drain ever takes them


@asynccontextmanager
async def running(drain: Drain) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        group.create_task(drain.run())
        try:
            yield
        finally:
            await drain.aclose(timedelta(seconds=PATIENCE))


async def until(office: Office, wanted: Callable[[list[Outbox]], bool]) -> None:
    """Look at the rows until they are as wanted."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(await office.rows()):  # noqa: ASYNC110  a database rings no bell
            await asyncio.sleep(0.01)


def all_sent(rows: list[Outbox]) -> bool:
    return all(row.sent_at for row in rows)


async def test_one_wake_empties_more_than_one_batch(office: Office) -> None:
    await office.letters(*[SIGN_IN] * (2 * AT_ONCE + 1))
    async with running(office.drain()):  # what the last process left is found without a wake
        await until(office, all_sent)
    assert len(office.mails()) == 2 * AT_ONCE + 1


async def test_a_wake_after_the_commit_sends_at_once(office: Office) -> None:
    drain = office.drain()
    async with running(drain):
        await office.book()
        drain.wake()
        await until(office, all_sent)
    assert office.methods() == ["REQUEST", "REQUEST"]


async def test_ticks_send_what_nobody_woke_the_drain_for(office: Office) -> None:
    drain = office.drain()
    async with running(drain), ticking(drain.wake, every=timedelta(seconds=0.1)):
        await office.letters(SIGN_IN)
        await until(office, all_sent)
    assert len(office.mails()) == 1


async def test_two_drains_of_one_database_send_each_mail_once(office: Office) -> None:
    number = 3 * AT_ONCE
    await office.letters(*[SIGN_IN] * number)
    other = Database.open(office.database.writer.url.render_as_string(hide_password=False))
    try:
        second = office.drain()
        second._database = other
        async with running(office.drain()), running(second):
            await until(office, all_sent)
    finally:
        await other.close()
    keys = [mail["Message-ID"] for mail in office.mails()]
    assert len(keys) == len(set(keys)) == number


class Slow:
    """A carrier that says when it has begun, and waits for a word before it goes on."""

    def __init__(self, inner: Carrier) -> None:
        self.inner = inner
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def carry(self, message: EmailMessage, *, handing_over: HandingOver) -> Outcome:
        self.begun.set()
        await self.go_on.wait()
        return await self.inner.carry(message, handing_over=handing_over)


async def test_closing_waits_for_the_mail_that_is_under_way(office: Office) -> None:
    await office.letters(*[SIGN_IN] * (AT_ONCE + 1))
    slow = Slow(office.smtp())
    drain = office.drain(slow)
    async with asyncio.TaskGroup() as group:
        group.create_task(drain.run())
        await slow.begun.wait()
        closing = group.create_task(drain.aclose(timedelta(seconds=PATIENCE)))
        await asyncio.sleep(0)
        assert not closing.done()
        slow.go_on.set()
    rows = await office.rows()
    assert [row.sent_at is not None for row in rows] == [True] * AT_ONCE + [False]


async def test_closing_cuts_a_mail_that_takes_too_long_and_leaves_it_to_the_next_process(
    office: Office,
) -> None:
    await office.letters(SIGN_IN)
    slow = Slow(office.smtp())
    drain = office.drain(slow)
    async with asyncio.TaskGroup() as group:
        group.create_task(drain.run())
        await slow.begun.wait()
        with capture_logs() as lines:
            await drain.aclose(timedelta(0))
    assert [line["event"] for line in lines] == ["drain.cut_short"]
    [row] = await office.rows()
    assert (row.sent_at, row.failed_at) == (None, None)
    office.clock.advance(timedelta(minutes=3))
    assert await office.drain().drain_batch() == 1
    assert len(office.mails()) == 1


async def test_closing_a_drain_that_never_ran_is_done_at_once(office: Office) -> None:
    await office.drain().aclose(timedelta(seconds=1))


async def test_a_database_that_is_away_for_a_moment_is_asked_again(office: Office) -> None:
    class Away(Drain):
        """Its first look at the database fails."""

        failures = 1

        async def drain_batch(self) -> int:
            if self.failures:
                self.failures -= 1
                raise OperationalError("SELECT", {}, ConnectionRefusedError())
            return await super().drain_batch()

    await office.letters(SIGN_IN)
    drain = office.drain()
    drain.__class__ = Away
    with capture_logs() as lines:
        async with running(drain), ticking(drain.wake, every=timedelta(seconds=0.1)):
            await until(office, all_sent)
    assert "drain.database_away" in [line["event"] for line in lines]
