"""How many bits per second one viewer can take, from its reports and from what we sent.

A receiver's own estimate (REMB) falls within 250 ms of a link but is slow to rise: at most 8 % a
second, and never above 1.5 times what arrives (measured with Chromium 156; libwebrtc's
AimdRateControl). It errs, too: a burst looks like a full link, and a queue that stays full like an
idle one. So its fall is a suspicion that losses or the round trip have to confirm; what is cut then
is measured: what was sent a round trip before a report, less what it says is lost, is what the link
carries. On the way up we look for ourselves: a probe sends repeats beside the media, in steps,
until the next layer fits.
"""

import math
from collections import deque
from datetime import timedelta
from typing import Final

from signaling.forwarding.loss import FEW, LossLevel
from signaling.forwarding.outgoing import Outgoing, Sent
from signaling.forwarding.probe import Probe
from signaling.forwarding.reports import Heard
from signaling.forwarding.shortage import FULL, Shortage
from signaling.forwarding.trips import Trips

START: Final = 2_000_000  # bits per second until the viewer has told: 720 lines, key frames and all
KEPT: Final = 250_000  # bits per second: sound and the smallest picture, unless we know better
LEAST: Final = 10_000  # bits per second; below that there is no sound either
FALL: Final = 0.9  # an estimate below this share of the last one is a fall, not a wobble
FIRST: Final = 0.7  # of what we sent: less than that as the first estimate is a fall as well
SUSPECT: Final = timedelta(seconds=2)  # for so long a fall of it waits for something to confirm it
MARGIN: Final = 0.85  # of what arrived, so that a full queue empties (libwebrtc takes the same)
DEEP: Final = 0.7  # of it where most is lost: large packets fare worse than the sound's
DROWNING: Final = 0.3  # excess loss of one report that leaves no doubt: the link is full
HEAVY: Final = 0.07  # the same if it lasts
UNLIKELY: Final = 1.5  # standard deviations of what a report of few packets may tell by chance
CONFIRMS: Final = 0.1  # the same where the viewer's own estimate has just fallen
CALM: Final = 0.05  # excess loss below which the estimate may grow
QUEUED_FOR: Final = timedelta(seconds=1)  # so long is lasting where the round trip says full too
LASTING: Final = timedelta(seconds=4)  # and so long where nothing else does: by then no chance
OUTAGE: Final = timedelta(milliseconds=500)  # a report on more than that tells of a gap in it
GAP: Final = 60  # packets; fewer just took so long to be enough for a report
OLDER: Final = 2  # times what was sent in its time: the rest of what it tells of is older
UNTOLD: Final = timedelta(seconds=2)  # a browser reports on sound alone every five seconds
MOSTLY: Final = 0.5  # of what a report tells of was sent before a cut: it is about that load
DRAIN: Final = timedelta(milliseconds=150)  # a queue that was full takes so long after a cut
CARRIED: Final = timedelta(seconds=1)  # for so long, and the link is known to carry it
ROOM: Final = 1.5  # times that may be used: encoders wobble (a receiver allows as much)
ALONE: Final = 2  # times the sound is the first step of a probe beside nothing else
STEADY: Final = timedelta(seconds=10)  # after a cut, or the first estimate
OFTEN: Final = 0.03  # of a key frame of dozens of packets one is lost nearly always
NEVER: Final = timedelta(days=-1)


