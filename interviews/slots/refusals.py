"""Every "no" of the slot generator: values that cannot mean a time, and limits that are reached."""

from interviews.refusals import NotFound, Refusal
from interviews.texts import N_


class TimeWithoutZone(Refusal):
    """A moment must say how far it is from UTC."""

    code = "time-without-zone"
    status = 422
    message = N_("The time %(moment)s does not say in which time zone it is.")
    next_step = N_("Send it with an offset, for example 2026-11-25T09:30:00+08:00.")


class EmptyRange(Refusal):
    """A range must hold at least a moment."""

    code = "empty-range"
    status = 422
    message = N_("The end %(end)s is not after the start %(start)s.")
    next_step = N_("Choose an end that is later than the start.")


class LocalTimeWithZone(Refusal):
    """A wall-clock time takes its zone from the host, never from itself."""

    code = "local-time-with-zone"
    status = 422
    message = N_("The time of day %(wall)s carries a zone of its own.")
    next_step = N_("Give the time alone; the zone is set once for the host.")


class HoursEndBeforeStart(Refusal):
    """Hours run forward and last at most 24 hours."""

    code = "hours-end-before-start"
    status = 422
    message = N_("Hours from %(start)s to %(end)s do not run forward within 24 hours.")
    next_step = N_("Choose a later end, or say whether it falls on the next day.")


class DatesReversed(Refusal):
    """A period of dates begins before it ends."""

    code = "dates-reversed"
    status = 422
    message = N_("The last date %(last)s is before the first date %(first)s.")
    next_step = N_("Swap the two dates or choose a later last date.")


class WeeklyRuleWithoutTime(Refusal):
    """A weekly rule opens some time; closing a day is a matter of one date."""

    code = "weekly-rule-without-time"
    status = 422
    message = N_("A weekly rule must open some time, but it starts and ends at %(wall)s.")
    next_step = N_("Choose a later end, or close single dates with an exception.")


class TravelsOverlap(Refusal):
    """A host is in one zone on one date."""

    code = "travels-overlap"
    status = 422
    message = N_("Two journeys both claim %(day)s.")
    next_step = N_("End the first journey before the second begins.")


class DateOutOfReach(Refusal):
    """We plan in years that calendars know."""

    code = "date-out-of-reach"
    status = 422
    message = N_("The date %(day)s is outside the years %(first)d to %(last)d.")
    next_step = N_("Check the year.")


class SpanTooLong(Refusal):
    """One question covers a bounded time, so that its answer comes at once."""

    code = "span-too-long"
    status = 422
    message = N_("You asked for %(days)d days at once; the most is %(most)d.")
    next_step = N_("Ask for a shorter time.")


class DurationOutOfBounds(Refusal):
    """Lengths, gaps and buffers lie between their bounds."""

    code = "duration-out-of-bounds"
    status = 422
    message = N_("The %(what)s of %(minutes)g minutes is not between %(least)g and %(most)g.")
    next_step = N_("Choose a value between the two.")


class PanelEmpty(Refusal):
    """Somebody must interview."""

    code = "panel-empty"
    status = 422
    message = N_("Nobody is on the panel.")
    next_step = N_("Choose at least one interviewer.")


class LimitNotPositive(Refusal):
    """A limit counts from one; no limit is written as no limit."""

    code = "limit-not-positive"
    status = 422
    message = N_("The limit per %(period)s is %(count)d, but it must be at least 1.")
    next_step = N_("Raise it, or remove it for no limit.")


class LimitsContradict(Refusal):
    """A shorter period may not allow more than a longer one does."""

    code = "limits-contradict"
    status = 422
    message = N_(
        "%(shorter_count)d per %(shorter)s can never be reached with %(longer_count)d per "
        "%(longer)s."
    )
    next_step = N_("Lower the first limit or raise the second.")


class LimitReached(Refusal):
    """An interviewer has as many interviews in this period as they wish."""

    code = "limit-reached"
    status = 409
    message = N_("The interviewer already has %(count)d interviews in that %(period)s.")
    next_step = N_("Choose a time in another %(period)s.")


class WindowTooShort(Refusal):
    """At least one slot must fit."""

    code = "window-too-short"
    status = 422
    message = N_("A slot of %(length)g minutes does not fit into %(window)g minutes.")
    next_step = N_("Make the window longer or the slot shorter.")


class WindowInThePast(Refusal):
    """Only times to come can be offered."""

    code = "window-in-the-past"
    status = 409
    message = N_("Every slot of this window would already have begun.")
    next_step = N_("Choose a later date or a later end.")


class NoTimeFree(Refusal):
    """The panel has other things to do through the whole window."""

    code = "no-time-free"
    status = 409
    message = N_("The panel is busy through the whole window; no slot fits.")
    next_step = N_("Choose another window or another panel.")


class TooManySlots(Refusal):
    """One form publishes a bounded number of slots."""

    code = "too-many-slots"
    status = 422
    message = N_("This window makes %(count)d slots; at most %(most)d are published at once.")
    next_step = N_("Choose a shorter window or longer slots.")


class JobNotApproved(Refusal):
    """Times are offered for jobs that the organiser has approved and that have not expired."""

    code = "job-not-approved"
    status = 409
    message = N_("Times can be offered once the organiser has approved this job.")
    next_step = N_("Wait for the review, or correct what was returned to you.")


class PanelNotOfFirm(Refusal):
    """The panel is made of the firm's recruiters and of people whom the firm invited."""

    code = "panel-not-of-firm"
    status = 403
    message = N_("Somebody on the panel cannot interview for this firm.")
    next_step = N_("Choose colleagues of your firm, or invite the person by e-mail first.")


class SlotNotFound(NotFound):
    """There is no such slot, or it belongs to another firm."""

    code = "slot-not-found"
    message = N_("We cannot find that time.")
    next_step = N_("Open your list of offered times.")
