"""One claimed row on its way out: looked at again, built, handed over, marked."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.bookings.models import Attendee, Booking, BookingState
from interviews.database import Database
from interviews.outbox import OutboxKind
from interviews.ports import Clock
from scheduler.building import Builder
from scheduler.checkpoints import Checkpoint, Point
from scheduler.claims import (
    ATTEMPTS,
    Claimed,
    give_up,
    mark_sent,
    mark_skipped,
    note_left,
    put_off,
    still_ours,
)
from scheduler.delivery.carriers import (
    Carrier,
    Outcome,
    PermanentFailure,
    Sent,
    TemporaryFailure,
)
from scheduler.departure import prepare
from scheduler.invites.values import Method

LEASE = timedelta(minutes=3)
LIMIT = timedelta(minutes=2)  # for one mail, so that a lease never ends while we still send

log = structlog.get_logger(__name__)


class OvertakenError(Exception):
    """What the mail says was true when it was built and is not any more."""


class LeaseLostError(Exception):
    """Another drain has taken the row: the mail is its business now."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends one claimed row; every way in which it can end is written to the row."""

    database: Database
    carrier: Carrier
    builder: Builder
    clock: Clock
    checkpoint: Checkpoint

    async def deliver(self, row: Claimed) -> None:
        """Send, skip, put off or give up; never raises for a mail that cannot be built or sent."""
        self.checkpoint.passed(Point.CLAIMED, row.id)
        try:
            async with asyncio.timeout(LIMIT.total_seconds()):
                await self._deliver(row)
        except LeaseLostError:
            log.warning("mail.lease_lost", outbox=row.id)
        except Exception as error:  # noqa: BLE001  one broken mail must not stop the others
            await self._record_fault(row, error)

    async def _deliver(self, row: Claimed) -> None:
        if row.attempts > ATTEMPTS:
            await self._conclude(row, PermanentFailure("the process ended while it was sending"))
            return
        async with self.database.reading() as session:
            departure = await prepare(session, row, self.builder, now=self.clock.now())
        if isinstance(departure, str):
            await self._skip(row, departure)
            return
        self.checkpoint.passed(Point.BUILT, row.id)
        handed = False

        async def hand_over() -> None:
            nonlocal handed
            self.checkpoint.passed(Point.BEFORE_DATA, row.id)
            await self._commit_to(row)
            handed = True

        try:
            outcome = await self.carrier.carry(departure.message, handing_over=hand_over)
        except OvertakenError as error:
            await self._skip(row, str(error))
            return
        if isinstance(outcome, Sent):
            self.checkpoint.passed(Point.AFTER_250, row.id)
        elif handed and row.kind is OutboxKind.INVITE and not _perhaps_taken(outcome):
            await self._take_back(row, departure.last_sent_sequence)
        await self._conclude(row, outcome)

    async def _commit_to(self, row: Claimed) -> None:
        """The last look: from here on the mail counts as having left, so that a CANCEL follows it.

        Raises:
            LeaseLostError: the row is not ours any more.
            OvertakenError: the booking changed since the mail was built.
        """

        async def commit_to(session: AsyncSession) -> None:
            if row.kind is OutboxKind.INVITE:
                await _check_booking(session, row)
                await _note_sequence(session, row, row.sequence)
                await note_left(session, row, left=True)
            if not await still_ours(session, row):
                raise LeaseLostError

        await self.database.retrying(commit_to)

    async def _take_back(self, row: Claimed, sequence: int | None) -> None:
        """The carrier refused the mail: it has not left after all."""

        async def take_back(session: AsyncSession) -> None:
            await _note_sequence(session, row, sequence, only_from=row.sequence)
            await note_left(session, row, left=False)

        await self.database.retrying(take_back)

    async def _conclude(self, row: Claimed, outcome: Outcome) -> None:
        now = self.clock.now()
        async with self.database.writing() as session:
            match outcome:
                case Sent():
                    self.checkpoint.passed(Point.BEFORE_MARK, row.id)
                    await mark_sent(session, row, now=now)
                    log.info("mail.sent", outbox=row.id, attempts=row.attempts)
                case TemporaryFailure(reason=reason):
                    given_up = await put_off(session, row, reason, now=now)
                    log.warning("mail.put_off", outbox=row.id, given_up=given_up)
                case PermanentFailure(reason=reason):
                    await give_up(session, row, reason, now=now)
                    log.warning("mail.refused", outbox=row.id)
                case _:
                    assert_never(outcome)

    async def _skip(self, row: Claimed, why: str) -> None:
        async with self.database.writing() as session:
            await mark_skipped(session, row, why, now=self.clock.now())
        log.info("mail.skipped", outbox=row.id, why=why)

    async def _record_fault(self, row: Claimed, error: Exception) -> None:
        """Put the row off; if not even that works, its lease ends by itself."""
        log.error("mail.fault", outbox=row.id, fault=type(error).__name__)
        try:
            await self._conclude(row, TemporaryFailure(f"fault: {type(error).__name__}"))
        except Exception as second:  # noqa: BLE001  the database is away: the lease will end
            fault = type(second).__name__
            log.warning("mail.fault_unrecorded", outbox=row.id, fault=fault)


async def _check_booking(session: AsyncSession, row: Claimed) -> None:
    """Lock the booking for a moment, so that a cancellation comes wholly before or after."""
    found = (
        await session.execute(
            select(col(Booking.state), col(Booking.sequence))
            .where(col(Booking.id) == row.booking_id)
            .with_for_update()
        )
    ).one_or_none()
    expected = (BookingState.CONFIRMED.value, row.sequence)
    if row.method is Method.REQUEST and (found is None or tuple(found) != expected):
        raise OvertakenError("the booking changed while the mail was built")


async def _note_sequence(
    session: AsyncSession, row: Claimed, sequence: int | None, *, only_from: int | None = None
) -> None:
    """Write the highest SEQUENCE that may have left the house for this person."""
    conditions = [
        col(Attendee.booking_id) == row.booking_id,
        col(Attendee.person_id) == row.recipient_id,
    ]
    if only_from is not None:
        conditions.append(col(Attendee.last_sent_sequence) == only_from)
    await session.execute(update(Attendee).where(*conditions).values(last_sent_sequence=sequence))


def _perhaps_taken(outcome: Outcome) -> bool:
    return isinstance(outcome, TemporaryFailure) and outcome.perhaps_taken
