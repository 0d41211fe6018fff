"""Every "no" about a person's own details."""

from interviews.refusals import Refusal
from interviews.texts import N_


class EmailMalformed(Refusal):
    """An address that no letter can reach."""

    code = "email-malformed"
    status = 422
    message = N_("This is not a complete e-mail address.")
    next_step = N_("Write it like name@example.com.")


class NameMissing(Refusal):
    """Everybody is called something, in at most 100 characters."""

    code = "name-missing"
    status = 422
    message = N_("A name has between 1 and 100 characters.")
    next_step = N_("Write the name that should stand in invitations.")


class LocaleUnknown(Refusal):
    """We write in two languages."""

    code = "locale-unknown"
    status = 422
    message = N_("We do not write in that language.")
    next_step = N_("Choose Chinese or English.")


class ZoneUnknown(Refusal):
    """A zone is a name of the IANA database."""

    code = "zone-unknown"
    status = 422
    message = N_("There is no time zone of that name.")
    next_step = N_("Choose one from the list.")
