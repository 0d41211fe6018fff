"""What a page offers beside a refusal: not only why, but a button that leads on."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from interviews.bookings import refusals
from interviews.bookings.models import BookingId
from interviews.identity.refusals import EmailNotVerified
from interviews.jobs.models import JobId
from interviews.refusals import Refusal
from interviews.slots.models import FreeSlot
from interviews.texts import N_
from web.pages import explain, say


@dataclass(frozen=True, slots=True)
class Step:
    """A way on: a page, or something that is done at once (`posts`)."""

    text: str
    address: str
    posts: bool = False


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """A refusal in the reader's language, with its ways on and the nearest free times."""

    status: int
    code: str
    message: str
    next_step: str
    steps: tuple[Step, ...]
    nearest: tuple[FreeSlot, ...]
    busy_at: datetime | None  # when the interview that is in the way begins


def shown_refusal(
    request: web.Request,
    refusal: Refusal,
    *,
    job_id: JobId | None = None,
    booking_id: BookingId | None = None,
    nearest: tuple[FreeSlot, ...] = (),
) -> ShownRefusal:
    """What a page shows of it; `booking_id` is the interview of this job that exists already.

    `nearest` are the free times to offer where the refusal itself names none.
    """
    told = explain(request, refusal)
    steps = (
        Step(say(request, text), address, posts=posts)
        for text, address, posts in _steps(refusal, job_id, booking_id)
    )
    return ShownRefusal(
        status=told.status,
        code=told.code,
        message=told.message,
        next_step=told.next_step,
        steps=tuple(steps),
        nearest=getattr(refusal, "nearest", ()) or nearest,
        busy_at=refusal.parameters.get("starts_at"),
    )


def _steps(
    refusal: Refusal, job_id: JobId | None, booking_id: BookingId | None
) -> list[tuple[str, str, bool]]:
    if isinstance(refusal, EmailNotVerified):
        return [(N_("Send the letter again"), "/me/account/verification", True)]
    if isinstance(refusal, refusals.GraduateBusy):
        other = refusal.parameters["booking_id"]
        return [(N_("Move that one"), f"/interviews/{other}/move", False)]
    if isinstance(refusal, refusals.AlreadyBooked) and booking_id is not None:
        return [
            (N_("Move it"), f"/interviews/{booking_id}/move", False),
            (N_("Open it"), f"/interviews/{booking_id}", False),
        ]
    if isinstance(refusal, refusals.ProfileIncomplete):
        back = f"?next=/jobs/{job_id}/slots" if job_id else ""
        return [(N_("Fill in your profile"), f"/me/profile{back}", False)]
    if isinstance(refusal, refusals.ConditionsNotMet):
        return [
            (N_("Check your profile"), "/me/profile", False),
            (N_("Other jobs"), "/jobs", False),
        ]
    if isinstance(refusal, refusals.PhaseClosed | refusals.JobNotOpen):
        return [(N_("Open jobs"), "/jobs", False)]
    return []
