"""May this be held, booked, moved, ended? Values and `now` in, a decision or a refusal out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from interviews.bookings import refusals
from interviews.bookings.models import BookingId, BookingState
from interviews.campaigns.models import CampaignId
from interviews.employers.models import FirmId
from interviews.employers.rules import check_firm_may_recruit
from interviews.identity.refusals import EmailNotVerified
from interviews.jobs.models import JobId
from interviews.jobs.rules import Lack, closed, lacking
from interviews.people.models import PersonId
from interviews.slots.models import SlotId, SlotState

HOLD = timedelta(seconds=90)  # Q1: time to read what will be shared, and to confirm
GAP = timedelta(minutes=10)  # Q2: claimed after the graduate's interview, so it needs no check
GRACE = timedelta(minutes=10)  # Q6: a seat is kept that long
ROOM_OPENS = timedelta(minutes=60)  # Q6: for the firm; before that nothing can have ended


@dataclass(frozen=True, slots=True)
class Phase:
    """Days of a campaign, both included in its zone, with the policy that holds on them."""

    campaign_id: CampaignId
    starts_on: date
    ends_on: date
    zone: str
    notice: timedelta
    moves_allowed: int
    move_until: timedelta

    def holds(self, moment: datetime) -> bool:
        """Whether the moment falls on one of its days."""
        return self.starts_on <= self.day(moment) <= self.ends_on

    def day(self, moment: datetime) -> date:
        """The date that the campaign's calendar shows at a moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class Profile:
    """What a graduate studied, as far as conditions ask, and whether their mailbox is proved."""

    level: str
    major_category: str
    email_proved: bool = True  # also of somebody without an account: they prove it by their link


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot with everything that decides whether it may be booked.

    `state`, `valid_through`, `level_min` and `major_categories` are the job's; `verified_at` and
    `recheck_due_on` the firm's.
    """

    slot_id: SlotId
    job_id: JobId
    firm_id: FirmId
    starts_at: datetime
    ends_at: datetime
    buffer_before: timedelta
    buffer_after: timedelta
    capacity: int
    slot_state: str
    panel: tuple[PersonId, ...]
    state: str
    valid_through: datetime
    level_min: str
    major_categories: Sequence[str]
    verified_at: datetime | None
    recheck_due_on: date | None
    phases: tuple[Phase, ...]

    @property
    def phase(self) -> Phase:
        """The phase whose day the slot falls on.

        Raises:
            PhaseClosed: no phase holds that day.
        """
        for phase in self.phases:
            if phase.holds(self.starts_at):
                return phase
        raise refusals.PhaseClosed


@dataclass(frozen=True, slots=True)
class LiveBooking:
    """A hold or a confirmed booking, with the time of its slot."""

    id: BookingId
    slot_id: SlotId
    seat: int
    graduate_id: PersonId
    job_id: JobId
    state: str
    expires_at: datetime | None
    uid: str
    sequence: int
    moves: int
    starts_at: datetime
    ends_at: datetime

    @property
    def is_hold(self) -> bool:
        """Whether it is only held."""
        return self.state == BookingState.HELD

    def is_expired(self, now: datetime) -> bool:
        """Whether it is a hold whose time is over."""
        return self.is_hold and self.expires_at is not None and self.expires_at <= now


def check_offer(offer: Offer, *, now: datetime) -> None:
    """Say no to a slot that nobody may take any more.

    Raises:
        SlotClosed, NoticeTooShort: withdrawn, begun, or too close to its start.
        JobNotOpen: expired, withdrawn or in review.
        PhaseClosed: outside the campaign's phases.
    """
    if offer.slot_state != SlotState.OPEN or offer.starts_at <= now:
        raise refusals.SlotClosed
    if closed(offer, now=now) is not None:
        raise refusals.JobNotOpen
    notice = offer.phase.notice
    if offer.starts_at - notice < now:
        raise refusals.NoticeTooShort(minutes=round(notice / timedelta(minutes=1)))


def check_graduate(offer: Offer, profile: Profile | None, graduate_id: PersonId) -> None:
    """Say no to a graduate whose profile does not fit the job, and name what is lacking.

    Raises:
        OwnPanel, EmailNotVerified, ProfileIncomplete, ConditionsNotMet.
    """
    if graduate_id in offer.panel:
        raise refusals.OwnPanel
    if profile is None:
        raise refusals.ProfileIncomplete
    if not profile.email_proved:  # an invite may reach a stranger
        raise EmailNotVerified
    for lack in lacking(offer, profile):
        raise LACKS[lack]


LACKS = {
    Lack.LEVEL_UNKNOWN: refusals.LevelUnknown,
    Lack.LEVEL: refusals.LevelTooLow,
    Lack.MAJOR_UNKNOWN: refusals.MajorUnknown,
    Lack.MAJOR: refusals.MajorDoesNotFit,
}


def check_firm(offer: Offer, *, now: datetime) -> None:
    """Say no to new bookings of a firm whose check is overdue on the campaign's calendar.

    Raises:
        FirmMayNotRecruit.
    """
    check_firm_may_recruit(offer, offer.phase.day(now))


def check_not_booked(bookings: Iterable[LiveBooking], offer: Offer, graduate: PersonId) -> None:
    """Say no to a second booking of one graduate for one job.

    Raises:
        AlreadyBooked.
    """
    for booking in bookings:
        own = booking.graduate_id == graduate and booking.job_id == offer.job_id
        if own and not booking.is_hold:
            raise refusals.AlreadyBooked


def check_move(booking: LiveBooking, offer: Offer, *, now: datetime) -> None:
    """Say no to a move that Q3 does not allow.

    Raises:
        NotLive, OtherJob, SameSlot, TooManyMoves, TooLateToMove, PhaseClosed.
    """
    if booking.is_hold or booking.starts_at <= now:
        raise refusals.NotLive
    if booking.job_id != offer.job_id:
        raise refusals.OtherJob
    if booking.slot_id == offer.slot_id:
        raise refusals.SameSlot
    policy = offer.phase
    if booking.moves >= policy.moves_allowed:
        raise refusals.TooManyMoves(moves=booking.moves)
    if booking.starts_at - policy.move_until < now:
        raise refusals.TooLateToMove(hours=round(policy.move_until / timedelta(hours=1)))


def check_cancel(state: str, ends_at: datetime, reason: str, *, own: bool, now: datetime) -> None:
    """Say no to cancelling what is over, and to the firm cancelling without a reason.

    Raises:
        NotLive, ReasonMissing.
    """
    if state not in {BookingState.HELD, BookingState.CONFIRMED} or ends_at <= now:
        raise refusals.NotLive
    if not own and not reason:
        raise refusals.ReasonMissing


def check_finish(state: str, starts_at: datetime, outcome: BookingState, *, now: datetime) -> None:
    """Say no to ending what is not live, or too early.

    Raises:
        NotLive: the booking is not confirmed, or the outcome is neither done nor no_show.
        TooEarlyToFinish: the room is not open yet, or the grace is not over.
    """
    if state != BookingState.CONFIRMED or outcome not in OUTCOMES:
        raise refusals.NotLive
    absent = outcome == BookingState.NO_SHOW
    earliest = starts_at + GRACE if absent else starts_at - ROOM_OPENS
    if now < earliest:
        raise refusals.TooEarlyToFinish(earliest=earliest)


OUTCOMES = frozenset({BookingState.DONE, BookingState.NO_SHOW})


def free_seat(taken: Collection[int], capacity: int) -> int | None:
    """The lowest seat that nobody has; None when the slot is full."""
    return next((seat for seat in range(capacity) if seat not in taken), None)
