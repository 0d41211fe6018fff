"""Offers by their form: what is agreed on is what reading each in full gives, faults too."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signaling.sdp.agreement import Agreement, reach
from signaling.sdp.errors import SdpError, UnsupportedSdpError
from signaling.sdp.forms import _form, agreed
from signaling.sdp.parse import parse
from signaling.sdp.policy import DOWNLINK, UPLINK, Policy
from tests.signaling.sdp.offers import NAMES, WHEP_NAMES, changed, offer

Outcome = Agreement | tuple[type[SdpError], int, str]
VALUES = (
    *("o=", "a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=candidate:"),
    *("a=ssrc:", "a=ssrc-group:"),
)


def by_form(text: str, policy: Policy) -> Outcome:
    try:
        return agreed(text, policy)
    except SdpError as error:
        return type(error), error.line, error.rule


def in_full(text: str, policy: Policy) -> Outcome:
    try:
        return reach(parse(text), policy)
    except SdpError as error:
        return type(error), error.line, error.rule


@pytest.mark.parametrize("policy", [UPLINK, DOWNLINK])
@pytest.mark.parametrize("name", NAMES)
def test_a_real_offer_is_agreed_on_as_if_it_were_read_in_full(name: str, policy: Policy) -> None:
    for _ in range(2):
        assert by_form(offer(name), policy) == in_full(offer(name), policy)


def test_two_viewers_with_one_browser_have_one_form() -> None:
    name = "chromium_whep"
    first = agreed(offer(name), DOWNLINK)
    ice = first.ice
    other = changed(name, (ice.ufrag, "another-one"), (ice.password, "p" * 30))
    before = _form.cache_info().hits
    second = agreed(other, DOWNLINK)
    assert _form.cache_info().hits == before + 1
    assert (second.ice.ufrag, second.ice.password) == ("another-one", "p" * 30)
    assert second.fingerprints == first.fingerprints
    assert second.sections is first.sections


def test_two_viewers_with_firefox_have_one_form_whatever_their_ssrcs() -> None:
    first = offer("firefox_whep")
    other = re.sub(r"a=ssrc:(\d+)", lambda found: f"a=ssrc:{int(found[1]) // 2}", first)
    agreed(first, DOWNLINK)
    before = _form.cache_info()
    assert by_form(other, DOWNLINK) == in_full(other, DOWNLINK)
    assert _form.cache_info().misses == before.misses


def test_ssrcs_without_end_are_refused_with_a_form_too() -> None:
    lines = "".join(f"a=ssrc:{number} cname:x\r\n" for number in range(65))
    text = changed("firefox_whep", ("a=setup:actpass\r\n", f"a=setup:actpass\r\n{lines}"))
    found = by_form(text, DOWNLINK)
    assert found == in_full(text, DOWNLINK)
    assert isinstance(found, tuple)
    assert found[2] == "a section has at most 64 SSRCs"


def test_a_publisher_is_no_form() -> None:
    before = _form.cache_info()
    agreed(offer("chromium_whip"), UPLINK)
    assert _form.cache_info() == before


def test_what_cannot_be_answered_is_refused_at_its_own_line() -> None:
    text = changed("chromium_whep", ("a=recvonly", "a=inactive"))
    with pytest.raises(UnsupportedSdpError) as caught:
        agreed(text, DOWNLINK)
    assert in_full(text, DOWNLINK) == (UnsupportedSdpError, caught.value.line, caught.value.rule)


@given(st.sampled_from(WHEP_NAMES), st.data())
def test_a_broken_value_is_refused_at_its_own_line(name: str, data: st.DataObject) -> None:
    lines = offer(name).split("\r\n")
    places = [place for place, line in enumerate(lines) if line.startswith(VALUES)]
    for place in data.draw(st.lists(st.sampled_from(places), max_size=3)):
        head, colon, _ = lines[place].partition(":")
        lines[place] = head + colon + data.draw(st.text(max_size=40))
    text = "\r\n".join(lines)
    assert by_form(text, DOWNLINK) == in_full(text, DOWNLINK)


@given(st.sampled_from(WHEP_NAMES), st.integers(0, 4000), st.integers(0, 200), st.text(max_size=9))
@example("chromium_whep", 100_000, 0, "\r\r\r")
def test_any_change_of_an_offer_leads_to_what_reading_it_in_full_does(
    name: str, start: int, size: int, instead: str
) -> None:
    text = offer(name)
    text = text[:start] + instead + text[start + size :]
    assert by_form(text, DOWNLINK) == in_full(text, DOWNLINK)


@pytest.mark.parametrize("end", ["", "\r", "\r\r\r", "\n\n"])
def test_the_last_line_may_be_a_value(end: str) -> None:
    text = "\r\n".join(
        [
            *("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"),
            *("m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=rtcp-mux", "a=recvonly"),
            *("a=rtpmap:111 opus/48000/2", "a=fingerprint:SHA-256 ab:cd:ef"),
            *(f"a=ice-pwd: {'p' * 22}  ", "a=ice-ufrag:abcd"),
        ]
    )
    found = by_form(text + end, DOWNLINK)
    assert isinstance(found, Agreement)
    assert found == in_full(text + end, DOWNLINK)
