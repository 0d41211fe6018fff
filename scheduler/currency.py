"""Pure: whether an invite that was written some time ago still says the truth."""

from datetime import datetime

from interviews.bookings.models import BookingState
from interviews.people.models import PersonId
from scheduler.claims import Claimed
from scheduler.interview import Interview
from scheduler.invites.values import Method


def why_overtaken(
    row: Claimed, interview: Interview | None, *, was_invited: bool, now: datetime
) -> str:
    """Why the mail need not go any more; empty if it must go.

    A CANCEL goes only to somebody whom an invite may have reached.
    """
    if interview is None:
        return "the booking is gone"
    match row.method:
        case Method.REQUEST:
            return _request_overtaken(row, interview, now=now)
        case Method.CANCEL:
            return _cancel_overtaken(interview, row.recipient_id, was_invited=was_invited)


def _request_overtaken(row: Claimed, interview: Interview, *, now: datetime) -> str:
    if interview.state is not BookingState.CONFIRMED:
        return f"the booking is {interview.state}"
    if (row.sequence, row.slot_id) != (interview.sequence, interview.slot_id):
        return "a newer message follows"
    if interview.party(row.recipient_id) is None:
        return "the person takes no part any more"
    if interview.times.ends_at <= now:
        return "the interview is over"
    return ""


def _cancel_overtaken(interview: Interview, person_id: PersonId, *, was_invited: bool) -> str:
    if not was_invited:
        return "no invite had left the house"
    if interview.state is BookingState.CONFIRMED and interview.party(person_id) is not None:
        return "the person takes part again"
    return ""
