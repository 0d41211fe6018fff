"""What each viewer tells the server, as often as a real Chromium did in the capture.

That is a receiver report with an estimate (REMB) for the picture about five times a second, and
one for the sound every few seconds. (The checks that renew its consent are the crowd's.)
"""

import json
import secrets
import struct
from collections.abc import Sequence
from time import monotonic
from typing import Final

from benchmarks.media.member import Member
from benchmarks.media.replay import CAPTURES

ESTIMATE: Final = 6_000_000  # bit/s: nobody has reason to send less
JITTER: Final = 90  # RTP units: a millisecond
_Event = tuple[float, str]


def habits(capture: str) -> tuple[float, list[_Event]]:
    """Seconds after which it begins anew, and what a viewer sends when."""
    path = CAPTURES / f"{capture}.json"
    seen = json.loads(path.read_text("utf-8"))["viewer"]
    events: list[_Event] = [
        (max(at, 0) / 1000, "picture" if len(parts) > 1 else "sound") for at, parts in seen["rtcp"]
    ]
    return events[-1][0] + 0.2, events


class Reports:
    """Plays the habits of one viewer for all, each with a start of its own."""

    def __init__(self, viewers: Sequence[Member], capture: str, rate: float) -> None:
        length, events = habits(capture)
        self._length = length
        # everybody's events of one period, in order; viewers are spread over it
        self._plan = sorted(
            ((at + n * length / len(viewers)) % length, n, what)
            for n in range(len(viewers))
            for at, what in events
        )
        self._viewers = viewers
        self._rate = rate  # packets a second of one viewer, to fill in the numbers
        self._own = [secrets.randbits(32) for _ in viewers]
        self._began = monotonic()
        self._next = 0
        self._rounds = 0
        self.sent = 0

    def send_due(self) -> None:
        """Send what is due by now."""
        passed = monotonic() - self._began
        while True:
            at, viewer, what = self._plan[self._next]
            if at + self._rounds * self._length > passed:
                return
            self._send(viewer, what, int(passed * self._rate))
            self._next += 1
            if self._next == len(self._plan):
                self._next = 0
                self._rounds += 1

    def _send(self, n: int, what: str, highest: int) -> None:
        viewer = self._viewers[n]
        audio, video = viewer.remote.ssrcs
        source = audio if what == "sound" else video
        packet = receiver_report(self._own[n], source, highest)
        if what == "picture":
            packet += remb(self._own[n], video)
        viewer.transmit(viewer.protect(packet, rtcp=True))
        self.sent += 1


def receiver_report(own: int, source: int, highest: int) -> bytes:
    """Nothing is lost (RFC 3550 §6.4.2)."""
    return struct.pack("!BBHIIIIIII", 0x81, 201, 7, own, source, 0, highest, JITTER, 0, 0)


def remb(own: int, source: int) -> bytes:
    """An estimate (draft-alvestrand-rmcat-remb §2.2)."""
    exponent = max(0, ESTIMATE.bit_length() - 18)
    packed = 1 << 24 | exponent << 18 | ESTIMATE >> exponent
    return struct.pack("!BBHII4sII", 0x8F, 206, 5, own, 0, b"REMB", packed, source)