class ViewerEstimate:
    """One viewer's usable bit rate; `measured` says whether it has told us anything yet."""

    def __init__(self) -> None:
        self.measured = False
        self.least = KEPT  # what the sound and the smallest pictures take
        self.starves = False  # whether the link carries not even that
        self._usable = START
        self._remb: int | None = None
        self._fell_at = self._told_at = NEVER
        self._known_at: timedelta | None = None  # since it has told anything
        self._media: int | None = None
        self._outgoing = Outgoing()
        self._through: deque[tuple[timedelta, int]] = deque()
        self._loss = LossLevel()
        self._trips = Trips()
        self._probe = Probe()
        self._cut_at = NEVER
        self._span = timedelta(milliseconds=250)  # of a report, usually
        self._heavy_since: timedelta | None = None
        self._shortage = Shortage()

    @property
    def usable(self) -> int:
        """Bits per second that may go to this viewer, retransmissions and headers included."""
        return self._usable

    def rests(self, now: timedelta) -> bool:
        """Whether nothing says that the link may soon carry less: few reports will do."""
        if self._known_at is None or self.loses_often or self._loss.excess > CALM:
            return False
        if now - self._fell_at < SUSPECT:
            return False
        is_idle = self._heavy_since is None and not self._probe.active
        return is_idle and now - max(self._cut_at, self._known_at) > STEADY

    @property
    def fell_at(self) -> timedelta:
        """When less became usable the last time."""
        return self._cut_at

    @property
    def trip(self) -> timedelta:
        """The round trip as measured last; none as long as it is unknown."""
        return self._trips.last or timedelta(0)

    @property
    def loses_often(self) -> bool:
        """Whether the link loses so much by chance that it is worth while to send twice."""
        return self._loss.is_known and self._loss.usual > OFTEN

    def sent(self, bitrate: int, total: Sent, now: timedelta) -> None:
        """Note the media of about the last second in bits per second, and all that went out."""
        self._media = bitrate
        self._outgoing.add(total, now)

    def remb(self, bitrate: int, now: timedelta) -> None:
        """Take the viewer's own estimate in bits per second."""
        last, self._remb = self._remb or int((self._media or self._usable) * FIRST), bitrate
        self.measured = True
        self._known_at = self._known_at or now
        if bitrate < last * FALL:
            self._fell_at = now
            if self._probe.active and self.starves:  # beside sound alone it does not err
                self._probe.failed(now, self._usable)

    def report(self, heard: Heard, now: timedelta) -> None:
        """Take what receiver reports have told: the round trip, and of losses if they do."""
        if heard.round_trip is not None:
            self._trips.add(heard.round_trip)
        for _ in range(min(heard.clean, FEW)):
            self._loss.add(0.0, learn=True)
        lost = heard.fraction_lost
        if lost is None or not heard.span:
            return
        until = now - self._trips.usual
        since = until - heard.span
        is_after_gap = self._is_after_gap(since, until, heard.packets)
        if is_after_gap and lost > self._loss.usual + CALM:
            return  # now all is well, or the next one tells
        self._told_at = now
        load = self._outgoing.bitrate(since, until) or self._total()
        came = 8 * heard.size / heard.span.total_seconds() or load * (1 - lost)
        if since < self._cut_at + DRAIN:  # it speaks of what was sent before the cut
            share = min(1.0, (self._cut_at - since) / heard.span)
            if share > MOSTLY:
                self._regret(self._carried(came / share), drowns=self._drowns(heard))
            return
        self._loss.add(lost, learn=self._may_learn, fast=self._is_chance(lost, load))
        self._probe.heard(lost - self._loss.usual, self._trips.usual, now)
        self._judge(lost, self._carried(came), now, drowns=self._drowns(heard))

    def _is_after_gap(self, since: timedelta, until: timedelta, packets: int) -> bool:
        """Whether nothing came for a while: that is an outage, which sending less cannot help."""
        span, usual = until - since, self._span
        self._span = (usual + span) / 2
        sent = self._outgoing.within(since, until)
        if packets <= GAP or sent is None:
            return False
        return span > max(OUTAGE, 2 * usual) or packets > OLDER * sent.packets

    def _carried(self, came: float) -> int:
        """What can be sent so that so much comes: more, by what the link loses anyway."""
        return int(came / (1 - self._loss.usual))

    def _drowns(self, heard: Heard) -> bool:
        """Whether one report leaves no doubt, chance set aside: of few packets it may tell much."""
        lost = heard.fraction_lost or 0.0
        chance = UNLIKELY * math.sqrt(lost * (1 - lost) / max(heard.packets, 1))
        return lost - self._loss.usual - chance > DROWNING

    def _judge(self, lost: float, arrived: int, now: timedelta, *, drowns: bool) -> None:
        self.starves |= self._shortage.note(lost - self._loss.usual, arrived, self.least, now)
        if drowns or self._is_full(now):
            self._cut(arrived, DEEP if drowns else MARGIN, now)
        elif self._trips.has_grown:  # a long queue loses nothing, or the path is another one
            self._cut(max(arrived, int((self._remb or 0) / MARGIN)), MARGIN, now)
        elif self._loss.excess <= CALM and not self._probe.active:
            self._note_through(arrived, now)

    def _is_full(self, now: timedelta) -> bool:
        """Whether the losses say so: after a few reports, or with something else."""
        excess = self._loss.excess
        has_fallen = now - self._fell_at < SUSPECT
        if self._loss.lasts and excess > (CONFIRMS if has_fallen else FULL):
            return True
        if excess <= HEAVY or self._probe.active or self._usable <= self.least:
            self._heavy_since = None
            return False
        self._heavy_since = self._heavy_since or now
        lasting = QUEUED_FOR if self._trips.is_queued else LASTING
        return now - self._heavy_since > lasting

    @property
    def _may_learn(self) -> bool:
        return not self._probe.active and self._heavy_since is None

    def _is_chance(self, lost: float, load: int) -> bool:
        """Whether what is lost now says nothing of how full the link is.

        No more is sent than it was seen to carry; or it is the least, which only goes when the
        sound suffers as well.
        """
        if self._probe.active or self._cut_at == NEVER:
            return False
        is_least = self._usable <= self.least and lost - self._loss.usual <= FULL
        return load <= self._usable or is_least

    def _regret(self, arrived: int, *, drowns: bool) -> None:
        """A report on the load before a cut: had it to be a deeper one?"""
        if drowns:
            self._usable = max(LEAST, min(self._usable, int(DEEP * arrived)))
        elif self._trips.has_grown and self._remb is not None:
            self._usable = min(self._usable, max(int(MARGIN * arrived), self._remb))

    def _cut(self, arrived: int, share: float, now: timedelta) -> None:
        self.measured = True
        self._known_at = self._known_at or now
        kept = self._safe(arrived)
        self._usable = max(LEAST, min(self._usable, max(int(share * arrived), kept)))
        self._probe.failed(now, self._usable)
        self._cut_at, self._heavy_since = now, None
        self._through.clear()
        self._loss.settle()

    def _safe(self, arrived: int) -> int:
        """What went through before a probe that fills the link: it alone was too much."""
        safe = (self._media or 0, self._probe.known) if self._probe.active else ()
        return max((rate for rate in safe if rate <= arrived), default=0)

    def _note_through(self, arrived: int, now: timedelta) -> None:
        """What goes through for a while, the link is known to carry, and somewhat more."""
        self._through.append((now, arrived))
        while len(self._through) > 1 and self._through[1][0] <= now - CARRIED:
            self._through.popleft()
        if self._through[0][0] <= now - CARRIED:
            carried = min(rate for _, rate in self._through)
            self._probe.know(carried)
            self._grow(int(ROOM * carried))

    def _grow(self, bitrate: int) -> None:
        self._usable = max(self._usable, bitrate)
        self.starves &= self._usable < self.least

    def _is_calm(self, now: timedelta) -> bool:
        if self._trips.has_grown or now - self._trips.usual <= self._cut_at + DRAIN:
            return False
        return self._loss.excess <= CALM or now - self._told_at > UNTOLD

    def _total(self) -> int:
        """What goes out now, padding included."""
        return max(self._usable if self._media is None else self._media, self._probe.target)

    def takes_repeat(self, size: int) -> bool:
        """Whether a repeat of so many bytes goes in place of a probe's padding."""
        return self._probe.take(size)

    def stop_probe(self) -> None:
        """Nobody wants more."""
        self._probe.stop()

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
        proven = self._probe.proven(now, self._trips.usual, self._usable)
        if proven is not None:
            self._grow(proven)
        if wanted <= self._usable:
            return 0
        least, alone = KEPT, ALONE * max(self._media or 0, LEAST)
        if self.starves and self._probe.known < alone:  # only sound, which has to stay
            least = min(KEPT, alone)
        return self._probe.bytes_due(now, max(wanted, KEPT), self._media or 0, least)
