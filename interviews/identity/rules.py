"""How long proofs last, and what a password must be."""

from datetime import datetime, timedelta

from interviews.identity.models import LinkPurpose, Role
from interviews.identity.refusals import (
    BookingLinkOver,
    FirmMissing,
    OwnAccount,
    PasswordTooGuessable,
    PasswordTooLong,
    PasswordTooShort,
)
from interviews.people.models import PersonId
from interviews.refusals import NotAllowed

SESSION_IDLE = timedelta(days=30)  # a graduate looks in once a week during a campaign phase
SESSION_LIFE = timedelta(days=90)  # a stolen cookie does not outlive a campaign
SEEN_EVERY = timedelta(minutes=5)  # fine enough for "last seen", and one small write

LINK_LIFE = {
    LinkPurpose.SIGN_IN: timedelta(minutes=15),
    LinkPurpose.RESET_PASSWORD: timedelta(minutes=15),
    LinkPurpose.VERIFY_EMAIL: timedelta(hours=24),  # school mailboxes are read once a day
}
BOOKING_LINK_AFTERLIFE = timedelta(days=1)  # to look up who it was; later the address is dead

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
MANY_DIFFERENT = 5  # "aaaaaaaaaa" and "1212121212" are long and worthless
COMMON = ("password", "passw0rd", "qwertyui", "iloveyou", "woaini", "daigang", "1qaz2wsx", "admin")
RUNS = ("01234567890123456789", "09876543210987654321", "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm")  # fmt: skip


def session_expiry(created_at: datetime, *, now: datetime) -> datetime:
    """When a session that is used now ends: 30 days on, but never beyond 90 days of age."""
    return min(now + SESSION_IDLE, created_at + SESSION_LIFE)


def is_stale(last_seen_at: datetime, *, now: datetime) -> bool:
    """Whether "last seen" should be written again."""
    return now - last_seen_at >= SEEN_EVERY


def link_expiry(purpose: LinkPurpose, *, now: datetime) -> datetime:
    """When a link that is mailed now stops working."""
    return now + LINK_LIFE[purpose]


def check_password(password: str, *, email: str, name: str) -> None:
    """Nothing, if the password may be used: length counts, composition does not.

    Raises:
        PasswordTooShort, PasswordTooLong: fewer than 10 or more than 128 characters.
        PasswordTooGuessable: common, repetitive, a keyboard run, or the person's own name.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooLong(longest=LONGEST_PASSWORD)
    plain = password.casefold()
    mailbox = email.partition("@")[0].casefold()
    own = [word for word in (email.casefold(), mailbox, name.casefold()) if len(word) > 1]
    core = plain
    for word in sorted((*own, *COMMON), key=len, reverse=True):
        core = core.replace(word, "")
    is_run = any(plain in run for run in RUNS)
    if is_run or len(set(plain)) < MANY_DIFFERENT or len(core.strip("0123456789!@#.-_ ")) == 0:
        raise PasswordTooGuessable


def check_booking_link(*, ends_at: datetime, attends: bool, now: datetime) -> None:
    """Nothing, if a booking's signed link still opens its page.

    Raises:
        BookingLinkOver: the interview ended a day ago, or the holder is in the booking no more.
    """
    if not attends or now >= ends_at + BOOKING_LINK_AFTERLIFE:
        raise BookingLinkOver


def check_firm(role: Role, firm_id: int | None) -> None:
    """Nothing, if role and firm go together.

    Raises:
        FirmMissing: a recruiter without a firm, or somebody else with one.
    """
    if (role is Role.RECRUITER) != (firm_id is not None):
        raise FirmMissing


def check_may_disable(person_id: PersonId, *, by: PersonId) -> None:
    """Nothing, if `by` may switch this account off.

    Raises:
        OwnAccount: it is their own.
    """
    if person_id == by:
        raise OwnAccount


def check_may_manage(role: Role, *, by: Role) -> None:
    """Nothing, if an account of role `by` may open and switch off accounts of this role.

    Administrators care for everybody, organisers for the recruiters of firms.

    Raises:
        NotAllowed: it may not.
    """
    if by is Role.ADMINISTRATOR or (by is Role.ORGANISER and role is Role.RECRUITER):
        return
    raise NotAllowed
