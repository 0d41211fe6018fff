"""SDP and the worker's messages: what one side says is what the other reads."""

import pytest

from signaling.refusals import (
    BodyMalformed,
    NoWorker,
    OfferUnsupported,
    PublicationTaken,
    Refusal,
    SectionUnknown,
    SessionUnknown,
)
from signaling.sdp.policy import DOWNLINK, MID, UPLINK
from signaling.workers import negotiation
from signaling.workers.link import CommandFailedError
from signaling.workers.messages import Candidate, Codec, Extension, Hello
from signaling.workers.opening import refusal
from tests.signaling.sdp.offers import changed, offer


def test_a_publication_tells_the_worker_numbers_of_the_offerer():
    agreement = negotiation.agree_on(offer("chromium_whip"), UPLINK)
    audio, video = map(negotiation.inbound, agreement.sections)
    assert (audio.mid, audio.kind, audio.ssrcs) == ("0", "audio", (2595203759,))
    assert audio.codecs == (
        Codec(
            payload_type=111,
            name="opus",
            clock_rate=48_000,
            channels=2,
            format_parameters="minptime=10;useinbandfec=1",
            feedback=("transport-cc",),
        ),
    )
    assert Extension(uri=MID, id=4) in video.extensions
    assert [(c.name, c.payload_type, c.rtx_payload_type) for c in video.codecs] == [
        ("VP8", 96, 97),
        ("H264", 108, 109),
    ]
    assert video.rtx_ssrcs == ((2975553630, 185091182),)


def test_a_subscription_gets_ssrcs_of_its_own():
    agreement = negotiation.agree_on(offer("chromium_whep"), DOWNLINK)
    streams = negotiation.outgoing(agreement, "cname")
    sections = [
        negotiation.outbound(section, stream)
        for section, stream in zip(agreement.sections, streams, strict=True)
    ]
    numbers = [s.ssrc for s in sections] + [s.rtx_ssrc for s in sections if s.rtx_ssrc]
    assert len(set(numbers)) == len(numbers) == 11
    assert {s.cname for s in sections} == {"cname"}


@pytest.mark.parametrize(
    ("name", "expected"), [("chromium_whip", "server"), ("ffmpeg_whip", "client")]
)
def test_the_worker_waits_for_the_handshake_unless_the_offer_is_passive(name: str, expected: str):
    peer = negotiation.dtls_peer(negotiation.agree_on(offer(name), UPLINK))
    assert peer.worker_is_server is (expected == "server")
    assert [algorithm for algorithm, _ in peer.fingerprints] == ["sha-256"]


def test_the_greeting_of_a_worker_is_the_transport_of_the_answer():
    hello = Hello(
        worker="0.1",
        process=1,
        fingerprint="AB:CD",
        candidates=(
            Candidate(address="192.0.2.1", port=7000),
            Candidate(address="192.0.2.1", port=7001, protocol="tcp"),
        ),
    )
    ice = negotiation.new_ice()
    answerer = negotiation.answerer(hello, ice)
    assert answerer.fingerprint.value == "AB:CD"
    assert [(c.transport, c.port) for c in answerer.candidates] == [("udp", 7000), ("tcp", 7001)]
    assert (len(ice.ufrag), len(ice.password)) == (16, 32)
    assert negotiation.new_ice() != ice


def test_a_broken_offer_and_an_unwanted_one_are_refused_differently():
    with pytest.raises(BodyMalformed) as malformed:
        negotiation.agree_on("v=1", UPLINK)
    assert malformed.value.parameters == {"line": 1, "rule": "a description starts with v=0"}
    with pytest.raises(OfferUnsupported):
        negotiation.agree_on(changed("obs_like_whip", ("a=sendonly", "a=inactive")), UPLINK)
    with pytest.raises(BodyMalformed):
        negotiation.read_fragment("v=0")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unknown-session", SessionUnknown),
        ("unknown-publication", SectionUnknown),
        ("unknown-section", SectionUnknown),
        ("publication-exists", PublicationTaken),
        ("draining", NoWorker),
        ("full", NoWorker),
        ("stale-epoch", NoWorker),
    ],
)
def test_every_refusal_of_a_worker_has_our_word(code: str, kind: type[Refusal]):
    assert type(refusal(CommandFailedError(code, ""), "3")) is kind
