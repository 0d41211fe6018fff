"""How many bits per second one viewer can take, from its reports and from what we sent.

A receiver's own estimate (REMB) falls within 250 ms of a link but is slow to rise: at most 8 % a
second, and never above 1.5 times what arrives (measured with Chromium 156; libwebrtc's
AimdRateControl). So it is believed on the way down, losses are believed at once, and on the way up
we look for ourselves: a probe sends repeats beside the media, in steps, until the next layer fits.
"""

from collections import deque
from datetime import timedelta
from typing import Final

from signaling.forwarding.loss import LossLevel
from signaling.forwarding.probe import Probe

START: Final = 2_000_000  # bits per second until the viewer has told: 720 lines, key frames and all
KEPT: Final = 250_000  # bits per second: sound and the smallest picture; only losses take it
LEAST: Final = 10_000  # bits per second; below that there is no sound either
FALL: Final = 0.9  # an estimate below this share of the last one is a fall, not a wobble
FIRST: Final = 0.7  # of what we sent: less than that as the first estimate is a fall as well
MARGIN: Final = 0.85  # of what arrived, so that a full queue empties (libwebrtc takes the same)
FULL: Final = 0.15  # excess loss above which the link is full, unless the viewer's own estimate
DROWNING: Final = 0.3  # disagrees; above this one there is no doubt
CONFIRMS: Final = 0.1  # excess loss that makes a fall of the viewer's own estimate believed
CALM: Final = 0.05  # excess loss below which the estimate may grow
SLOWER: Final = timedelta(milliseconds=150)  # a round trip that grew so much fills somebody's queue
STALE: Final = timedelta(seconds=1)  # an estimate that has not risen for so long is held back
CARRIED: Final = timedelta(seconds=1)  # for so long, and the link is known to carry it
ROOM: Final = 1.5  # times that may be used: encoders wobble (a receiver allows as much)
LONGER: Final = 16  # reports, four a second, until most of a longer round trip is usual
HOLD: Final = timedelta(milliseconds=600)  # reports tell of the old load for so long, and a trip
TRIP: Final = timedelta(milliseconds=200)  # assumed until one was measured


