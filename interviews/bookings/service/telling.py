"""Who takes part in a booking, and the outbox rows that tell them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement
from interviews.bookings.models import Attendee, BookingId
from interviews.database import connection_of, table_of
from interviews.outbox import Message, OutboxKind, tell
from interviews.people.models import PersonId
from interviews.slots.models import SlotId

ATTENDEE = table_of(Attendee)
INSERTION = ATTENDEE.insert()
GRADUATE, INTERVIEWER = "graduate", "interviewer"
REQUEST, CANCEL = "REQUEST", "CANCEL"


async def keep_attendees(
    session: AsyncSession, agreement: Agreement, panel: Collection[PersonId]
) -> None:
    """Write who takes part in a new booking."""
    people = [(agreement.graduate_id, GRADUATE), *((person, INTERVIEWER) for person in panel)]
    connection = await connection_of(session)
    await connection.execute(
        INSERTION,
        [
            {"booking_id": agreement.booking_id, "person_id": person, "part": part}
            for person, part in people
        ],
    )


async def attendees_of(session: AsyncSession, booking_id: BookingId) -> list[PersonId]:
    """Who takes part in a booking."""
    query = select(ATTENDEE.c.person_id).where(ATTENDEE.c.booking_id == booking_id)
    return [PersonId(person) for person in (await session.execute(query)).scalars()]


async def change_panel(
    session: AsyncSession, booking_id: BookingId, *, gone: Collection[PersonId],
    come: Collection[PersonId],
) -> None:  # fmt: skip
    """Take people out of a booking and put others in; everybody is asked again (RFC 5546 2.1.4)."""
    connection = await connection_of(session)
    if gone:
        theirs = ATTENDEE.c.person_id.in_(gone)
        await connection.execute(
            ATTENDEE.delete().where(ATTENDEE.c.booking_id == booking_id, theirs)
        )
    await connection.execute(ASK_AGAIN, {"moved": booking_id})
    if come:
        rows = [
            {"booking_id": booking_id, "person_id": person, "part": INTERVIEWER} for person in come
        ]
        await connection.execute(INSERTION, rows)


ASK_AGAIN = (
    ATTENDEE.update()
    .where(ATTENDEE.c.booking_id == bindparam("moved"))
    .values(partstat="NEEDS-ACTION", answered_at=None)
)


async def invite(
    session: AsyncSession, agreement: Agreement, people: Iterable[PersonId], *, now: datetime
) -> None:
    """Ask these people to the interview as it stands now (METHOD:REQUEST)."""
    messages = [_message(agreement, agreement.slot_id, REQUEST, person) for person in people]
    await tell(session, messages, now=now)


async def disinvite(
    session: AsyncSession,
    agreement: Agreement,
    people: Iterable[PersonId],
    *,
    slot_id: SlotId,
    now: datetime,
) -> None:
    """Tell these people that the interview at `slot_id` is off for them (METHOD:CANCEL)."""
    messages = [_message(agreement, slot_id, CANCEL, person) for person in people]
    await tell(session, messages, now=now)


def _message(agreement: Agreement, slot_id: SlotId, method: str, person: PersonId) -> Message:
    booking, sequence = agreement.booking_id, agreement.sequence
    return Message(
        dedupe_key=f"{booking}:{method}:{sequence}:{person}",
        kind=OutboxKind.INVITE,
        recipient_id=person,
        payload={"booking": booking, "slot": slot_id, "sequence": sequence, "method": method},
    )
