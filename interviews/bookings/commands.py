"""What somebody asks of bookings: typed, frozen, checked when they are made."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from interviews.bookings.models import BookingId, BookingState
from interviews.people.models import PersonId
from interviews.slots.models import SlotId

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Version = Annotated[str, StringConstraints(min_length=1, max_length=20)]


class Command(BaseModel):
    """A frozen request; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hold(Command):
    """A graduate wants 90 seconds to think about a slot."""

    slot_id: SlotId
    graduate_id: PersonId


class Book(Command):
    """A graduate agrees to a time and to what the firm will see (`text_version` of the text)."""

    slot_id: SlotId
    graduate_id: PersonId
    text_version: Version
    channel: Annotated[str, StringConstraints(max_length=20)] = "web"


class Move(Command):
    """A graduate wants another time of the same job."""

    booking_id: BookingId
    slot_id: SlotId
    graduate_id: PersonId


class Cancel(Command):
    """The graduate, an interviewer or a recruiter of the firm calls it off."""

    booking_id: BookingId
    by: PersonId
    reason: Reason = ""


class Answer(Command):
    """Somebody of the interview says whether they will come (RFC 5545 §3.2.12)."""

    booking_id: BookingId
    by: PersonId
    partstat: Literal["ACCEPTED", "TENTATIVE", "DECLINED"] = "ACCEPTED"


class Finish(Command):
    """The panel says how the interview ended: done or no_show."""

    booking_id: BookingId
    by: PersonId
    outcome: BookingState


class Agreement(BaseModel):
    """What stands after a verb: enough for an answer, a letter and a log line."""

    model_config = ConfigDict(frozen=True)

    booking_id: BookingId
    slot_id: SlotId
    graduate_id: PersonId
    state: BookingState
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None = None