class ViewerEstimate:
    """One viewer's usable bit rate; `measured` says whether it has told us anything yet."""

    def __init__(self) -> None:
        self.measured = False
        self._usable = START
        self._remb: int | None = None
        self._rose_at: timedelta | None = None
        self._sent: int | None = None
        self._lately: deque[tuple[timedelta, int]] = deque()  # what was sent
        self._loss = LossLevel()
        self._probe = Probe()
        self._held_until = timedelta(0)
        self._cut = 0  # what went out when the estimate was lowered last
        self._cut_safe: tuple[int, ...] = ()  # and what had gone through before a probe was added
        self._trip: timedelta | None = None
        self._shortest_trip: timedelta | None = None

    @property
    def usable(self) -> int:
        """Bits per second that may go to this viewer, retransmissions and headers included."""
        return self._usable

    @property
    def trip(self) -> timedelta:
        """The round trip as measured last; none as long as it is unknown."""
        return self._trip or timedelta(0)

    def sent(self, bitrate: int, now: timedelta) -> None:
        """Note what went out over about the last half second, without padding, bits per second."""
        self._sent = bitrate
        self._lately.append((now, bitrate))
        while len(self._lately) > 1 and self._lately[1][0] <= now - CARRIED:
            self._lately.popleft()

    def remb(self, bitrate: int, now: timedelta) -> None:
        """Take the viewer's own estimate in bits per second."""
        last, self._remb = self._remb or int((self._sent or self._total()) * FIRST), bitrate
        self.measured = True
        if bitrate > last:
            self._rose_at = now
        if bitrate < last * FALL:
            self._fell(bitrate, now)
        elif self._is_calm(now):
            self._usable = max(self._usable, bitrate)

    def _fell(self, bitrate: int, now: timedelta) -> None:
        """A fall that nothing else confirms only takes what is not in use (false alarms happen)."""
        if self._probe.active:
            self._lower(max(bitrate, *self._safe()), now)
        elif now < self._held_until or self._loss.excess > CONFIRMS or self._is_slower():
            excess = self._loss.excess
            arriving = max(int(MARGIN * self._arriving(excess)), self._spared(excess, now))
            self._lower(max(bitrate, arriving, self._kept()), now)
        else:
            self._usable = min(self._usable, max(bitrate, self._total()))
            self._probe.failed(now, self._usable)

    def report(self, fraction_lost: float, round_trip: timedelta | None, now: timedelta) -> None:
        """Take one receiver report: the share lost, 0 to 1, and the round trip where it tells."""
        if round_trip is not None:
            self._note_trip(round_trip)
        if now < self._held_until:
            self._regret(fraction_lost, now)
            return
        self._loss.add(fraction_lost, learn=not self._probe.active)
        self._probe.heard(fraction_lost - self._loss.usual, self._trip or TRIP, now)
        excess = self._loss.excess
        arriving = max(int(MARGIN * self._arriving(excess)), self._spared(excess, now))
        if excess > DROWNING:
            self.measured = True
            self._lower(arriving, now)
        elif excess > FULL or self._is_slower():
            self.measured = True
            self._lower(max(arriving, self._remb or 0), now)
        elif excess > CALM and self._doubts(now):
            self._lower(max(arriving, self._remb or 0, KEPT), now)
        elif excess <= CALM and not self._doubts(now):
            self._usable = max(self._usable, int(ROOM * self._carried(now)))

    def _carried(self, now: timedelta) -> int:
        """What has gone through for a while, so that the link is known to carry it."""
        if not self._lately or self._lately[0][0] > now - CARRIED:
            return 0
        return min(bitrate for _, bitrate in self._lately)

    def _kept(self) -> int:
        return 0 if self._loss.excess > FULL else KEPT

    def _spared(self, excess: float, now: timedelta) -> int:
        """What is kept when a probe has filled the link: all of before that would have fitted."""
        if now < self._held_until:
            total, safe = self._cut, self._cut_safe
        else:
            total, safe = self._total(), self._safe()
        return max((rate for rate in safe if rate <= total * (1 - excess)), default=0)

    def _safe(self) -> tuple[int, ...]:
        """What went through before the probe that goes out now: media, and the step before."""
        return (self._sent or 0, self._probe.known) if self._probe.active else ()

    def _regret(self, fraction_lost: float, now: timedelta) -> None:
        """Reports after a cut still speak of the load before it: had it to be a deeper one?"""
        excess = fraction_lost - self._loss.usual
        if excess > DROWNING:
            arrived = max(int(MARGIN * self._cut * (1 - excess)), self._spared(excess, now))
            self._usable = max(LEAST, min(self._usable, arrived))

    def _doubts(self, now: timedelta) -> bool:
        """Whether the viewer's own estimate is below what it gets, and does not even rise."""
        if self._remb is None or self._remb >= self._total():
            return False
        return self._rose_at is None or now - self._rose_at > STALE

    def _note_trip(self, round_trip: timedelta) -> None:
        self._trip = round_trip
        shortest = self._shortest_trip
        if shortest is None or round_trip < shortest:
            self._shortest_trip = round_trip
        else:  # a path that stays longer is believed after some seconds
            self._shortest_trip = shortest + (round_trip - shortest) / LONGER

    def _is_slower(self) -> bool:
        if self._trip is None or self._shortest_trip is None:
            return False
        return self._trip > self._shortest_trip * 2 + SLOWER

    def _is_calm(self, now: timedelta) -> bool:
        return now >= self._held_until and self._loss.excess < CALM and not self._is_slower()

    def _total(self) -> int:
        """What goes out now, padding included."""
        return max(self._usable if self._sent is None else self._sent, self._probe.target)

    def _arriving(self, excess: float) -> float:
        """How much of it comes through, apart from what the link always loses."""
        return self._total() * (1 - excess)

    def _lower(self, bitrate: int, now: timedelta) -> None:
        if now >= self._held_until:
            self._cut, self._cut_safe = self._total(), self._safe()
        self._usable = max(LEAST, min(self._usable, bitrate))
        self._probe.failed(now, self._usable)
        self._held_until = now + HOLD + (self._trip or TRIP)
        self._loss.settle()
        self._trip = self._shortest_trip

    def probe(self, now: timedelta, wanted: int) -> int:
        """Bytes of padding to send now so that `wanted` bits per second may become usable.

        Call it at every tick; 0 for none. Repeats of the newest packets are the best padding.
        """
        if wanted <= self._usable:
            self._probe.stop()
            return 0
        if not self._probe.active and not (self._loss.is_known and self._is_calm(now)):
            return 0
        wanted = int(wanted * (1 + self._loss.usual))  # what is lost is repeated
        proven = self._probe.proven(now, self._trip or TRIP, self._usable)
        if proven is not None:
            self._usable = max(self._usable, proven)
        if wanted <= self._usable:
            return 0
        return self._probe.bytes_due(now, max(wanted, KEPT), self._sent or 0, KEPT)
