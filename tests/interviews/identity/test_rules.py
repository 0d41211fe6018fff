from datetime import timedelta

import pytest

from interviews.identity.models import LinkPurpose, Role
from interviews.identity.refusals import (
    BookingLinkOver,
    FirmMissing,
    OwnAccount,
    PasswordTooGuessable,
    PasswordTooLong,
    PasswordTooShort,
)
from interviews.identity.rules import (
    check_booking_link,
    check_firm,
    check_may_disable,
    check_may_manage,
    check_password,
    is_stale,
    link_expiry,
    session_expiry,
)
from interviews.people.models import PersonId
from interviews.refusals import NotAllowed
from tests.support.clock import START

WHO = {"email": "grad001@example.com", "name": "云小溪"}


def test_a_session_that_is_used_lasts_thirty_more_days():
    now = START + timedelta(days=20)
    assert session_expiry(START, now=now) == now + timedelta(days=30)


def test_no_session_lasts_longer_than_ninety_days():
    now = START + timedelta(days=80)
    assert session_expiry(START, now=now) == START + timedelta(days=90)


def test_last_seen_is_written_every_five_minutes():
    assert not is_stale(START, now=START + timedelta(minutes=4, seconds=59))
    assert is_stale(START, now=START + timedelta(minutes=5))


def test_links_that_let_somebody_in_last_fifteen_minutes():
    for purpose in (LinkPurpose.SIGN_IN, LinkPurpose.RESET_PASSWORD):
        assert link_expiry(purpose, now=START) == START + timedelta(minutes=15)
    assert link_expiry(LinkPurpose.VERIFY_EMAIL, now=START) == START + timedelta(days=1)


@pytest.mark.parametrize(
    "password", ["four unrelated plain words", "蓝鲸爱吃煎饼果子呀", "x7#Qm!2vTz", "  spaces  ok "]
)
def test_long_passwords_of_any_signs_are_taken(password: str):
    check_password(password + "!!", **WHO)


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Passw0rd2026",
        "1234567890",
        "aaaaaaaaaaaa",
        "1212121212",
        "qwertyuiop",
        "grad001@example.com",
        "grad001-2026!",
        "daigang2026",
        "woaini1314520",
    ],
)
def test_the_first_guesses_of_everybody_are_refused(password: str):
    with pytest.raises(PasswordTooGuessable):
        check_password(password, **WHO)


def test_a_password_has_between_10_and_128_characters():
    with pytest.raises(PasswordTooShort) as short:
        check_password("x7#Qm!2vT", **WHO)
    assert "at least 10 characters" in str(short.value)
    with pytest.raises(PasswordTooLong):
        check_password("x7#Qm!2vTz" * 13, **WHO)


def test_a_booking_link_works_until_a_day_after_the_interview():
    ends_at = START
    almost = START + timedelta(days=1, seconds=-1)
    check_booking_link(ends_at=ends_at, attends=True, now=almost)
    with pytest.raises(BookingLinkOver):
        check_booking_link(ends_at=ends_at, attends=True, now=START + timedelta(days=1))


def test_a_booking_link_ends_when_its_holder_leaves_the_booking():
    with pytest.raises(BookingLinkOver):
        check_booking_link(ends_at=START, attends=False, now=START)


def test_recruiters_and_only_recruiters_have_a_firm():
    check_firm(Role.RECRUITER, 1)
    check_firm(Role.GRADUATE, None)
    for role, firm in ((Role.RECRUITER, None), (Role.ORGANISER, 1)):
        with pytest.raises(FirmMissing):
            check_firm(role, firm)


def test_nobody_switches_off_their_own_account():
    check_may_disable(PersonId(1), by=PersonId(2))
    with pytest.raises(OwnAccount):
        check_may_disable(PersonId(1), by=PersonId(1))


@pytest.mark.parametrize("by", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_administrators_manage_everybody_and_organisers_recruiters(by: Role, role: Role):
    may = by is Role.ADMINISTRATOR or (by is Role.ORGANISER and role is Role.RECRUITER)
    if may:
        check_may_manage(role, by=by)
    else:
        with pytest.raises(NotAllowed):
            check_may_manage(role, by=by)
