"""What the control plane knows of a session once the worker has opened it."""

from dataclasses import dataclass

from signaling.workers.messages import Kind


@dataclass(frozen=True, slots=True)
class OpenedSection:
    """One m-section of the answer, in the order of the offer."""

    mid: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that exists: what the 201 response carries."""

    session_id: str  # 192 random bits, URL-safe
    answer_text: str  # application/sdp
    etag: str  # of the ICE session, without quotes (RFC 9725 §4.3.1)
    sections: tuple[OpenedSection, ...]


@dataclass(frozen=True, slots=True)
class IceRestarted:
    """A new ICE generation of a living session: what the 200 response to PATCH carries."""

    fragment_text: str  # application/trickle-ice-sdpfrag
    etag: str  # without quotes
