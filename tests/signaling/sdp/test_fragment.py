"""Fragments of trickle ICE and ICE restart (RFC 8840)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.sdp.answer import Answerer, host_candidates
from signaling.sdp.errors import MalformedSdpError
from signaling.sdp.fragment import parse_fragment, write_fragment
from signaling.sdp.values import Fingerprint, IceParameters

TRICKLE = (
    "a=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "a=mid:0\r\n"
    "a=ice-ufrag:EsAw\r\n"
    "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
    "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n"
    "a=candidate:3471623853 1 quic 2122194687 198.51.100.1 61765 typ host\r\n"
    "a=candidate:473322822 1 tcp 1518280447 8a1b.local 9 typ host tcptype active\r\n"
    "a=end-of-candidates\r\n"
)
ICE = IceParameters("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")


def test_w13_a_trickle_fragment_is_read():
    fragment = parse_fragment(TRICKLE)
    assert fragment.ice == ICE
    assert fragment.mids == ("0",)
    assert fragment.end_of_candidates


def test_w14_unknown_transports_and_names_are_only_values():
    candidates = parse_fragment(TRICKLE).candidates
    assert [candidate.transport for candidate in candidates] == ["udp", "quic", "tcp"]
    assert candidates[2].address == "8a1b.local"


def test_w16_credentials_at_session_level_without_any_section():
    fragment = parse_fragment("a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n")
    assert (fragment.ice, fragment.mids, fragment.candidates) == (ICE, (), ())


def test_w16_candidates_before_any_section():
    text = "a=mid:0\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\na=\n"
    assert len(parse_fragment(text).candidates) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("v=0", 1),
        ("a=ice-ufrag:EsAw", 1),
        ("a=candidate:x", 1),
        ("m=audio 9 x 0\r\na=mid:0\r\nc=IN IP4 0.0.0.0", 3),
        ("{}", 1),
    ],
)
def test_w13_a_broken_fragment_names_its_line(text: str, line: int):
    with pytest.raises(MalformedSdpError) as caught:
        parse_fragment(text)
    assert caught.value.line == line


def test_w15_the_answer_to_a_restart_reads_back():
    us = Answerer(
        1, ICE, Fingerprint("sha-256", "AB"), host_candidates([("192.0.2.1", 7000, "udp")])
    )
    text = write_fragment(us.transport(), kind="audio", mid="0")
    fragment = parse_fragment(text)
    assert text.startswith("a=ice-lite\r\n")
    assert "a=ice-options:trickle\r\n" in text
    assert (fragment.ice, fragment.candidates, fragment.mids) == (ICE, us.candidates, ("0",))
    assert fragment.end_of_candidates


@given(st.text(max_size=200) | st.text("a=mid:0candte \r\n\0", max_size=200))
def test_any_text_is_a_fragment_or_malformed(text: str):
    _parse_or_malformed(text)


@given(st.data())
def test_a_fragment_with_any_damage_is_a_fragment_or_malformed(data: st.DataObject):
    start = data.draw(st.integers(0, len(TRICKLE)))
    end = data.draw(st.integers(start, len(TRICKLE)))
    _parse_or_malformed(TRICKLE[:start] + data.draw(st.text(max_size=20)) + TRICKLE[end:])


def _parse_or_malformed(text: str) -> None:
    try:
        parse_fragment(text)
    except MalformedSdpError:
        return
