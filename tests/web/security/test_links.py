import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from interviews.identity.refusals import BookingLinkInvalid
from web.links import PURPOSES, LinkedPerson, SignedLinks

OLD, NEW = b"the key of last year", b"the key of this year"
LINKS = SignedLinks("https://jobs.example/", [NEW])


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


@given(st.sampled_from(PURPOSES), st.integers(1, 2**31), st.integers(1, 2**31))
def test_a_link_says_who_holds_it_and_for_what(purpose: str, booking: int, person: int):
    link = LINKS.for_booking(purpose, booking, person)
    assert link.startswith("https://jobs.example/i/")
    assert LINKS.read(token_of(link)) == LinkedPerson(person, booking, purpose)


@given(st.data())
def test_a_changed_link_is_not_ours(data: st.DataObject):
    token = token_of(LINKS.for_booking("move", 7, 12))
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_.").filter(lambda sign: sign != token[place]))
    changed = token[:place] + other + token[place + 1 :]
    try:
        assert LINKS.read(changed) == LinkedPerson(12, 7, "move")  # spare bits of the last sign
        assert place == len(token) - 1
    except BookingLinkInvalid:
        pass


@pytest.mark.parametrize("token", ["", ".", "x" * 500, "W10.AAAA", "ÄÖÜ.xx"])
def test_nonsense_is_refused(token: str):
    with pytest.raises(BookingLinkInvalid):
        LINKS.read(token)


def test_after_a_key_change_old_links_still_open_until_the_old_key_is_dropped():
    link = token_of(SignedLinks("https://jobs.example", [OLD]).for_booking("room", 7, 12))
    both = SignedLinks("https://jobs.example", [OLD, NEW])
    assert both.read(link) == LinkedPerson(12, 7, "room")
    assert LINKS.read(token_of(both.for_booking("room", 7, 12))).purpose == "room"
    with pytest.raises(BookingLinkInvalid):
        LINKS.read(link)


def test_what_was_signed_for_something_else_opens_nothing():
    with pytest.raises(BookingLinkInvalid):
        LINKS.read(str(URLSafeSerializer(NEW).dumps([0, 7, 12])))


def test_there_are_no_links_for_unknown_purposes_or_other_sites():
    with pytest.raises(ValueError, match="tuple"):
        LINKS.for_booking("confirm-all", 7, 12)
    with pytest.raises(KeyError):
        LINKS.mailed("delete-account", "token")
    for path in ("sign-in", "//evil.example", "https://evil.example"):
        with pytest.raises(ValueError, match="one slash"):
            LINKS.page(path)


def test_mailed_links_lead_to_the_pages_with_their_buttons():
    assert LINKS.mailed("sign-in", "t") == "https://jobs.example/sign-in/link/t"
    assert LINKS.mailed("verify-email", "t") == "https://jobs.example/verify/t"
    assert LINKS.mailed("reset-password", "t") == "https://jobs.example/reset/t"
