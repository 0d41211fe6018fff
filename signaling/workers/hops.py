"""One stream on its way from one worker to another: what each end is told. No SDP is needed."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from signaling.forwarding.profile import END_TO_END
from signaling.sdp.values import IceParameters
from signaling.workers import negotiation
from signaling.workers.messages import (
    Attach,
    Candidate,
    Codec,
    DtlsPeer,
    Extension,
    Hello,
    InboundSection,
    Inflow,
    OpenRelay,
    OpenSubscription,
    OutboundSection,
)
from signaling.workers.opening import new_session_id

CNAME: Final = "daigang-relay"  # of one hop; viewers get the name that their own session says
ONE_HOP: Final = (
    "transport-cc",
    "goog-remb",
)  # a path between workers is wide, and the layer fixed


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which stream goes from where to where."""

    room: str
    epoch: int
    publication: str
    section: InboundSection  # of the publication at its origin
    rid: str  # empty where the section has no layers
    origin: Hello
    edge: Hello


def _new_ssrcs() -> tuple[int, int]:
    first = secrets.randbelow(2**32 - 2) + 1
    return first, first + 1


@dataclass(frozen=True, slots=True)
class Hop:
    """Both ends of one session between two workers: the edge calls, the origin sends."""

    stretch: Stretch
    sender: str = field(default_factory=new_session_id)  # the session at the origin
    receiver: str = field(default_factory=new_session_id)  # the session at the edge
    _sender_ice: IceParameters = field(default_factory=negotiation.new_ice)
    _receiver_ice: IceParameters = field(default_factory=negotiation.new_ice)
    _ssrcs: tuple[int, int] = field(default_factory=_new_ssrcs)  # media, rtx

    @property
    def ends(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The workers and their sessions; the one that calls first, so that it hangs up first."""
        stretch = self.stretch
        return (stretch.edge.worker, self.receiver), (stretch.origin.worker, self.sender)

    def subscription(self, request: int) -> OpenSubscription:
        """What the origin is told: an ordinary viewer will come."""
        stretch = self.stretch
        section, repaired = stretch.section, _is_repaired(stretch.section)
        return OpenSubscription(
            request=request,
            session=self.sender,
            room=stretch.room,
            epoch=stretch.epoch,
            ice=negotiation.credentials(self._sender_ice, self._receiver_ice),
            dtls=_known(stretch.edge, worker_is_server=True),
            sections=(
                OutboundSection(
                    mid=section.mid,
                    kind=section.kind,
                    codecs=_codecs(section),
                    extensions=_end_to_end(section),
                    ssrc=self._ssrcs[0],
                    rtx_ssrc=self._ssrcs[1] if repaired else None,
                    cname=CNAME,
                ),
            ),
        )

    def attachment(self, request: int) -> Attach:
        """What flows from the origin: this layer and no other."""
        stretch = self.stretch
        inflow = Inflow(
            mid=stretch.section.mid,
            publication=stretch.publication,
            source_mid=stretch.section.mid,
            rid=stretch.rid or None,
        )
        return Attach(request=request, session=self.sender, inflows=(inflow,))

    def relay(self, request: int) -> OpenRelay:
        """What the edge is told: whom to call, and what will come."""
        stretch = self.stretch
        section = stretch.section
        return OpenRelay(
            request=request,
            session=self.receiver,
            room=stretch.room,
            epoch=stretch.epoch,
            publication=stretch.publication,
            rid=stretch.rid,
            ice=negotiation.credentials(self._receiver_ice, self._sender_ice),
            dtls=_known(stretch.origin, worker_is_server=False),
            remote=_where(stretch.origin),
            sections=(
                InboundSection(
                    mid=section.mid,
                    kind=section.kind,
                    codecs=_codecs(section),
                    extensions=_end_to_end(section),
                    ssrcs=self._ssrcs[:1],
                    rtx_ssrcs=(self._ssrcs,) if _is_repaired(section) else (),
                    rids=section.rids,
                ),
            ),
        )


def _known(hello: Hello, *, worker_is_server: bool) -> DtlsPeer:
    prints = (("sha-256", hello.fingerprint),)
    return DtlsPeer(fingerprints=prints, worker_is_server=worker_is_server)


def _where(hello: Hello) -> Candidate:
    return hello.call_at or next(c for c in hello.candidates if c.protocol == "udp")


def _is_repaired(section: InboundSection) -> bool:
    return any(codec.rtx_payload_type is not None for codec in section.codecs)


def _codecs(section: InboundSection) -> tuple[Codec, ...]:
    """The publisher's own codecs and payload types: packets are passed on as they are."""
    return tuple(
        codec.model_copy(update={"feedback": _feedback(codec.feedback)}) for codec in section.codecs
    )


def _feedback(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Every stream is repaired on the way between workers, whatever its publisher can do."""
    return ("nack", *(one for one in asked if one not in {"nack", *ONE_HOP}))


def _end_to_end(section: InboundSection) -> tuple[Extension, ...]:
    return tuple(extension for extension in section.extensions if extension.uri in END_TO_END)
