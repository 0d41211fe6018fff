"""What we are willing to speak, going up (publications) and coming down (subscriptions)."""

from dataclasses import dataclass

from signaling.sdp.values import Direction

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
VIDEO_ORIENTATION = "urn:3gpp:video-orientation"
CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"


@dataclass(frozen=True, slots=True)
class Media:
    """What one kind of section may use."""

    codecs: frozenset[str]  # lower case
    feedback: frozenset[str]
    extensions: frozenset[str]
    at_most: int  # sections of this kind
    layers: int = 0  # simulcast layers of one section


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One way of media; the answer's direction mirrors the offers that are accepted.

    There is one value for each way, so that what a policy leads to may be remembered.
    """

    accepts: frozenset[Direction]
    answers: Direction
    kinds: dict[str, Media]
    one_stream: bool  # all sections belong to one MediaStream (RFC 9725 §4.2)
    one_h264_profile: bool  # the most widely decodable one only, since we never transcode

    @property
    def hears(self) -> bool:
        """Whether media comes up, so that the offerer's SSRCs matter."""
        return self.answers == "recvonly"


UPLINK = Policy(
    accepts=frozenset({"sendonly", "sendrecv"}),
    answers="recvonly",
    kinds={
        "audio": Media(
            codecs=frozenset({"opus"}),
            feedback=frozenset({"nack", "transport-cc"}),
            extensions=frozenset({MID, TRANSPORT_CC, ABS_SEND_TIME, AUDIO_LEVEL, CAPTURE_TIME}),
            at_most=1,
        ),
        "video": Media(
            codecs=frozenset({"vp8", "h264"}),
            feedback=frozenset({"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"}),
            extensions=frozenset(
                {MID, RID, REPAIRED_RID, TRANSPORT_CC, ABS_SEND_TIME}
                | {VIDEO_ORIENTATION, CAPTURE_TIME}
            ),
            at_most=1,
            layers=3,  # each costs the publisher an encoder; three span thumbnail to full size
        ),
    },
    one_stream=True,
    one_h264_profile=True,
)

# Viewers report REMB, one report for all streams; transport-wide feedback from every viewer would
# cost many RTCP packets a second each, so it is not agreed on coming down.
DOWNLINK = Policy(
    accepts=frozenset({"recvonly", "sendrecv"}),
    answers="sendonly",
    kinds={
        "audio": Media(
            codecs=frozenset({"opus"}),
            feedback=frozenset({"nack"}),
            extensions=frozenset({MID, ABS_SEND_TIME, AUDIO_LEVEL, CAPTURE_TIME}),
            at_most=32,
        ),
        "video": Media(
            codecs=frozenset({"vp8", "h264"}),
            feedback=frozenset({"nack", "nack pli", "ccm fir", "goog-remb"}),
            extensions=frozenset({MID, ABS_SEND_TIME, VIDEO_ORIENTATION, CAPTURE_TIME}),
            at_most=32,
        ),
    },
    one_stream=False,
    one_h264_profile=False,
)
