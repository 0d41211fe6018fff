"""The SDP fragments of trickle ICE and ICE restart (RFC 8840 §9, RFC 9725 §4.3)."""

from dataclasses import dataclass

from signaling.sdp.levels import Level, MediaLevel
from signaling.sdp.lines import Line, attribute, sections, split
from signaling.sdp.model import Transport
from signaling.sdp.values import IceCandidate, IceParameters
from signaling.sdp.write import transport_lines


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a fragment states of ICE, wherever it stands: session level or any pseudo m-section."""

    ice: IceParameters | None
    candidates: tuple[IceCandidate, ...]
    end_of_candidates: bool
    mids: tuple[str, ...]


def parse_fragment(text: str) -> Fragment:
    """The fragment that this text states; m-lines may be missing (W16).

    Raises:
        MalformedSdpError: with the number of the first line that breaks a rule, and the rule.
    """
    head, bodies = sections(split(text))
    session = Level()
    _take(head, session)
    levels, mids = [session.transport()], []
    for lines in bodies:
        media = MediaLevel(lines[0], formats=(), is_rtp=False)
        _take(lines[1:], media)
        section = media.section(kind="", port=0, protocol="")
        levels.append(section.transport)
        if section.mid is not None:
            mids.append(section.mid)
    return Fragment(
        ice=next((level.ice for level in levels if level.ice), None),
        candidates=tuple(candidate for level in levels for candidate in level.candidates),
        end_of_candidates=any(level.end_of_candidates for level in levels),
        mids=tuple(mids),
    )


def _take(lines: list[Line], level: Level) -> None:
    for line in lines:
        if line.type != "a":
            raise line.fail("a fragment has only m= and a= lines")
        if line.value:  # some clients write the empty last candidate as "a="
            level.take(attribute(line))


def write_fragment(transport: Transport, *, kind: str, mid: str) -> str:
    """The fragment that answers an ICE restart: one m-section, lines ended by CRLF."""
    lines = (
        "a=ice-lite",
        f"m={kind} 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{mid}",
        *transport_lines(transport),
    )
    return "".join(f"{line}\r\n" for line in lines)
