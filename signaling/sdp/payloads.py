"""The payload types of one section, gathered from rtpmap, fmtp and rtcp-fb in any order."""

import re
from typing import Final

from signaling.sdp import attributes as read
from signaling.sdp.lines import Attribute, Line
from signaling.sdp.values import Codec

_RTPMAP = re.compile(r"([!-.0-~]+)/([0-9]{1,9})(?:/([0-9]{1,3}))?")
_EVERY = "*"
MOST_PARAMETERS: Final = 64  # of a payload type; browsers name at most five
MOST_FEEDBACK: Final = 32  # kinds of a payload type; browsers name at most six


class PayloadTypes:
    """Lines about payload types that the m-line does not list are read, checked and dropped."""

    def __init__(self, line: Line, formats: tuple[str, ...]) -> None:
        self._order = tuple(dict.fromkeys(read.payload_type(line, text) for text in formats))
        self._maps: dict[int, tuple[str, int, int]] = {}
        self._parameters: dict[int, list[tuple[str, str | None]]] = {}
        self._feedback: dict[int | None, dict[str, None]] = {}  # the kinds in their order

    def take(self, attribute: Attribute) -> None:
        """Read a=rtpmap, a=fmtp or a=rtcp-fb.

        Raises:
            MalformedSdpError: its value breaks its grammar, or is one too many.
        """
        head, *rest = attribute.value().split(maxsplit=1)
        text = rest[0].strip() if rest else ""
        if not text:
            raise attribute.line.fail(f"a={attribute.name} is a payload type and a value")
        if attribute.name == "rtcp-fb" and head == _EVERY:
            self._add_feedback(attribute.line, None, text)
            return
        number = read.payload_type(attribute.line, head)
        match attribute.name:
            case "rtpmap":
                self._maps[number] = _rtpmap(attribute.line, text)
            case "fmtp":
                self._add_parameters(attribute.line, number, text)
            case _:
                self._add_feedback(attribute.line, number, text)

    def _add_parameters(self, line: Line, number: int, text: str) -> None:
        known = self._parameters.setdefault(number, [])
        known += read.parameters(text)
        if len(known) > MOST_PARAMETERS:
            raise line.fail(f"a payload type has at most {MOST_PARAMETERS} parameters")

    def _add_feedback(self, line: Line, number: int | None, text: str) -> None:
        known = self._feedback.setdefault(number, {})
        known[" ".join(text.split())] = None
        if len(known) > MOST_FEEDBACK:
            raise line.fail(f"a payload type has at most {MOST_FEEDBACK} kinds of feedback")

    def codecs(self) -> tuple[Codec, ...]:
        """The payload types with an rtpmap, in the order of the m-line."""
        of_every = self._feedback.get(None, {})
        return tuple(
            Codec(
                payload_type=number,
                name=name,
                clock_rate=clock_rate,
                channels=channels,
                parameters=tuple(self._parameters.get(number, ())),
                feedback=tuple(of_every | self._feedback.get(number, {})),
            )
            for number in self._order
            if number in self._maps
            for name, clock_rate, channels in [self._maps[number]]
        )


def _rtpmap(line: Line, text: str) -> tuple[str, int, int]:
    match = _RTPMAP.fullmatch(text)
    if match is None:
        raise line.fail("a=rtpmap is name/clock rate, or name/clock rate/channels")
    name, clock_rate, channels = match.groups()
    return (
        name,
        line.integer(clock_rate, "the clock rate", low=1, high=10**9),
        line.integer(channels or "1", "the number of channels", low=1, high=255),
    )
