"""What is counted: per session since it opened, and per reason what was thrown away."""

from collections import Counter
from dataclasses import dataclass, fields
from enum import StrEnum


class DropReason(StrEnum):
    """Why a decrypted packet went nowhere."""

    MALFORMED = "malformed"
    UNKNOWN_SESSION = "unknown-session"
    UNKNOWN_STREAM = "unknown-stream"
    UNKNOWN_PAYLOAD_TYPE = "unknown-payload-type"
    DUPLICATE = "duplicate"
    PADDING = "padding"
    NO_COMMON_CODEC = "no-common-codec"
    TOO_MANY_STREAMS = "too-many-streams"
    NOT_EXPECTED = "media-from-viewer"
    RESEND_BUDGET = "resend-budget"


@dataclass(slots=True)
class SessionCounters:
    """Counts of one session; bytes are of plain packets."""

    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    nacks_in: int = 0
    nacks_out: int = 0
    resent: int = 0
    keyframe_requests_in: int = 0
    keyframe_requests_out: int = 0
    instant: int = 0  # pictures that a viewer got at once, from the cache
    waited: int = 0  # pictures that a viewer waited for until a key frame came
    switches: int = 0  # from one layer to another
    pauses: int = 0  # of a picture that a viewer's link did not carry

    def __add__(self, other: "SessionCounters") -> "SessionCounters":
        """Both added up, name by name."""
        names = (one.name for one in fields(self))
        return SessionCounters(**{n: getattr(self, n) + getattr(other, n) for n in names})


Drops = Counter[str]
