"""What a person's details must look like."""

import unicodedata
from functools import cache
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from interviews.people.refusals import EmailMalformed, LocaleUnknown, NameMissing, ZoneUnknown

LOCALES = ("zh_CN", "en")
DEFAULT_ZONE = "Asia/Shanghai"
LONGEST_NAME = 100
LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets


def normal_email(text: str) -> str:
    """The one spelling of an address that we compare and keep: lower case, domain in ASCII.

    RFC 5321 lets a host tell Ann@ from ann@, but none does and people type both.

    Raises:
        EmailMalformed: no letter could reach it.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise EmailMalformed from error
    return f"{found.local_part}@{found.ascii_domain}".lower()


def normal_name(text: str) -> str:
    """The name in composed characters with single spaces.

    Raises:
        NameMissing: nothing is left of it, or it is longer than 100 characters.
    """
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign
                      for sign in text)  # fmt: skip
    name = " ".join(unicodedata.normalize("NFC", visible).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise NameMissing
    return name


def known_locale(text: str) -> str:
    """The locale, if we write in it.

    Raises:
        LocaleUnknown: it is neither zh_CN nor en.
    """
    if text not in LOCALES:
        raise LocaleUnknown
    return text


def known_zone(text: str) -> str:
    """The zone, if the IANA database has it.

    Raises:
        ZoneUnknown: it has not.
    """
    if text not in zones():
        raise ZoneUnknown
    return text


@cache
def zones() -> tuple[str, ...]:
    """Every place-like zone name in order ("Asia/Shanghai"), and UTC."""
    places = (name for name in available_timezones() if "/" in name)
    outside = (name for name in places if not name.startswith(("Etc/", "SystemV/", "US/")))
    return (*sorted(outside), "UTC")
