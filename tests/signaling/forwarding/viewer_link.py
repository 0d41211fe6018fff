"""A viewer behind a poor link, in virtual time: what Chromium would report of what it gets.

Its estimate follows what was measured with Chromium 156: it begins after five seconds with what
arrives, rises 8 % a second up to 1.5 times what arrives, and falls to 0.85 of it when the queue
grows. A selector as simple as can be sends the highest layer that fits.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from signaling.forwarding.estimate import ViewerEstimate
from signaling.forwarding.outgoing import Sent
from signaling.forwarding.reports import ViewerReports
from signaling.forwarding.rtcp import ReportBlock
from tests.net.link import Conditions, Link

MS: Final = timedelta(milliseconds=1)
SECOND: Final = timedelta(seconds=1)
TICK: Final = 20 * MS
LAYERS: Final = (150_000, 500_000, 1_700_000)  # bits per second
AUDIO: Final = 40_000
UP: Final = 1.15  # a selector that goes up wants some room
REPORTS: Final = 220 * MS
FULL_QUEUE: Final = 40 * MS  # libwebrtc's overuse detector speaks at about that
FIRST_ESTIMATE: Final = 5 * SECOND


@dataclass
class Stream:
    """One SSRC on its way: how large its packets are, what was sent, what came."""

    ssrc: int
    size: int  # bytes of a packet
    due: float = 0.0
    sent: int = 0
    arrived: int = 0
    arriving: deque[tuple[timedelta, int, timedelta]] = field(default_factory=deque)


class Story:
    """The state of one story; `run` lets time pass under some conditions."""

    def __init__(
        self, *, trip: timedelta = 40 * MS, layers: tuple[int, ...] = LAYERS, seed: int = 0
    ) -> None:
        self.now = timedelta(seconds=100)
        self.estimate = ViewerEstimate()
        self.layer = 0  # how many layers are sent, up to the current one; 0: none
        self.history: list[tuple[timedelta, int]] = []
        self.probed = 0  # bytes
        self._reports = ViewerReports()
        self._layers = layers
        self._link = Link(f"a viewer {seed}")
        self._delay = trip / 2
        self._streams = Stream(1, 100), Stream(2, 1000), Stream(3, 1000)  # sound, picture, RTX
        self._highest: dict[int, int] = {}
        self._received: deque[tuple[timedelta, int]] = deque()
        self._remb: float | None = None
        self._waited = timedelta(0)  # in the queue
        self._reported_at = self._began_at = self.now
        self._answers: deque[tuple[timedelta, tuple[ReportBlock, ...], int | None]] = deque()

    def run(self, seconds: float, conditions: Conditions) -> timedelta:
        """Let so much time pass on such a link; the time before."""
        self._link.conditions = conditions
        since = self.now
        while self.now < since + timedelta(seconds=seconds):
            self.now += TICK
            self._hear()
            self._choose()
            self._send()
            self._receive()
        return since

    def reached(self, since: timedelta, layer: int) -> timedelta:
        """How long after a moment that layer was taken."""
        return next(at for at, taken in self.history if at > since and taken == layer) - since

    def _hear(self) -> None:
        while self._answers and self._answers[0][0] <= self.now:
            _, blocks, remb = self._answers.popleft()
            sizes = {stream.ssrc: stream.size for stream in self._streams}
            heard = self._reports.read(blocks, self.now, sizes)
            if heard.fraction_lost is not None:
                trip = 2 * self._delay + self._link.conditions.delay + self._waited
                self.estimate.report(heard._replace(round_trip=trip), self.now)
            if remb is not None:
                self.estimate.remb(remb, self.now)

    def _needs(self, layer: int) -> int:
        return AUDIO + (self._layers[layer - 1] if layer else 0)

    def _choose(self) -> None:
        fitting = 0 if self.estimate.measured else 1
        for layer in range(1, len(self._layers) + 1):
            room = UP if layer > self.layer else 1.0
            if int(self._needs(layer) * room) <= self.estimate.usable:
                fitting = layer
        if fitting != self.layer:
            self.layer = fitting
            self.history.append((self.now, fitting))

    def _send(self) -> None:
        size = sum(stream.sent * stream.size for stream in self._streams)
        packets = sum(stream.sent for stream in self._streams)
        self.estimate.sent(self._needs(self.layer), Sent(size, packets), self.now)
        wanted = int(UP * self._needs(min(self.layer + 1, len(self._layers))))
        padding = self.estimate.probe(self.now, wanted)
        self.probed += padding
        picture = self._needs(self.layer) - AUDIO
        rates = AUDIO * TICK / SECOND / 8, picture * TICK / SECOND / 8, padding
        for stream, size in zip(self._streams, rates, strict=True):
            stream.due += size
            while stream.due >= stream.size:
                stream.due -= stream.size
                stream.sent += 1
                for at in self._link.departures(stream.size, self.now):
                    stream.arriving.append((at + self._delay, stream.sent, at - self.now))

    def _receive(self) -> None:
        slowest = timedelta(0)
        for stream in self._streams:
            while stream.arriving and stream.arriving[0][0] <= self.now:
                at, number, waited = stream.arriving.popleft()
                stream.arrived += 1
                slowest = max(slowest, waited)
                self._received.append((at, stream.size))
                self._highest[stream.ssrc] = number
        while self._received and self._received[0][0] < self.now - SECOND:
            self._received.popleft()
        throughput = 8 * sum(size for _, size in self._received)
        self._waited = max(timedelta(0), slowest - self._link.conditions.delay)
        if self._waited > FULL_QUEUE and 0.85 * throughput < (self._remb or 10 * throughput):
            self._remb = 0.85 * throughput
        if self.now - self._reported_at >= REPORTS:
            self._report(throughput)

    def _report(self, throughput: int) -> None:
        passed, self._reported_at = (self.now - self._reported_at) / SECOND, self.now
        if self._remb is not None:
            self._remb = max(self._remb, min(self._remb * 1.08**passed, 1.5 * throughput + 10_000))
        elif self.now - self._began_at > FIRST_ESTIMATE:
            self._remb = float(throughput)
        blocks = tuple(
            ReportBlock(
                ssrc=ssrc,
                fraction_lost=0,
                cumulative_lost=highest - self._streams[ssrc - 1].arrived,
                highest_sequence=highest,
                jitter=0,
                last_sender_report=0,
                delay=0,
            )
            for ssrc, highest in self._highest.items()
        )
        remb = None if self._remb is None else int(self._remb)
        self._answers.append((self.now + self._delay, blocks, remb))
