"""Reading and writing descriptions: nothing gets lost, nothing but SdpError comes out."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.sdp.attributes import MAX_GROUP, MAX_LAYERS
from signaling.sdp.errors import MalformedSdpError
from signaling.sdp.levels import MOST_GROUPS, MOST_RIDS, MOST_SOURCES, MediaLevel
from signaling.sdp.lines import MAX_LINE, MAX_LINES, Line, attribute
from signaling.sdp.model import MediaSection
from signaling.sdp.parse import MAX_SECTIONS, _shared, parse
from signaling.sdp.payloads import MOST_FEEDBACK, MOST_PARAMETERS
from signaling.sdp.values import HeaderExtension, IceParameters, Layer, Rid, Simulcast, StreamId
from signaling.sdp.write import write
from tests.signaling.sdp.offers import NAMES, offer

HEAD = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:0\r\na=rtpmap:96 VP8/90000\r\n"


def over(attribute: str, most: int) -> str:
    """A section with one such line too many, each with a number of its own."""
    lines = (f"a={attribute.format(number)}\r\n" for number in range(most + 1))
    return HEAD + VIDEO + "".join(lines)


def section(*attributes: str) -> MediaSection:
    return parse(HEAD + VIDEO + "".join(f"a={text}\r\n" for text in attributes)).media[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_real_offer_reads_back_as_the_same_value_after_writing(name: str):
    session = parse(offer(name))
    assert parse(write(session)) == session


@pytest.mark.parametrize("name", NAMES)
def test_an_offer_reads_the_same_whether_or_not_such_sections_were_read_before(name: str):
    _shared.cache_clear()
    first = parse(offer(name))
    assert parse(offer(name)) == first
    assert _shared.cache_info().hits >= len(first.media)


def test_what_a_session_states_of_its_own_is_not_remembered_for_others():
    one = section("ice-ufrag:abcd", f"ice-pwd:{'p' * 22}", "msid:s t", "ssrc:7 cname:x")
    other = section("ice-ufrag:efgh", f"ice-pwd:{'q' * 22}", "msid:u v", "ssrc:8 cname:y")
    assert one.transport.ice == IceParameters("abcd", "p" * 22)
    assert other.transport.ice == IceParameters("efgh", "q" * 22)
    assert one.stream_ids == (StreamId("s", "t"),)
    assert other.stream_ids == (StreamId("u", "v"),)
    assert [source.ssrc for source in (*one.sources, *other.sources)] == [7, 8]


def test_a_section_that_was_read_before_still_names_its_own_broken_line():
    section("rtcp-mux")
    with pytest.raises(MalformedSdpError) as caught:
        section("rtcp-mux", "ice-ufrag:abc")
    assert caught.value.line == 9
    with pytest.raises(MalformedSdpError) as caught:
        section("ice-ufrag:abc", "setup:nobody")  # the first of two
    assert caught.value.line == 8


def test_a_section_too_long_to_be_remembered_is_read_all_the_same():
    _shared.cache_clear()
    extensions = [f"extmap:{number} urn:{'x' * 600}" for number in range(1, 15)]
    assert len(section(*extensions).extensions) == 14
    assert _shared.cache_info().currsize == 0


def test_the_simulcast_offer_keeps_its_rids_and_their_order():
    video = parse(offer("chromium_whip_simulcast")).media[1]
    assert video.rids == (Rid("q", "send"), Rid("h", "send"), Rid("f", "send"))
    assert video.simulcast == Simulcast(send=((Layer("q"),), (Layer("h"),), (Layer("f"),)))


def test_paused_and_alternative_layers_and_both_directions_are_kept():
    video = section("simulcast:send 1,~4;2 recv 3", "rid:1 send pt=96;max-width=1280")
    assert video.simulcast == Simulcast(
        send=((Layer("1"), Layer("4", paused=True)), (Layer("2"),)), receive=((Layer("3"),),)
    )
    assert video.rids == (Rid("1", "send", "pt=96;max-width=1280"),)


def test_pitfall_15_an_extmap_with_direction_and_attributes_is_kept():
    video = section("extmap:5/sendonly urn:x:y short  tail")
    assert video.extensions == (HeaderExtension(5, "urn:x:y", "sendonly", "short tail"),)
    assert parse(write(parse(HEAD + VIDEO + "a=extmap:5/sendonly urn:x:y a b\r\n")))


def test_pitfall_15_holdconn_is_read():
    assert section("setup:holdconn").transport.setup == "holdconn"


def test_pitfall_15_blanks_after_semicolons_leave_no_trace_in_keys():
    codec = section("fmtp:96 max-fr=30 ;  max-fs=3600; flag").codecs[0]
    assert codec.parameters == (("max-fr", "30"), ("max-fs", "3600"), ("flag", None))


def test_pitfall_15_an_fmtp_of_an_unlisted_payload_type_is_passed_over():
    assert [codec.payload_type for codec in section("fmtp:101 0-15").codecs] == [96]


def test_pitfall_15_an_unknown_h264_level_is_only_text():
    text = "rtpmap:97 H264/90000", "fmtp:97 profile-level-id=42e0ff;packetization-mode=1"
    assert section(*text).codecs[1].parameter("profile-level-id") == "42e0ff"


def test_pitfall_15_flags_survive_being_written():
    text = HEAD + "a=extmap-allow-mixed\r\n" + VIDEO
    text += "a=rtcp-mux\r\na=rtcp-mux-only\r\na=rtcp-rsize\r\na=bundle-only\r\n"
    again = parse(write(parse(text)))
    video = again.media[0]
    assert again.extmap_allow_mixed
    assert (video.rtcp_mux, video.rtcp_mux_only, video.rtcp_rsize, video.bundle_only) == (True,) * 4


def test_session_level_ice_fingerprint_and_setup_hold_for_every_section():
    session = parse(offer("obs_like_whip"))
    for media in session.media:
        transport = session.transport_of(media)
        assert transport.ice is not None
        assert transport.ice.ufrag == "pVyU"
        assert transport.setup == "actpass"
        assert transport.fingerprints[0].value.startswith("8E:27:5D")


def test_the_first_section_of_a_bundle_speaks_for_a_bundle_only_section():
    session = parse(offer("firefox_like_whip"))
    video = session.media[1]
    assert (video.port, video.bundle_only) == (0, True)
    assert session.transport_of(video).candidates[0].address.endswith(".local")


def test_feedback_for_every_payload_type_reaches_each():
    codecs = section("rtpmap:97 rtx/90000", "rtcp-fb:* nack", "rtcp-fb:96 nack  pli").codecs
    assert [codec.feedback for codec in codecs] == [("nack", "nack pli"), ("nack",)]


def test_sources_keep_their_attributes_and_groups():
    video = section("ssrc-group:FID 1 2", "ssrc:1 cname:x", "ssrc:1 msid:s t", "ssrc:2 cname:x")
    assert video.sources[0].attribute("msid") == "s t"
    assert video.sources[0].attribute("label") is None
    assert video.source_groups[0].ssrcs == (1, 2)


def test_a_stream_id_may_have_no_track():
    assert section("msid:-").stream_ids == (StreamId("-"),)


def test_bare_line_feeds_are_accepted():
    assert parse((HEAD + VIDEO).replace("\r\n", "\n")).media[0].mid == "0"


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("", 1, "a line is a small letter"),
        ("o=- 1 2 IN IP4 0.0.0.0", 1, "a description starts with v=0"),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 0", 1, "a description starts with v=0"),
        ("v=0\r\ns=-", 2, "a description has o="),
        ("v=0\r\no=- 1 2 IN IP4", 2, "o= has at least 6 fields"),
        ("v=0\r\no=- one 2 IN IP4 0.0.0.0", 2, "the session id is a decimal number"),
        (HEAD + "x=1", 5, "x= does not stand at session level"),
        (HEAD + "c=IN IP4", 5, "c= has at least 3 fields"),
        (HEAD + "c=IN IP4 a b", 5, "c= has at most 3 fields"),
        (HEAD + "c=ATM IP4 0.0.0.0", 5, "c= is IN, IP4 or IP6, and an address"),
        (HEAD + "a=b c", 5, "an attribute name is a token"),
        (HEAD + "a=ice-ufrag:abc", 5, "a=ice-ufrag has 4 to 256 printable characters"),
        (HEAD + "a=ice-ufrag:abcd", 5, "a=ice-ufrag and a=ice-pwd stand together"),
        (HEAD + "a=fingerprint:sha-256 zz", 5, "the value of a=fingerprint"),
        (HEAD + "a=setup:later", 5, "a=setup is active"),
        (HEAD + "a=setup", 5, "a=setup has a value"),
        (HEAD + "m=video 9 UDP/TLS/RTP/SAVPF", 5, "m= has at least 4 fields"),
        (HEAD + "m=video 70000 UDP/TLS/RTP/SAVPF 96", 5, "the port lies between 0 and 65535"),
        (HEAD + "m=video 9 UDP/TLS/RTP/SAVPF 128", 5, "a payload type lies between"),
        (HEAD + VIDEO + "v=0", 8, "v= does not stand in a media section"),
        (HEAD + VIDEO + VIDEO, 8, "a=mid:0 stands in one section only"),
        (HEAD + VIDEO + "a=rtpmap:96 VP8", 8, "a=rtpmap is name/clock rate"),
        (HEAD + VIDEO + "a=rtpmap:96", 8, "a=rtpmap is a payload type and a value"),
        (HEAD + VIDEO + "a=extmap:1", 8, "a=extmap has at least 2 fields"),
        (HEAD + VIDEO + "a=extmap:1/up urn:x", 8, "the direction of a=extmap"),
        (HEAD + VIDEO + "a=ssrc:1", 8, "a=ssrc names an attribute"),
        (HEAD + VIDEO + "a=ssrc:4294967296 cname:x", 8, "an SSRC lies between"),
        (HEAD + VIDEO + "a=ssrc-group:FID", 8, "a=ssrc-group has at least 2 fields"),
        (HEAD + VIDEO + "a=rid:? send", 8, "the name of a=rid"),
        (HEAD + VIDEO + "a=rid:x both", 8, "the direction of a=rid"),
        (HEAD + VIDEO + "a=simulcast:send", 8, "a=simulcast is one or two"),
        (HEAD + VIDEO + "a=simulcast:up a", 8, "a direction of a=simulcast"),
        (HEAD + VIDEO + "a=simulcast:send a;", 8, "a=simulcast names rids"),
        (HEAD + VIDEO + "a=msid:a b c", 8, "a=msid has one or two"),
        (HEAD + VIDEO + "a=candidate:1 1 udp 5 h 9 type host", 8, "the seventh field"),
        (HEAD + VIDEO + "a=candidate:1 1 udp 5 h 9 typ host x", 8, "candidate extensions"),
        (HEAD + "a=" + "x" * MAX_LINE, 5, "a line has at most"),
        (HEAD + "a=x\n" * MAX_LINES, MAX_LINES + 1, "a description has at most"),
        (
            HEAD + "m=a 9 x y\r\n" * (MAX_SECTIONS + 1),
            5 + MAX_SECTIONS,
            "a description has at most",
        ),
        (over("ssrc:{} cname:x", MOST_SOURCES), 8 + MOST_SOURCES, "a section has at most"),
        (over("ssrc-group:FID 1 {}", MOST_GROUPS), 8 + MOST_GROUPS, "a section has at most"),
        (over("rid:{} send", MOST_RIDS), 8 + MOST_RIDS, "a section has at most"),
        (over("fmtp:96 p{}=1", MOST_PARAMETERS), 8 + MOST_PARAMETERS, "a payload type has"),
        (over("rtcp-fb:96 k{}", MOST_FEEDBACK), 8 + MOST_FEEDBACK, "a payload type has"),
        (over("rtcp-fb:* k{}", MOST_FEEDBACK), 8 + MOST_FEEDBACK, "a payload type has"),
        (HEAD + VIDEO + "a=ssrc-group:SIM" + " 1" * (MAX_GROUP + 1), 8, "a=ssrc-group has"),
        (HEAD + VIDEO + "a=simulcast:send a" + ";a" * MAX_LAYERS, 8, "a=simulcast names"),
        (HEAD + VIDEO + "a=simulcast:send a" + ",a" * MAX_LAYERS, 8, "a=simulcast names"),
    ],
)
def test_a_broken_description_names_its_line_and_the_rule(text: str, line: int, rule: str):
    with pytest.raises(MalformedSdpError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.rule[: len(rule)]) == (line, rule)


def test_what_one_ssrc_states_in_thousands_of_lines_takes_time_in_proportion():
    few, many = (min(_seconds(count) for _ in range(3)) for count in (1_900, 7_600))
    assert many < 8 * few


def _seconds(count: int) -> float:
    """Of the processor, until so many lines about one SSRC have been read."""
    level = MediaLevel(Line(1, "m", ""), formats=(), is_rtp=False)
    stated = attribute(Line(2, "a", "ssrc:1 a"))
    begun = time.process_time()
    for _ in range(count):
        level.take(stated)
    return time.process_time() - begun


@given(st.text(max_size=300))
def test_any_text_is_a_description_or_malformed(text: str):
    _parse_or_malformed(text)


@given(st.data())
def test_a_real_offer_with_any_damage_is_a_description_or_malformed(data: st.DataObject):
    lines = offer(data.draw(st.sampled_from(NAMES))).split("\r\n")
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[place])))
        noise = data.draw(st.text(max_size=12) | st.sampled_from(["0", "-1", "=", ":", " ", "é"]))
        lines[place] = (
            lines[place][:cut] + noise + lines[place][cut + data.draw(st.integers(0, 3)) :]
        )
    _parse_or_malformed("\r\n".join(lines))


def _parse_or_malformed(text: str) -> None:
    try:
        session = parse(text)
    except MalformedSdpError:
        return
    assert parse(write(session)) == session
