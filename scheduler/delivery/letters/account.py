"""Letters about an account and about the organiser's decisions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from scheduler.delivery.letters.content import Action, Content, Fact, Say, Tone
from scheduler.invites.cleaning import many_lines, one_line

Parameters = Mapping[str, Any]


class UnknownLetterError(KeyError):
    """An outbox row names a letter that nobody wrote: a bug of its writer."""


def write(name: str, parameters: Parameters, *, say: Say, locale: str) -> Content:
    """The letter of this name; `parameters` is the payload of its outbox row.

    Raises:
        UnknownLetterError: there is no such letter.
        KeyError: a parameter is missing.
    """
    if name not in LETTERS:
        raise UnknownLetterError(name)
    return LETTERS[name](say, parameters, locale)


def _sign_in(_: Say, parameters: Parameters, _locale: str) -> Content:
    return Content(
        subject=_("Your sign-in link for Daigang"),
        heading=_("Sign in to Daigang"),
        lead=_("Press the button, then confirm on the page that opens."),
        actions=(Action(_("Sign in"), parameters["link"]),),
        notes=(
            _("The link works once and for 15 minutes."),
            _("Did you not ask for it? Then ignore this mail: without the link nobody gets in."),
        ),
        footer=_account_footer(_),
    )


def _verify_email(_: Say, parameters: Parameters, _locale: str) -> Content:
    return Content(
        subject=_("Confirm your e-mail address for Daigang"),
        heading=_("Is this your address?"),
        lead=_("Somebody opened a Daigang account with this address. If it was you, confirm it."),
        actions=(Action(_("Confirm my address"), parameters["link"]),),
        notes=(
            _("The link works once and for 24 hours."),
            _("Was it not you? Then do nothing: the account stays closed."),
        ),
        footer=_account_footer(_),
    )


def _reset_password(_: Say, parameters: Parameters, _locale: str) -> Content:
    return Content(
        subject=_("Choose a new password for Daigang"),
        heading=_("Choose a new password"),
        lead=_("You asked for a new password. Press the button and choose one."),
        actions=(Action(_("Choose a new password"), parameters["link"]),),
        notes=(
            _("The link works once and for 15 minutes."),
            _("Did you not ask for it? Then ignore this mail: your password stays as it is."),
        ),
        footer=_account_footer(_),
    )


def _already_registered(_: Say, parameters: Parameters, _locale: str) -> Content:
    return Content(
        subject=_("You already have a Daigang account"),
        heading=_("You already have an account"),
        lead=_("Somebody tried to open a new account with this address, which already has one."),
        actions=(Action(_("Sign in"), parameters["link"]),),
        notes=(
            _("If you forgot your password, ask for a new one on the sign-in page."),
            _("Was it not you? Then do nothing: your account is unchanged."),
        ),
        footer=_account_footer(_),
    )


def _job_approved(_: Say, parameters: Parameters, locale: str) -> Content:
    title = _localised(parameters, "title", locale)
    return Content(
        subject=_("Job approved: %(title)s", title=title),
        heading=_("Your job is public"),
        lead=_("The organiser approved “%(title)s”. Graduates can see it now.", title=title),
        facts=_reason(_, parameters, _("The organiser's remark")),
        actions=(Action(_("Look at the job"), parameters["link"]),),
        notes=(_("Next step: publish times, so that graduates can book interviews."),),
        footer=_job_footer(_),
    )


def _job_returned(_: Say, parameters: Parameters, locale: str) -> Content:
    title = _localised(parameters, "title", locale)
    return Content(
        subject=_("Job returned: %(title)s", title=title),
        heading=_("Your job needs a change"),
        lead=_("The organiser returned “%(title)s”. It is not public yet.", title=title),
        tone=Tone.CHANGED,
        facts=_reason(_, parameters, _("What to change")),
        actions=(Action(_("Change the job"), parameters["link"]),),
        notes=(_("When you have changed it, send it to the organiser again."),),
        footer=_job_footer(_),
    )


def _localised(parameters: Parameters, field: str, locale: str) -> str:
    """The text in the reader's language, or in Chinese, which every record has."""
    chinese: str = parameters[f"{field}_zh"]
    english: str = parameters.get(f"{field}_en", "")
    return one_line(chinese if locale.startswith("zh") else english or chinese)


def _reason(_: Say, parameters: Parameters, label: str) -> tuple[Fact, ...]:
    reason = many_lines(parameters.get("reason", "")).strip()
    return (Fact(label, (reason,)),) if reason else ()


def _account_footer(_: Say) -> str:
    return _("You get this mail because this address was entered on Daigang.")


def _job_footer(_: Say) -> str:
    return _("You get this mail because you recruit for this firm on Daigang.")


LETTERS: Mapping[str, Callable[[Say, Parameters, str], Content]] = MappingProxyType(
    {
        "sign-in": _sign_in,
        "verify-email": _verify_email,
        "reset-password": _reset_password,
        "already-registered": _already_registered,
        "job-approved": _job_approved,
        "job-returned": _job_returned,
    }
)
