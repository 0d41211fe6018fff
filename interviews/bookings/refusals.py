"""Every "no" about holding, booking, moving and cancelling; each names the rule and a way on."""

from datetime import datetime
from typing import Any

from interviews.bookings.models import BookingId
from interviews.jobs.rules import LACK_TEXTS, Lack
from interviews.refusals import NotFound, Refusal
from interviews.slots.models import FreeSlot
from interviews.texts import N_


class SlotTaken(Refusal):
    """Somebody else was faster; `nearest` are the free slots closest to the one that is gone."""

    code = "slot-taken"
    message = N_("Somebody else has just taken this time.")
    next_step = N_("Choose one of the nearest free times.")

    def __init__(self, nearest: tuple[FreeSlot, ...] = (), **parameters: Any) -> None:
        self.nearest = nearest
        super().__init__(**parameters)


class HoldExpired(SlotTaken):
    """The 90 seconds ran out and the time went to somebody else."""

    code = "hold-expired"
    message = N_("Your hold ran out and somebody else has taken this time.")


class GraduateBusy(Refusal):
    """Two interviews of one graduate lie at least ten minutes apart, whichever firms (Q2).

    Parameters: `booking_id`, `starts_at` and `ends_at` (aware) of the interview in the way,
    `job_title` of it.
    """

    code = "graduate-busy"
    message = N_(
        "You already have an interview at that time or less than ten minutes away: %(job_title)s."
    )
    next_step = N_("Move that one, or choose a time at least ten minutes before or after it.")

    def __init__(
        self,
        *,
        booking_id: BookingId,
        starts_at: datetime,
        ends_at: datetime,
        job_title: str,
        nearest: tuple[FreeSlot, ...] = (),
    ) -> None:
        self.nearest = nearest
        super().__init__(
            booking_id=booking_id, starts_at=starts_at, ends_at=ends_at, job_title=job_title
        )


class AlreadyBooked(Refusal):
    """One live booking per graduate and job."""

    code = "already-booked"
    message = N_("You already have an interview for this job.")
    next_step = N_("Move it to another time instead of booking a second one.")


class SlotClosed(Refusal):
    """The slot was withdrawn, or it starts too soon."""

    code = "slot-closed"
    message = N_("This time is no longer offered.")
    next_step = N_("Choose another time of the same job.")


class NoticeTooShort(SlotClosed):
    """A slot closes some minutes before it starts."""

    code = "notice-too-short"
    message = N_("Times close %(minutes)d minutes before they start.")
    next_step = N_("Choose a later time.")


class PhaseClosed(Refusal):
    """Interviews take place on the days of a phase of the campaign."""

    code = "phase-closed"
    message = N_("The campaign holds no interviews on that day.")
    next_step = N_("Choose a day within one of the campaign's phases.")


class JobNotOpen(Refusal):
    """The job expired, was withdrawn, or is with the reviewers."""

    code = "job-not-open"
    status = 410
    message = N_("This job takes no bookings now.")
    next_step = N_("Look at the list of open jobs.")


class ConditionsNotMet(Refusal):
    """The job asks for something that the graduate does not have."""

    code = "conditions-not-met"
    message = N_("You do not meet a condition of this job.")
    next_step = N_("Check your profile, or look for jobs that fit your studies.")


class LevelTooLow(ConditionsNotMet):
    """The level is compared by rank."""

    code = "level-too-low"
    message = LACK_TEXTS[Lack.LEVEL]


class MajorDoesNotFit(ConditionsNotMet):
    """One category of the list is enough."""

    code = "major-does-not-fit"
    message = LACK_TEXTS[Lack.MAJOR]


class ProfileIncomplete(Refusal):
    """A firm sees what a graduate studied, so that must be filled in."""

    code = "profile-incomplete"
    message = N_("Your profile does not say yet what you studied.")
    next_step = N_("Fill in your profile; then come back to this time.")


class LevelUnknown(ProfileIncomplete):
    """The job asks for a level."""

    code = "level-unknown"
    message = LACK_TEXTS[Lack.LEVEL_UNKNOWN]


class MajorUnknown(ProfileIncomplete):
    """The job asks for a category of majors."""

    code = "major-unknown"
    message = LACK_TEXTS[Lack.MAJOR_UNKNOWN]


class TooManyMoves(Refusal):
    """A graduate moves a booking a few times only (Q3)."""

    code = "too-many-moves"
    message = N_("This interview was already moved %(moves)d times, which is the most.")
    next_step = N_("Keep the time, or cancel it so that somebody else can have it.")


class TooLateToMove(Refusal):
    """A graduate moves a booking until some hours before it starts (Q3)."""

    code = "too-late-to-move"
    message = N_("An interview can be moved until %(hours)d hours before it starts.")
    next_step = N_("Keep the time, or cancel it.")


class OtherJob(Refusal):
    """A move stays within the job."""

    code = "other-job"
    message = N_("That time belongs to another job.")
    next_step = N_("Choose a time of the same job, or book the other job separately.")


class SameSlot(Refusal):
    """A move goes to another time."""

    code = "same-slot"
    message = N_("Your interview is already at that time.")
    next_step = N_("Choose another time, or keep this one.")


class NotLive(Refusal):
    """The booking was cancelled, or the interview is over."""

    code = "booking-not-live"
    message = N_("This interview is over or was cancelled.")
    next_step = N_("Open your list of interviews to see where it stands.")


class TooEarlyToFinish(Refusal):
    """An interview ends after its room has opened; nobody is absent before the grace is over."""

    code = "too-early-to-finish"
    message = N_("This interview cannot be ended that way yet.")
    next_step = N_("Wait until %(earliest)s.")


class ReasonMissing(Refusal):
    """Who cancels on somebody says why."""

    code = "reason-missing"
    status = 422
    message = N_("Say why you cancel; the graduate will read it.")
    next_step = N_("Write a short reason and send again.")


class HasBookings(Refusal):
    """A slot with a live booking is not withdrawn."""

    code = "slot-has-bookings"
    message = N_("Somebody has booked this time.")
    next_step = N_("Cancel the interview with a reason first.")


class OwnPanel(Refusal):
    """Nobody interviews themselves."""

    code = "own-panel"
    status = 403
    message = N_("You are an interviewer of this time, so you cannot book it.")
    next_step = N_("Use the account of a graduate.")


class NotYours(NotFound):
    """There is no such booking, or it belongs to somebody else."""

    code = "booking-not-found"
    message = N_("We cannot find that interview.")
    next_step = N_("Open your list of interviews.")
