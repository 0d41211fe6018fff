"""Servers that refuse, connections that break, letters that cannot be written."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import update
from sqlmodel import col

from interviews.outbox import Outbox, OutboxId
from scheduler.claims import ATTEMPTS, LONGEST_WAIT, wait_after
from scheduler.deliver import LEASE
from scheduler.delivery.carriers import HandingOver, Outcome
from scheduler.delivery.smtp import Security, SmtpCarrier, SmtpServer
from scheduler.failed import failed_mail, resend
from scheduler.refusals import MailNotFailed
from tests.scheduler.delivery.servers import LOST, LOST_BUT_KEPT
from tests.scheduler.drain.office import Office
from tests.support.service import free_port

SIGN_IN = {"letter": "sign-in", "link": "https://daigang.example/sign-in/link/hush"}


def test_waits_double_from_thirty_seconds_to_two_hours() -> None:
    waits = [wait_after(attempt) for attempt in range(1, ATTEMPTS)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == LONGEST_WAIT == timedelta(hours=2)
    assert waits == sorted(waits)


async def test_a_4xx_answer_puts_the_mail_off_and_the_next_attempt_delivers_it(
    office: Office,
) -> None:
    await office.letters(SIGN_IN)
    office.server.will_say("RCPT", "451 greylisted")
    drain = office.drain()
    await drain.drain_batch()
    [row] = await office.rows()
    assert (row.attempts, row.last_error) == (1, "451 greylisted")
    assert row.due_at == office.clock.now() + timedelta(seconds=30)
    office.clock.advance(timedelta(seconds=29))
    assert await drain.drain_batch() == 0
    office.clock.advance(timedelta(seconds=1))
    assert await drain.drain_batch() == 1
    [row] = await office.rows()
    assert row.sent_at == office.clock.now()
    assert (row.attempts, row.last_error, row.claimed_until) == (2, "", None)
    assert len(office.mails()) == 1


async def test_after_ten_attempts_a_mail_has_failed_and_may_be_sent_again(office: Office) -> None:
    await office.letters(SIGN_IN)
    drain = office.drain(SmtpCarrier(SmtpServer("127.0.0.1", await free_port(), Security.NONE)))
    for _ in range(ATTEMPTS):
        assert await drain.drain_batch() == 1
        office.clock.advance(LONGEST_WAIT)
    assert await drain.drain_batch() == 0
    async with office.database.reading() as session:
        [failed] = await failed_mail(session)
    assert (failed.what, failed.attempts) == ("sign-in", ATTEMPTS)
    assert failed.recipient_mailbox == "aili@example.com"
    assert "SMTPConnectError" in failed.reason

    async with office.database.writing() as session:
        await resend(session, failed.id, office.clock.now())
    assert await office.drain().drain_batch() == 1
    assert len(office.mails()) == 1
    async with office.database.reading() as session:
        assert await failed_mail(session) == ()


async def test_only_failed_mail_is_sent_again(office: Office) -> None:
    await office.letters(SIGN_IN)
    [row] = await office.rows()
    for mail_id in (row.id, OutboxId(999)):
        assert mail_id is not None
        async with office.database.writing() as session:
            with pytest.raises(MailNotFailed):
                await resend(session, mail_id, office.clock.now())


async def test_a_5xx_answer_fails_at_once_and_no_cancellation_follows(office: Office) -> None:
    booking = await office.book()
    drain = office.drain()
    office.server.will_say("RCPT", "550 no such mailbox", "550 no such mailbox")
    await drain.drain_batch()
    async with office.database.reading() as session:
        failed = await failed_mail(session)
    assert {(each.what, each.attempts, each.reason) for each in failed} == {
        ("REQUEST", 1, "550 no such mailbox")
    }
    await office.cancel(booking)
    await drain.drain_batch()
    assert office.mails() == []


@pytest.mark.parametrize("answer", ["451 try later", "554 not wanted"])
async def test_a_mail_refused_at_its_end_counts_as_never_sent(office: Office, answer: str) -> None:
    booking = await office.book()
    drain = office.drain()
    office.server.will_say("DATA", answer, answer)
    await drain.drain_batch()
    assert await office.last_sent(office.graduate) is None
    await office.cancel(booking)
    office.clock.advance(timedelta(hours=1))
    await drain.drain_batch()
    assert office.mails() == []


async def test_a_mail_that_may_have_arrived_is_cancelled_too(office: Office) -> None:
    booking = await office.book()
    drain = office.drain()
    office.server.will_say("DATA", LOST, LOST_BUT_KEPT)
    await drain.drain_batch()
    assert await office.last_sent(office.graduate) == 0
    await office.cancel(booking)
    office.clock.advance(timedelta(hours=1))
    await drain.drain_batch()
    assert sorted(office.methods()) == ["CANCEL", "CANCEL", "REQUEST"]


async def test_a_sent_letter_keeps_neither_its_link_nor_anything_but_its_name(
    office: Office,
) -> None:
    await office.letters(SIGN_IN)
    await office.drain().drain_batch()
    [row] = await office.rows()
    assert row.payload == {"letter": "sign-in"}
    assert "hush" in office.mails()[0].as_string()


async def test_a_letter_that_cannot_be_written_stops_no_other(office: Office) -> None:
    await office.letters({"letter": "pigeon"}, {"letter": "sign-in"}, SIGN_IN)
    await office.drain().drain_batch()
    unknown, incomplete, good = await office.rows()
    assert unknown.last_error == "fault: UnknownLetterError"
    assert incomplete.last_error == "fault: KeyError"
    assert good.sent_at is not None
    assert len(office.mails()) == 1


async def test_a_row_under_lease_is_left_alone_until_the_lease_ends(office: Office) -> None:
    await office.letters(SIGN_IN)
    async with office.database.writing() as session:
        await session.execute(
            update(Outbox).values(claimed_until=office.clock.now() + LEASE, attempts=1)
        )
    assert await office.drain().drain_batch() == 0
    office.clock.advance(LEASE)
    assert await office.drain().drain_batch() == 1
    assert len(office.mails()) == 1


async def test_while_an_older_invite_is_under_way_a_newer_one_to_the_same_person_waits(
    office: Office,
) -> None:
    booking = await office.book()
    async with office.database.writing() as session:
        await session.execute(
            update(Outbox).values(claimed_until=office.clock.now() + LEASE, attempts=1)
        )
    await office.cancel(booking)
    await office.letters(SIGN_IN)
    assert await office.drain().drain_batch() == 1, "the letter does not wait, the CANCELs do"
    office.clock.advance(LEASE)
    assert await office.drain().drain_batch() == 4
    assert office.methods() == []


async def test_a_process_that_died_ten_times_over_a_mail_gives_it_up(office: Office) -> None:
    await office.letters(SIGN_IN)
    async with office.database.writing() as session:
        await session.execute(update(Outbox).values(attempts=ATTEMPTS))
    await office.drain().drain_batch()
    [row] = await office.rows()
    assert row.failed_at is not None
    assert row.last_error == "the process ended while it was sending"
    assert office.mails() == []


async def test_a_mail_whose_lease_another_drain_has_taken_is_left_to_it(office: Office) -> None:
    await office.letters(SIGN_IN)

    class Thief:
        """Takes the row away under the carrier's hands."""

        async def carry(self, message: EmailMessage, *, handing_over: HandingOver) -> Outcome:
            async with office.database.writing() as session:
                later = office.clock.now() + 2 * LEASE
                await session.execute(
                    update(Outbox).where(col(Outbox.id) > 0).values(claimed_until=later)
                )
            return await office.smtp().carry(message, handing_over=handing_over)

    await office.drain(Thief()).drain_batch()
    assert office.mails() == []
    [row] = await office.rows()
    assert (row.sent_at, row.failed_at) == (None, None)
    assert row.claimed_until == office.clock.now() + 2 * LEASE
