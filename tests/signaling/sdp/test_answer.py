"""Agreements and answers: the lines of WHIP and WHEP that speak of SDP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.sdp.agreement import Agreement, reach
from signaling.sdp.answer import Answerer, Outgoing, answer, host_candidates
from signaling.sdp.codecs import H264Profile, h264_profile
from signaling.sdp.errors import SdpError, UnsupportedSdpError
from signaling.sdp.model import Session
from signaling.sdp.parse import parse
from signaling.sdp.policy import CAPTURE_TIME, DOWNLINK, MID, TRANSPORT_CC, UPLINK, Policy
from signaling.sdp.values import Codec, Fingerprint, IceParameters, SourceGroup, StreamId
from signaling.sdp.write import write
from tests.signaling.sdp.offers import WHEP_NAMES, WHIP_NAMES, changed, offer

US = Answerer(
    session_id=7,
    ice=IceParameters("ourfragment", "ourpasswordourpasswordour"),
    fingerprint=Fingerprint("sha-256", "AB:CD"),
    candidates=host_candidates(
        [("2001:db8::1", 7000, "udp"), ("192.0.2.1", 7000, "udp"), ("192.0.2.1", 7001, "tcp")]
    ),
)


def agreement(text: str, policy: Policy = UPLINK) -> Agreement:
    return reach(parse(text), policy)


def answered(text: str) -> Session:
    return parse(write(answer(agreement(text), US, UPLINK)))


def refusal(text: str, policy: Policy = UPLINK) -> str:
    with pytest.raises(UnsupportedSdpError) as caught:
        agreement(text, policy)
    return caught.value.rule


def codec_numbers(agreed: Agreement, section: int) -> list[tuple[int, int | None]]:
    return [
        (codec.codec.payload_type, codec.rtx_payload_type)
        for codec in agreed.sections[section].codecs
    ]


def test_a_parameter_that_an_offer_repeats_is_answered_once() -> None:
    again = "a=fmtp:108 packetization-mode=0;level-asymmetry-allowed=0\r\na=rtpmap:114 "
    text = changed("chromium_whip", ("a=rtpmap:114 ", again))
    codecs = {codec.payload_type: codec for codec in answered(text).media[1].codecs}
    assert codecs[108].parameters == (
        ("level-asymmetry-allowed", "1"),
        ("packetization-mode", "1"),
        ("profile-level-id", "42e01f"),
    )


@pytest.mark.parametrize("name", WHIP_NAMES)
def test_w06_every_publisher_gets_a_recvonly_answer_with_its_mids(name: str):
    session = answered(offer(name))
    assert [media.direction for media in session.media] == ["recvonly"] * len(session.media)
    assert [media.mid for media in session.media] == [
        media.mid for media in parse(offer(name)).media
    ]


@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
def test_w06_offers_that_send_nothing_are_refused(direction: str):
    text = changed("chromium_whip", ("a=sendonly", f"a={direction}"))
    assert refusal(text) == "the direction is sendonly or sendrecv"


def test_w07_every_section_is_bundled_with_rtcp_mux_only():
    session = answered(offer("chromium_whip"))
    assert session.bundle == ("0", "1")
    assert all(media.rtcp_mux and media.rtcp_mux_only for media in session.media)


def test_w07_a_bundle_only_section_with_port_zero_is_answered_in_full():
    session = answered(offer("firefox_like_whip"))
    assert [media.port != 0 for media in session.media] == [True, True]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("a=group:BUNDLE 0 1\r\n", ""), "all sections stand in one BUNDLE group"),
        (
            ("a=group:BUNDLE 0 1\r\n", "a=group:BUNDLE 0\r\n"),
            "all sections stand in one BUNDLE group",
        ),
        (("a=group:BUNDLE 0 1\r\n", "a=group:BUNDLE 1 0\r\n"), "the first section leads"),
        (("a=rtcp-mux\r\n", ""), "a section has a=rtcp-mux"),
        (("a=bundle-only\r\n", ""), "a section with port 0 is a=bundle-only"),
        (("a=mid:1\r\n", ""), "a section has a=mid"),
        (("a=mid:1\r\n", f"a=mid:{17 * '1'}\r\n"), "a=mid has at most 16 characters"),
    ],
)
def test_w07_a_section_outside_the_bundle_refuses_the_offer(change: tuple[str, str], rule: str):
    assert refusal(changed("firefox_like_whip", change)).startswith(rule)


def test_w08_two_video_sections_are_refused():
    text = changed("chromium_whip", ("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2"))
    text += text[text.index("m=video") :].replace("a=mid:1", "a=mid:2")
    assert refusal(text) == "there are at most 1 video sections"


def test_w08_two_streams_are_refused():
    text = changed(
        "obs_like_whip", ("a=msid:tOQ1XbLm7zRk tOQ1XbLm7zRk-video", "a=msid:other track")
    )
    assert refusal(text) == "all sections belong to one MediaStream"


def test_w08_a_track_without_a_stream_is_fine():
    text = changed("obs_like_whip", ("a=msid:tOQ1XbLm7zRk tOQ1XbLm7zRk-video", "a=msid:- track"))
    assert len(agreement(text).sections) == 2


def test_w09_an_unknown_codec_in_one_section_refuses_the_whole_offer():
    text = changed("obs_like_whip", ("H264/90000", "H265/90000"))
    assert refusal(text) == "one codec of video is H264 with packetization-mode=1 or VP8"


def test_w09_a_data_channel_refuses_the_offer():
    text = changed("chromium_data", ("a=sctp-port:5000\r\n", "a=rtcp-mux\r\n"))
    assert refusal(text) == "a section is audio or video"


def test_w09_another_protocol_refuses_the_offer():
    text = changed("obs_like_whip", ("UDP/TLS/RTP/SAVPF", "RTP/AVP"))
    assert refusal(text) == "the protocol is UDP/TLS/RTP/SAVPF"


def test_w09_an_offer_without_sections_is_refused():
    assert refusal("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n").startswith("an offer has at least one")


@pytest.mark.parametrize(
    ("theirs", "ours"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
def test_w10_the_answer_takes_the_other_dtls_role(theirs: str, ours: str):
    session = answered(changed("chromium_whip", ("a=setup:actpass", f"a=setup:{theirs}")))
    assert {media.transport.setup for media in session.media} == {ours}


def test_w10_ffmpeg_is_passive_so_we_start():
    assert agreement(offer("ffmpeg_whip")).we_start_dtls


def test_w10_holdconn_is_refused():
    text = changed("chromium_whip", ("a=setup:actpass", "a=setup:holdconn"))
    assert refusal(text) == "a=setup is actpass, active or passive"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ([("a=fingerprint:sha-256", "a=other:sha-256")], "an offer has a=fingerprint"),
        ([("a=ice-ufrag:", "a=x:"), ("a=ice-pwd:", "a=y:")], "an offer has a=ice-ufrag"),
        ([("a=group:BUNDLE", "a=ice-lite\r\na=group:BUNDLE")], "an offer comes from a full ICE"),
    ],
)
def test_an_offer_that_cannot_connect_is_refused(changes: list[tuple[str, str]], rule: str):
    assert refusal(changed("chromium_whip", *changes)).startswith(rule)


def test_w11_all_candidates_stand_in_the_answer_and_no_more_will_come():
    session = answered(offer("chromium_whip"))
    first, second = (media.transport for media in session.media)
    assert [(c.address, c.port, c.transport) for c in first.candidates] == [
        ("2001:db8::1", 7000, "udp"),
        ("192.0.2.1", 7000, "udp"),
        ("192.0.2.1", 7001, "tcp"),
    ]
    assert first.end_of_candidates
    assert not second.candidates
    assert session.transport.ice_lite


def test_candidates_prefer_udp_and_the_order_given():
    priorities = [candidate.priority for candidate in US.candidates]
    assert priorities == sorted(priorities, reverse=True)
    assert US.candidates[2].extensions == (("tcptype", "passive"),)


def test_the_default_destination_is_a_candidate_over_ipv4():
    session = answered(offer("chromium_whip"))
    assert (session.media[0].address, session.media[0].port) == ("192.0.2.1", 7000)


def test_chromium_agrees_on_opus_vp8_and_one_h264_profile_with_rtx():
    agreed = agreement(offer("chromium_whip"))
    assert codec_numbers(agreed, 0) == [(111, None)]
    assert codec_numbers(agreed, 1) == [(96, 97), (108, 109)]
    assert agreed.sections[1].rtx_ssrcs == ((2975553630, 185091182),)
    assert agreed.sections[1].ssrcs == (2975553630,)


def test_ffmpeg_agrees_on_h264_baseline_without_extensions():
    agreed = agreement(offer("ffmpeg_whip"))
    assert codec_numbers(agreed, 1) == [(106, 105)]
    assert agreed.sections[1].extensions == ()
    assert agreed.sections[0].ssrcs == (2926245271,)


def test_firefox_keeps_its_own_numbers():
    agreed = agreement(offer("firefox_like_whip"))
    assert codec_numbers(agreed, 0) == [(109, None)]
    assert codec_numbers(agreed, 1) == [(120, 124), (126, 127)]
    assert {known.uri: known.id for known in agreed.sections[1].extensions}[TRANSPORT_CC] == 7


def test_feedback_is_what_both_sides_know():
    video = agreement(offer("obs_like_whip")).sections[0 + 1].codecs[0].codec
    assert video.feedback == ("nack", "nack pli", "goog-remb")
    audio = agreement(offer("chromium_whip")).sections[0].codecs[0].codec
    assert audio.feedback == ("transport-cc",)


def test_stereo_is_asked_for_when_it_is_offered():
    text = write(answer(agreement(offer("obs_like_whip")), US, UPLINK))
    assert "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n" in text


@pytest.mark.parametrize(("name", "policy"), [("whip", UPLINK), ("whep", DOWNLINK)])
def test_capture_time_is_agreed_on_where_it_is_offered(name: str, policy: Policy):
    lines = "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset", f"a=extmap:14 {CAPTURE_TIME}"
    for text, expected in (
        (offer(f"chromium_{name}"), []),
        (changed(f"chromium_{name}", lines), [14]),
    ):
        video = agreement(text, policy).sections[-1]
        assert [one.id for one in video.extensions if one.uri == CAPTURE_TIME] == expected


def test_an_extension_that_they_only_receive_is_not_answered():
    text = changed("chromium_whip", ("a=extmap:3 http", "a=extmap:3/recvonly http"))
    assert TRANSPORT_CC not in {known.uri for known in agreement(text).sections[1].extensions}


def test_an_extension_id_beyond_one_byte_headers_is_not_answered():
    text = changed("chromium_whip", (f"a=extmap:4 {MID}", f"a=extmap:15 {MID}"))
    assert MID not in {known.uri for known in agreement(text).sections[0].extensions}


def test_one_extension_id_with_two_meanings_is_refused():
    text = changed("chromium_whip", ("a=extmap:13 urn:3gpp", "a=extmap:1 urn:3gpp"))
    assert refusal(text) == "an extension id means one extension in all sections"


def test_pitfall_25_payload_types_that_read_as_rtcp_are_not_answered():
    lines = (" 96 97", " 72 97"), (":96 ", ":72 "), ("apt=96", "apt=72")
    assert codec_numbers(agreement(changed("chromium_whip", *lines)), 1) == [(108, 109)]
    lines = (" 96 97", " 96 76"), (":97 ", ":76 ")
    assert codec_numbers(agreement(changed("chromium_whip", *lines)), 1)[0] == (96, None)
    assert refusal(changed("ffmpeg_whip", (" 111", " 95"), (":111 ", ":95 ")))


def test_one_payload_type_with_two_meanings_is_refused():
    text = changed("ffmpeg_whip", ("106", "111"))
    assert refusal(text) == "a payload type means one codec in all sections"


@pytest.mark.parametrize(
    ("parameters", "profile"),
    [
        ("42e01f", H264Profile.CONSTRAINED_BASELINE),
        ("42001e", H264Profile.BASELINE),
        ("4D001f", H264Profile.MAIN),
        ("4d801f", H264Profile.CONSTRAINED_BASELINE),
        ("640c1f", H264Profile.CONSTRAINED_HIGH),
        ("64001f", H264Profile.HIGH),
        ("42e0ff", H264Profile.CONSTRAINED_BASELINE),
        ("58001f", None),
        ("42e0", None),
        ("nothex", None),
        (None, H264Profile.BASELINE),
    ],
)
def test_pitfall_22_h264_matches_by_profile_whatever_the_level(
    parameters: str | None, profile: H264Profile | None
):
    stated = () if parameters is None else (("profile-level-id", parameters),)
    assert h264_profile(Codec(96, "H264", 90_000, 1, stated)) is profile


@pytest.mark.parametrize(
    "change",
    [
        ("packetization-mode=1", "packetization-mode=0"),
        ("profile-level-id=42000d", "profile-level-id=58000d"),
        ("H264/90000", "H264/8000"),
    ],
)
def test_pitfall_22_h264_that_we_cannot_forward_is_refused(change: tuple[str, str]):
    assert refusal(changed("ffmpeg_whip", change)).startswith("one codec of video")


def test_opus_of_another_shape_is_refused():
    assert refusal(changed("ffmpeg_whip", ("opus/48000/2", "opus/48000"))).startswith("one codec")


def test_an_rtx_without_a_usable_apt_is_passed_over():
    text = changed("ffmpeg_whip", ("a=fmtp:105 apt=106", "a=fmtp:105 apt=x"))
    assert codec_numbers(agreement(text), 1) == [(106, None)]


# WHEP


@pytest.mark.parametrize("name", WHEP_NAMES)
def test_e01_every_viewer_gets_a_sendonly_answer_with_our_streams(name: str):
    agreed = agreement(offer(name), DOWNLINK)
    streams = tuple(
        Outgoing(ssrc=10 + place, rtx_ssrc=None, cname="room", stream=f"s{place}", track="t")
        for place in range(len(agreed.sections))
    )
    session = parse(write(answer(agreed, US, DOWNLINK, streams)))
    assert {media.direction for media in session.media} == {"sendonly"}
    assert [media.sources[0].ssrc for media in session.media] == [s.ssrc for s in streams]
    assert session.media[0].sources[0].attribute("cname") == "room"
    assert session.media[0].stream_ids == (StreamId("s0", "t"),)


def test_e01_retransmissions_stand_in_a_fid_group():
    agreed = agreement(offer("chromium_whep"), DOWNLINK)
    streams = tuple(Outgoing(n, 100 + n, "c", "s", "t") for n in range(len(agreed.sections)))
    session = parse(write(answer(agreed, US, DOWNLINK, streams)))
    assert session.media[3].source_groups == (SourceGroup("FID", (3, 103)),)
    assert [source.ssrc for source in session.media[3].sources] == [3, 103]


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_e01_offers_that_receive_nothing_are_refused(direction: str):
    text = changed("chromium_whep", ("a=recvonly", f"a={direction}"))
    assert refusal(text, DOWNLINK) == "the direction is recvonly or sendrecv"


def test_e01_a_sendrecv_offer_is_accepted():
    text = changed("chromium_whep", ("a=recvonly", "a=sendrecv"))
    assert len(agreement(text, DOWNLINK).sections) == 7


def test_e05_all_common_codecs_stay_in_the_first_answer():
    agreed = agreement(offer("chromium_whep"), DOWNLINK)
    assert codec_numbers(agreed, 6) == [(96, 97), (102, 103), (108, 109), (116, 117)]


def test_e05_an_unknown_codec_in_one_of_seven_sections_refuses_the_offer():
    head, mark, tail = offer("chromium_whep").rpartition("m=video")
    tail = tail.replace("VP8/90000", "VP7/90000").replace("H264/90000", "H263/90000")
    assert refusal(head + mark + tail, DOWNLINK).startswith("one codec of video")


def test_viewers_are_not_asked_for_transport_wide_feedback():
    for section in agreement(offer("chromium_whep"), DOWNLINK).sections:
        assert TRANSPORT_CC not in {known.uri for known in section.extensions}
        assert all("transport-cc" not in codec.codec.feedback for codec in section.codecs)


@given(st.data())
def test_a_real_offer_with_lines_gone_or_doubled_is_answered_or_refused(data: st.DataObject):
    name = data.draw(st.sampled_from(WHIP_NAMES + WHEP_NAMES))
    lines = offer(name).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        other = data.draw(st.integers(0, len(lines) - 1))
        lines[place : place + 1] = data.draw(
            st.sampled_from([[], [lines[place]] * 2, [lines[other]]])
        )
        if not lines:
            return
    policy = UPLINK if name in WHIP_NAMES else DOWNLINK
    try:
        agreed = reach(parse("\r\n".join(lines)), policy)
    except SdpError:
        return
    assert len(answer(agreed, US, policy).media) == len(agreed.sections)
