"""The whole core in virtual time: sound and three layers go down to one viewer on a hard link.

The viewer does what a browser does there: it asks every 100 ms for what it lacks, ten times at
most; shows frames in order, or from the next whole key frame; asks for one after three seconds
without; and reports losses and its estimate (`viewer_link`) about five times a second.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from random import Random
from typing import Final

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Action, SendRtcp
from signaling.forwarding.forwarder import Forwarder
from signaling.forwarding.rtcp import KeyFrameRequest, ReportBlock, SenderReport, parse_rtcp
from signaling.forwarding.sequence import MODULUS, nearest
from tests.net.link import Conditions, Link
from tests.signaling.forwarding.browser_estimate import BrowserEstimate
from tests.signaling.forwarding.packets import (
    AUDIO_SSRC,
    AUDIO_UP,
    FEEDBACK,
    OUT_AUDIO,
    OUT_RTX,
    OUT_VIDEO,
    VIDEO_UP,
    Seen,
    audio_down,
    rtp,
    sent_to,
    video_down,
)

MS: Final = timedelta(milliseconds=1)
SECOND: Final = timedelta(seconds=1)
TICK: Final = 20 * MS  # and a packet of sound
FRAME_TICKS: Final = 3
PACKET: Final = 1100  # bytes of payload
RIDS: Final = ("q", "h", "f")
SSRCS: Final = {"q": 5, "h": 6, "f": 7}
BYTES: Final = {"q": 1100, "h": 3700, "f": 11_000}  # a frame: 150, 490 and 1470 kbit/s
KEY_BYTES: Final = {"q": 9900, "h": 22_000, "f": 44_000}
NEAR: Final = 20 * MS  # one way, besides what the conditions say
RETRY: Final = 100 * MS
RETRIES: Final = 10
REPORTS: Final = 220 * MS
BLIND: Final = 3 * SECOND


@dataclass
class Received:
    """One SSRC as its receiver counts it."""

    first: int = -1
    highest: int = -1
    count: int = 0

    def take(self, sequence: int) -> int:
        extended = sequence if self.highest < 0 else nearest(sequence, self.highest)
        if self.highest < 0:
            self.first = self.highest = extended = sequence + MODULUS
        self.highest = max(self.highest, extended)
        self.count += 1
        return extended


@dataclass
class Picture:
    """A decoder that wants whole frames in order, and what it asks for."""

    packets: dict[int, Seen] = field(default_factory=dict)
    asked: dict[int, tuple[timedelta, int]] = field(default_factory=dict)
    next: int = -1
    shown: list[tuple[timedelta, str]] = field(default_factory=list)

    def show(self, now: timedelta) -> None:
        while self._frame(self.next, now):
            pass
        for start in sorted(n for n in self.packets if n > self.next):
            if is_key(self.packets[start]) and self._frame(start, now):
                return self.show(now)
        return None

    def _frame(self, start: int, now: timedelta) -> bool:
        number = start
        while number in self.packets:
            if self.packets[number].header.marker:
                self.shown.append((now, chr(self.packets[number].payload[-1])))
                self.next = number + 1
                self.packets = {n: p for n, p in self.packets.items() if n > number}
                return True
            number += 1
        return False

    def lacks(self, highest: int, now: timedelta) -> list[int]:
        """What to ask for now."""
        due = []
        for number in range(max(self.next, highest - 1000), highest):
            asked_at, times = self.asked.get(number, (now - RETRY, 0))
            if number not in self.packets and now - asked_at >= RETRY and times < RETRIES:
                self.asked[number] = (now, times + 1)
                due.append(number % MODULUS)
        return due


def is_key(seen: Seen) -> bool:
    return bool(seen.payload[0] & 0x10) and not seen.payload[6] & 1


@dataclass(frozen=True)
class Radio:
    """What a radio link does beside: delays that differ, and pauses in which it holds all back."""

    jitter: timedelta = timedelta(0)
    every: timedelta = SECOND
    hold: timedelta = timedelta(0)


WIRE: Final = Radio()


class HardLink:
    """A publisher, the core, a link that may change, and a viewer."""

    def __init__(self, seed: int, radio: Radio = WIRE) -> None:
        self.now = timedelta(seconds=100)
        self.sound: list[timedelta] = []
        self.picture = Picture()
        self._core = Forwarder(lambda limit: limit // 3)
        self._down, self._up = Link(f"down {seed}"), Link(f"up {seed}")
        self._radio, self._random = radio, Random(seed)  # noqa: S311  a seed is the point of it
        self._last_at = self.now
        self._under_way: list[tuple[timedelta, int, bytes, timedelta]] = []
        self._group = self.now, timedelta(0)
        self._seen_at = self.now
        self._numbers = count()
        self._back: deque[tuple[timedelta, bytes]] = deque()
        self._keys: set[str] = set(RIDS)
        self._sequences = dict.fromkeys((*SSRCS.values(), AUDIO_SSRC), 0)
        self._received = {ssrc: Received() for ssrc in (OUT_AUDIO, OUT_VIDEO, OUT_RTX)}
        self._estimate = BrowserEstimate(self.now)
        self._reported_at = self._keyed_at = self.now
        self._told = 0
        self._ticks = 0
        self._heard: tuple[int, timedelta] | None = None
        up = replace(VIDEO_UP, rids=RIDS)
        down = video_down()
        down = replace(down, codecs=tuple(replace(c, feedback=FEEDBACK) for c in down.codecs))
        self._core.open_publication("up", "camera", (AUDIO_UP, up))
        self._core.open_subscription("down", (audio_down(), down))
        for mid, source in (("a", "0"), ("v", "1")):
            self._do(self._core.attach("down", mid, "camera", source, self.now))
        self._do(self._core.connected("down", self.now))

    def run(self, seconds: float, down: Conditions, up: Conditions) -> timedelta:
        """Let so much time pass on such a link; the time before."""
        since, self._down.conditions, self._up.conditions = self.now, down, up
        while self.now < since + timedelta(seconds=seconds):
            self.now += TICK
            self._publish()
            self._do(self._core.tick(self.now))
            self._arrive()
            self._answer()
        return since

    def _publish(self) -> None:
        packets = [self._packet(AUDIO_SSRC, bytes(80), 960 * self._ticks, "0", marker=True)]
        if self._ticks % FRAME_TICKS == 0:
            for rid in RIDS:
                packets += self._frame(rid, self._ticks // FRAME_TICKS)
        if self._ticks % 50 == 0:
            ntp = int(self.now.total_seconds() * 2**32)
            for ssrc in self._sequences:
                clock = self._ticks * (960 if ssrc == AUDIO_SSRC else 1800)
                packets.append(rtcp_build.sender_report(SenderReport(ssrc, ntp, clock, 1, 1)))
        self._ticks += 1
        self._do(self._core.receive("up", [(packet, self.now) for packet in packets]))

    def _frame(self, rid: str, number: int) -> list[bytes]:
        is_key = rid in self._keys
        self._keys.discard(rid)
        size = KEY_BYTES[rid] if is_key else BYTES[rid]
        start = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00" if is_key else b"\x11"
        clock, counts = number * FRAME_TICKS * 1800, (0x8000 | number & 0x7FFF).to_bytes(2, "big")
        packets = []
        for at in range(0, size, PACKET):
            is_last = at + PACKET >= size
            first = b"\x90\xe0" if at == 0 else b"\x80\xe0"
            descriptor = first + counts + bytes((number & 255, 0x20))
            room = min(PACKET, size - at)
            payload = descriptor + (start if at == 0 else b"").ljust(room, rid.encode())
            packets.append(self._packet(SSRCS[rid], payload, clock, "1", rid, marker=is_last))
        return packets

    def _packet(
        self, ssrc: int, payload: bytes, clock: int, mid: str, rid: str = "", *, marker: bool
    ) -> bytes:
        self._sequences[ssrc] += 1
        named = [(4, mid.encode()), (10, rid.encode())] if rid else [(4, mid.encode())]
        return rtp(
            self._sequences[ssrc],
            payload,
            timestamp=clock,
            ssrc=ssrc,
            payload_type=96 if rid else 111,
            marker=marker,
            extensions=named,
        )

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, SendRtcp):
                self._hear(action)
                continue
            for data in sent_to("down", action):
                for at in self._down.departures(len(data), self.now):
                    item = (self._late(at + NEAR), next(self._numbers), data, self.now)
                    heapq.heappush(self._under_way, item)

    def _late(self, at: timedelta) -> timedelta:
        """The same by radio, in order."""
        at += self._random.random() * self._radio.jitter
        since = at % self._radio.every
        if since < self._radio.hold:
            at += self._radio.hold - since
        self._last_at = max(at, self._last_at) if self._radio != WIRE else at
        return self._last_at

    def _hear(self, action: SendRtcp) -> None:
        for packet in parse_rtcp(action.data):
            if isinstance(packet, KeyFrameRequest) and action.session == "up":
                self._keys |= {rid for rid in RIDS if SSRCS[rid] == packet.media_ssrc}
            if isinstance(packet, SenderReport) and action.session == "down":
                for at in self._down.departures(len(action.data), self.now):
                    self._heard = packet.ntp >> 16 & 0xFFFFFFFF, at + NEAR

    def _arrive(self) -> None:
        while self._under_way and self._under_way[0][0] <= self.now:
            at, _, data, sent_at = heapq.heappop(self._under_way)
            self._estimate.packet(at, len(data))
            if sent_at != self._group[0]:
                if self._group[1]:
                    self._estimate.group(self._group[1], self._group[1] - self._group[0])
                self._group = sent_at, at
            self._group = sent_at, at
            seen = Seen.of(data)
            number = self._received[seen.header.ssrc].take(seen.header.sequence)
            if seen.header.ssrc == OUT_AUDIO:
                self.sound.append(at)
            elif seen.header.ssrc == OUT_VIDEO:
                self._seen_at = at
                self._keep(number, seen)
            elif seen.payload:
                original = int.from_bytes(seen.payload[:2], "big")
                highest = self._received[OUT_VIDEO].highest
                if highest >= 0:
                    self._keep(nearest(original, highest), replace(seen, payload=seen.payload[2:]))
        self.picture.show(self.now)

    def _keep(self, number: int, seen: Seen) -> None:
        if self.picture.next < 0:
            self.picture.next = number
        if number >= self.picture.next:
            self.picture.packets[number] = seen

    def _answer(self) -> None:
        lacking = self.picture.lacks(self._received[OUT_VIDEO].highest, self.now)
        if lacking:
            nack = rtcp_build.nack(1, OUT_VIDEO, lacking)  # a browser reports along with it
            self._send(rtcp_build.receiver_report(1, self._blocks()) + nack)
        shown_at = self.picture.shown[-1][0] if self.picture.shown else self.now - BLIND
        if self.now - max(shown_at, self._keyed_at) >= BLIND:
            self._keyed_at = self.now
            self._send(rtcp_build.picture_loss(1, OUT_VIDEO))
        self._report()
        while self._back and self._back[0][0] <= self.now:
            data = self._back.popleft()[1]
            self._do(self._core.receive("down", [(data, self.now)]))

    def _send(self, data: bytes) -> None:
        for at in self._up.departures(len(data), self.now):
            self._back.append((at + NEAR, data))

    def _report(self) -> None:
        alone = self.now - self._seen_at > SECOND  # of sound alone there is one a second
        fell = self._estimate.bitrate < 0.97 * self._told  # is told at once
        if self.now - self._reported_at < (SECOND if alone else REPORTS) and not fell:
            return
        self._reported_at = self.now
        report = rtcp_build.receiver_report(1, self._blocks())
        estimate = self._estimate.report(self.now)
        self._told = estimate
        if estimate:
            report += rtcp_build.receiver_estimate(1, estimate, [OUT_VIDEO])
        self._send(report)

    def _blocks(self) -> list[ReportBlock]:
        last, at = self._heard or (0, self.now)
        delay = max(0, int((self.now - at) / SECOND * 65536))
        return [
            ReportBlock(
                ssrc=ssrc,
                fraction_lost=1,
                cumulative_lost=got.highest - got.first + 1 - got.count,
                highest_sequence=got.highest,
                jitter=0,
                last_sender_report=last if self.now >= at else 0,
                delay=delay,
            )
            for ssrc, got in self._received.items()
            if got.highest >= 0
        ]
