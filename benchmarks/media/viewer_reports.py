"""What each viewer tells the server about once a second: reports, an estimate, a consent check."""

import secrets
import struct
from collections.abc import Sequence
from time import monotonic
from typing import Final

from benchmarks.media.member import Member

EVERY: Final = 1.0  # seconds between two receiver reports of one viewer
CONSENT_EVERY: Final = 2.5  # seconds: how often Chromium checks a pair that it uses
ESTIMATE: Final = 6_000_000  # bit/s: nobody has reason to send less


class Reports:
    """Spreads the reports of all viewers evenly over each second."""

    def __init__(self, viewers: Sequence[Member], rate: float) -> None:
        self._viewers = viewers
        self._rate = rate  # packets a second of one viewer, to fill in the numbers
        self._began = monotonic()
        self._done = 0
        self._checked = 0
        self._own = [secrets.randbits(32) for _ in viewers]

    def send_due(self) -> None:
        """Send what is due by now."""
        passed = monotonic() - self._began
        due = int(passed / EVERY * len(self._viewers))
        for n in range(self._done, due):
            self._report(n % len(self._viewers), passed)
        self._done = due
        due = int(passed / CONSENT_EVERY * len(self._viewers))
        for n in range(self._checked, due):
            self._viewers[n % len(self._viewers)].check()
        self._checked = due

    def _report(self, n: int, passed: float) -> None:
        viewer, own = self._viewers[n], self._own[n]
        audio, video = (*viewer.remote.ssrcs, 0, 0)[:2]
        highest = int(passed * self._rate)
        jitter, last, delay = 20, 0, 0
        block = struct.pack("!IIIIII", video or 1, 0, highest, jitter, last, delay)
        report = struct.pack("!BBHI", 0x81, 201, 7, own) + block
        estimate = struct.pack("!BBHII", 0x8F, 206, 5, own, 0) + b"REMB"
        exponent = max(0, ESTIMATE.bit_length() - 18)  # draft-alvestrand-rmcat-remb §2.2
        packed = 1 << 24 | exponent << 18 | ESTIMATE >> exponent
        estimate += struct.pack("!II", packed, video or 1)
        viewer.transmit(viewer.protect(report + estimate, rtcp=True))
        if audio:
            block = struct.pack("!IIIIII", audio, 0, highest, jitter, last, delay)
            report = struct.pack("!BBHI", 0x81, 201, 7, own) + block
            viewer.transmit(viewer.protect(report, rtcp=True))
