"""Every "no" about a firm and its code."""

from interviews.refusals import NotFound, Refusal
from interviews.texts import N_


class FirmNotFound(NotFound):
    """There is no such firm."""

    code = "firm-not-found"
    message = N_("We cannot find that firm.")
    next_step = N_("Look through the list of open jobs.")


class FirmAlreadyKnown(Refusal):
    """One code belongs to one firm."""

    code = "firm-already-known"
    message = N_("A firm with the code %(uscc)s is already registered.")
    next_step = N_("Open it in the list of firms instead of adding it again.")


class RecruiterElsewhere(Refusal):
    """A recruiter acts for one firm."""

    code = "recruiter-elsewhere"
    message = N_("%(email)s already belongs to another firm or has another role.")
    next_step = N_("Use another e-mail address for this firm.")


class FirmMayNotRecruit(Refusal):
    """A firm that was never verified, or whose check is overdue, takes no new bookings."""

    code = "firm-may-not-recruit"
    message = N_("This firm's verification is not up to date, so it takes no new bookings.")
    next_step = N_("Look at other firms' jobs; booked interviews stay as they are.")


class UsccMalformed(Refusal):
    """A Unified Social Credit Code has one form (GB 32100-2015)."""

    code = "uscc-malformed"
    status = 422
    next_step = N_("Copy the code from the business licence and try again.")
    message = N_("This is not a Unified Social Credit Code.")


class UsccWrongLength(UsccMalformed):
    """18 characters, not one more or less."""

    code = "uscc-wrong-length"
    message = N_("A Unified Social Credit Code has 18 characters; this one has %(length)d.")


class UsccWrongCharacter(UsccMalformed):
    """The alphabet leaves out I, O, S, V and Z."""

    code = "uscc-wrong-character"
    message = N_(
        "Character %(position)d is %(character)s, which no code contains "
        "(I, O, S, V and Z are never used)."
    )


class UsccWrongCheck(UsccMalformed):
    """Position 18 is computed from the 17 before it."""

    code = "uscc-wrong-check"
    message = N_("The last character should be %(expected)s.")
    next_step = N_("One of the 18 characters is wrong; compare them with the business licence.")
