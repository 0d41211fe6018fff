"""Simulcast going up (RFC 8853): which layers are taken, and how the answer says so."""

import pytest

from signaling.sdp.agreement import AgreedSection, reach
from signaling.sdp.answer import Answerer, answer, host_candidates
from signaling.sdp.model import MediaSection
from signaling.sdp.parse import parse
from signaling.sdp.policy import DOWNLINK, RID, UPLINK, Policy
from signaling.sdp.values import Fingerprint, IceParameters, Layer, Rid, Simulcast
from signaling.sdp.write import write
from signaling.workers.negotiation import inbound
from tests.signaling.sdp.offers import changed, offer

US = Answerer(
    session_id=7,
    ice=IceParameters("ourfragment", "ourpasswordourpasswordour"),
    fingerprint=Fingerprint("sha-256", "AB:CD"),
    candidates=host_candidates([("192.0.2.1", 7000, "udp")]),
)
RIDS = "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n"


def with_layers(*attributes: str) -> str:
    """Chromium's offer of three layers with other lines about them."""
    lines = "".join(f"a={attribute}\r\n" for attribute in attributes)
    return changed("chromium_whip_simulcast", (RIDS, lines))


def video(text: str, policy: Policy = UPLINK) -> AgreedSection:
    return reach(parse(text), policy).sections[1]


def answered(text: str) -> MediaSection:
    return parse(write(answer(reach(parse(text), UPLINK), US, UPLINK))).media[1]


def names(text: str) -> list[str]:
    return list(video(text).layers)


def test_w23_chromium_s_three_layers_are_received():
    section = answered(offer("chromium_whip_simulcast"))
    assert section.rids == (Rid("q", "recv"), Rid("h", "recv"), Rid("f", "recv"))
    assert section.simulcast == Simulcast(receive=((Layer("q"),), (Layer("h"),), (Layer("f"),)))


def test_w23_the_answer_says_it_in_the_words_of_rfc_8853():
    text = write(answer(reach(parse(offer("chromium_whip_simulcast")), UPLINK), US, UPLINK))
    assert "a=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;h;f\r\n" in text
    assert f"a=extmap:10 {RID}\r\n" in text


def test_w23_the_worker_hears_of_the_layers_from_the_smallest_to_the_largest():
    assert inbound(video(offer("chromium_whip_simulcast"))).rids == ("q", "h", "f")


@pytest.mark.parametrize("name", ["chromium_whip", "obs_like_whip", "ffmpeg_whip"])
def test_w23_an_offer_without_simulcast_is_answered_without_it(name: str):
    section = answered(offer(name))
    assert (section.rids, section.simulcast) == ((), None)


def test_w23_obs_numbers_its_layers_from_the_largest():
    assert names(with_layers("rid:0 send", "rid:1 send", "rid:2 send", "simulcast:send 0;1;2")) == [
        "2",
        "1",
        "0",
    ]


@pytest.mark.parametrize(
    ("offered", "ascending"),
    [
        ("f h q", "q h f"),
        ("h m l", "l m h"),
        ("h l", "l h"),
        ("hi mid lo", "lo mid hi"),
        ("High Low", "Low High"),
        ("r2 r1 r0", "r0 r1 r2"),
        ("one two", "one two"),
    ],
)
def test_w23_names_that_say_a_size_say_it_in_any_order(offered: str, ascending: str):
    rids = [f"rid:{name} send" for name in offered.split()]
    text = with_layers(*rids, f"simulcast:send {offered.replace(' ', ';')}")
    assert names(text) == ascending.split()


def test_w23_firefox_begins_with_the_largest_and_is_answered_in_its_order():
    text = offer("firefox_whip_simulcast")
    assert inbound(video(text)).rids == ("low", "medium", "high")
    section = answered(text)
    assert section.simulcast == Simulcast(
        receive=((Layer("high"),), (Layer("medium"),), (Layer("low"),))
    )
    assert section.rids == (Rid("high", "recv"), Rid("medium", "recv"), Rid("low", "recv"))


def test_w23_stated_sizes_say_which_layer_is_small():
    text = with_layers(
        "rid:big send max-width=1280;max-height=720",
        "rid:low send max-width=320;max-height=180",
        "rid:mid send max-width=640;max-height=360",
        "simulcast:send big;low;mid",
    )
    assert names(text) == ["low", "mid", "big"]


def test_w23_stated_rates_say_it_where_no_size_does():
    text = with_layers("rid:0 send max-br=150000", "rid:1 send max-br=900000", "simulcast:send 0;1")
    assert names(text) == ["0", "1"]


@pytest.mark.parametrize("stated", ["max-br=x", "max-br", "max-br=9;max-width=9"])
def test_w23_what_only_some_lines_state_says_nothing(stated: str):
    assert names(with_layers("rid:a send max-br=8", f"rid:b send {stated}", "simulcast:send a;b"))


def test_w23_restrictions_come_back_and_only_our_payload_types_stay():
    section = answered(with_layers("rid:a send pt=96,98,96;max-width=640", "simulcast:send a"))
    assert section.rids == (Rid("a", "recv", "pt=96;max-width=640"),)


def test_w23_a_layer_in_a_codec_that_we_do_not_speak_is_left_out():
    assert names(with_layers("rid:a send pt=98", "rid:b send pt=96", "simulcast:send a;b")) == ["b"]


def test_w23_the_first_usable_alternative_stands_for_its_stream():
    text = with_layers("rid:a send pt=98", "rid:b send", "rid:c send", "simulcast:send a,b;c")
    assert names(text) == ["b", "c"]


def test_w23_a_layer_that_is_offered_paused_is_taken_and_not_paused_by_us():
    text = with_layers("rid:a send", "rid:b send", "simulcast:send a;~b")
    assert answered(text).simulcast == Simulcast(receive=((Layer("a"),), (Layer("b"),)))


@pytest.mark.parametrize(
    "attributes",
    [
        ("simulcast:send a;b",),
        ("rid:a recv", "simulcast:send a"),
        ("rid:a send", "simulcast:recv a"),
        ("rid:a send",),
    ],
)
def test_w23_names_without_a_line_of_their_own_are_no_layers(attributes: tuple[str, ...]):
    section = answered(with_layers(*attributes))
    assert (section.rids, section.simulcast) == ((), None)


def test_w23_a_name_that_stands_twice_is_one_layer():
    assert names(with_layers("rid:a send", "rid:b send", "simulcast:send a;a;b")) == ["a", "b"]


def test_w23_of_more_layers_the_smallest_the_largest_and_one_between_are_taken():
    rids = [f"rid:{name} send" for name in "abcd"]
    assert names(with_layers(*rids, "simulcast:send a;b;c;d")) == ["a", "c", "d"]


def test_w23_without_names_in_the_packets_there_are_no_layers():
    text = changed("chromium_whip_simulcast", (f"a=extmap:10 {RID}\r\n", ""))
    section = answered(text)
    assert (section.rids, section.simulcast) == ((), None)


def test_w23_viewers_send_nothing_and_so_no_layers():
    text = changed("chromium_whip_simulcast", ("a=sendonly", "a=sendrecv"))
    assert video(text, DOWNLINK).rids == ()
