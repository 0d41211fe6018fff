"""Looks at the truth once more, and builds the mail that a claimed row asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.outbox import Outbox, OutboxKind
from scheduler.building import Builder, Mail
from scheduler.claims import Claimed, left_before
from scheduler.currency import why_overtaken
from scheduler.interview import Interview, Party, Times, load_interview, load_party, times_of
from scheduler.invites.values import Method


@dataclass(frozen=True, slots=True)
class Departure:
    """A mail that is built, and the highest SEQUENCE that had left for this person before it."""

    message: EmailMessage
    last_sent_sequence: int | None = None


async def prepare(
    session: AsyncSession, row: Claimed, builder: Builder, *, now: datetime
) -> Departure | str:
    """The mail, or why none is needed any more."""
    if row.kind is OutboxKind.LETTER:
        party = await load_party(session, row.recipient_id)
        return Departure(builder.letter(row.payload, party, Mail(row.key), now=now))
    interview = await _interview(session, row)
    earlier = await left_before(session, row)
    known = interview.party(row.recipient_id) if interview else None
    invited = bool(earlier) or (known is not None and known.last_sent_sequence is not None)
    why = why_overtaken(row, interview, was_invited=invited, now=now)
    if why or interview is None:
        return why
    party = known or await load_party(session, row.recipient_id)
    before = await _told_before(session, earlier)
    message = _built(builder, row, interview, party, earlier, before=before, now=now)
    return Departure(message, party.last_sent_sequence)


async def _interview(session: AsyncSession, row: Claimed) -> Interview | None:
    """A CANCEL speaks of the slot that was lost; a REQUEST of the booking's present one."""
    if row.method is Method.REQUEST:
        return await load_interview(session, row.booking_id)
    return await load_interview(session, row.booking_id, slot_id=row.slot_id)


async def _told_before(session: AsyncSession, earlier: Sequence[Outbox]) -> Times | None:
    """The times in the last invite that this person was sent, unless a CANCEL followed it."""
    if not earlier or earlier[-1].payload["method"] == Method.CANCEL:
        return None
    return await times_of(session, earlier[-1].payload["slot"])


def _built(
    builder: Builder,
    row: Claimed,
    interview: Interview,
    party: Party,
    earlier: Sequence[Outbox],
    *,
    before: Times | None,
    now: datetime,
) -> EmailMessage:
    mail = Mail(row.key, earlier[0].dedupe_key if earlier else None)
    match row.method:
        case Method.REQUEST:
            return builder.request(interview, party, mail, before=before, now=now)
        case Method.CANCEL:
            return builder.cancel(replace(interview, sequence=row.sequence), party, mail, now=now)
