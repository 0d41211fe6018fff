"""Which written invites still say the truth."""

from dataclasses import replace
from datetime import timedelta

import pytest

from interviews.bookings.models import BookingState
from interviews.outbox import OutboxId, OutboxKind
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from scheduler.claims import Claimed
from scheduler.currency import why_overtaken
from scheduler.interview import Interview
from scheduler.invites.values import Method
from tests.scheduler.support import GRADUATE, INTERVIEW, STARTS

NOW = STARTS - timedelta(days=1)
CANCELLED = replace(INTERVIEW, state=BookingState.CANCELLED, sequence=1)


def a_row(method: Method, sequence: int = 0, person: PersonId = GRADUATE.person_id) -> Claimed:
    payload = {"booking": 7, "slot": 70, "sequence": sequence, "method": method}
    return Claimed(
        id=OutboxId(1),
        key=f"7:{method}:{sequence}:{person}",
        kind=OutboxKind.INVITE,
        recipient_id=person,
        payload=payload,
        attempts=1,
        until=NOW,
    )


@pytest.mark.parametrize(
    ("interview", "why"),
    [
        (INTERVIEW, ""),
        (None, "the booking is gone"),
        (CANCELLED, "the booking is cancelled"),
        (replace(INTERVIEW, sequence=1), "a newer message follows"),
        (replace(INTERVIEW, slot_id=SlotId(71)), "a newer message follows"),
        (
            replace(INTERVIEW, graduate=replace(GRADUATE, person_id=PersonId(55))),
            "the person takes no part any more",
        ),
        (replace(INTERVIEW, times=replace(INTERVIEW.times, ends_at=NOW)), "the interview is over"),
    ],
)
def test_a_request_goes_while_it_is_the_newest_word_on_a_live_booking(
    interview: Interview | None, why: str
) -> None:
    row = a_row(Method.REQUEST)
    assert why_overtaken(row, interview, was_invited=False, now=NOW) == why


@pytest.mark.parametrize(
    ("interview", "was_invited", "why"),
    [
        (CANCELLED, True, ""),
        (CANCELLED, False, "no invite had left the house"),
        (INTERVIEW, True, "the person takes part again"),
        (replace(INTERVIEW, graduate=replace(GRADUATE, person_id=PersonId(55))), True, ""),
        (None, True, "the booking is gone"),
    ],
)
def test_a_cancel_goes_to_whom_an_invite_reached_and_who_takes_no_part(
    interview: Interview | None, *, was_invited: bool, why: str
) -> None:
    row = a_row(Method.CANCEL, 1)
    assert why_overtaken(row, interview, was_invited=was_invited, now=NOW) == why
