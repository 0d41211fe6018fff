"""One recording: tapped packets in, what to do with files out. No files, no clock of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from signaling.outputs.flow import SectionFlow
from signaling.outputs.frames import Frame
from signaling.outputs.muxer import Muxer
from signaling.outputs.packets import MediaPacket, SenderClock
from signaling.outputs.samples import Format, Patch, Picture

Kind = Literal["audio", "video"]
Reason = Literal[
    "stopped",
    "size-limit",
    "time-limit",
    "disk-full",
    "publication-ended",
    "failed",
    "outputs-lost",
    "format-changed",
]
PICTURE_WITHIN: Final = timedelta(seconds=3)  # then a recording begins with sound alone
ASK_AGAIN: Final = timedelta(seconds=1)  # for a key frame; it costs the publisher a whole frame
STILL: Final = timedelta(seconds=2)  # no picture for so long: perhaps its layer is gone
MOST_STILL: Final = timedelta(minutes=1)  # or nothing moves on a shared screen: ask less and less
MOST_EARLY: Final = 300  # packets of sound kept while the first key frame is awaited: 6 s


@dataclass(frozen=True, slots=True)
class Limits:
    """When a recording ends by itself."""

    size: int  # bytes of all its files together
    duration: timedelta  # since it began, whatever came


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A new file begins."""

    suffix: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """The file grows."""

    data: bytes
    duration: timedelta  # of the file with these


@dataclass(frozen=True, slots=True)
class ClosePart:
    """The file is complete: its last bytes, and what changes in the first."""

    data: bytes
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """The file, or where there is none the wish for one, is over; `continues` in the next part."""

    reason: Reason
    continues: bool = False


@dataclass(frozen=True, slots=True)
class WantKeyFrame:
    """The picture cannot go on without a key frame."""

    mid: str


Step = OpenPart | Append | ClosePart | Over | WantKeyFrame


class Recorder:
    """One recording, of at most one section of sound and one of picture."""

    def __init__(
        self, sections: Iterable[tuple[str, Kind]], limits: Limits, now: timedelta
    ) -> None:
        listed = tuple(sections)
        self._sound_mid = next((mid for mid, kind in listed if kind == "audio"), None)
        self._picture_mid = next((mid for mid, kind in listed if kind == "video"), None)
        self._limits = limits
        self._began = now
        self._asked = now
        self._seen_at = now
        self._still = STILL
        self._ssrc = -1
        self._flows = {mid: SectionFlow() for mid, _ in listed}
        self._clocks: dict[str, SenderClock] = {}  # the last report of each section
        self._early: list[MediaPacket] = []
        self._muxer: Muxer | None = None
        self._written = 0
        self.is_over = False

    @property
    def lost(self) -> int:
        """Packets that never came."""
        return sum(flow.lost for flow in self._flows.values())

    @property
    def dropped(self) -> int:
        """Pictures that could not be used."""
        return sum(flow.dropped for flow in self._flows.values())

    def packet(self, packet: MediaPacket) -> Iterator[Step]:
        """Take a packet in the order of arrival; a section that was not named is ignored."""
        if not self.is_over and packet.mid in self._flows:
            flow = self._flows[packet.mid]
            if packet.mid == self._picture_mid:
                self._note_picture(packet)
            yield from self._take(packet.mid, flow.push(packet))
            yield from self._cut(packet.arrived_at)

    def _note_picture(self, packet: MediaPacket) -> None:
        self._seen_at = packet.arrived_at
        if packet.ssrc != self._ssrc:
            self._ssrc, self._still = packet.ssrc, STILL

    def clock(self, clock: SenderClock) -> None:
        """Take a sender report."""
        if clock.mid in self._flows:
            self._clocks[clock.mid] = clock
            if self._muxer is not None:
                self._muxer.report(clock, is_sound=clock.mid == self._sound_mid)

    def tick(self, now: timedelta) -> Iterator[Step]:
        """What time makes due; about ten times a second."""
        if self.is_over:
            return
        for mid, flow in self._flows.items():
            yield from self._take(mid, flow.tick(now))
        yield from self._begin_without_picture(now)
        yield from self._cut(now)
        if now - self._began >= self._limits.duration:
            yield from self.end("time-limit")
        elif self._picture_mid is not None and self._lacks_key(self._picture_mid, now):
            self._asked = now
            yield WantKeyFrame(self._picture_mid)

    def _lacks_key(self, mid: str, now: timedelta) -> bool:
        """Whether the picture is damaged, or its layer may be gone: another begins with a key."""
        if self._flows[mid].needs_key:
            return now - self._asked >= ASK_AGAIN
        if now - max(self._seen_at, self._asked) < self._still:
            return False
        self._still = min(2 * self._still, MOST_STILL)
        return True

    def end(self, reason: Reason) -> Iterator[Step]:
        """Write what is left; nothing comes after it. Ending again does nothing."""
        if self.is_over:
            return
        for mid, flow in self._flows.items():
            yield from self._take(mid, flow.flush())
        yield from self._finish(reason)

    def fail(self, reason: Reason) -> Iterator[Step]:
        """The file takes no more bytes."""
        if not self.is_over:
            self.is_over = True
            yield Over(reason)

    def _take(self, mid: str, items: Iterable[MediaPacket | Frame]) -> Iterator[Step]:
        for item in items:
            if isinstance(item, Frame):
                yield from self._see(item)
            elif mid != self._sound_mid or self.is_over:
                continue
            elif self._muxer is None:
                self._early = [*self._early[-MOST_EARLY:], item]
            else:
                self._muxer.sound(item)

    def _see(self, frame: Frame) -> Iterator[Step]:
        if self.is_over:
            return
        now = self._muxer.format.picture if self._muxer else None
        if now is None or now.codec != frame.codec:
            if not frame.is_key:
                return
            if self._muxer is not None:
                yield from self._finish("format-changed", continues=True)
            picture = Picture(frame.codec, frame.width, frame.height, frame.parameter_sets)
            yield from self._open(picture, frame.arrived_at)
        if self._muxer is not None:
            self._muxer.picture(frame)

    def _begin_without_picture(self, now: timedelta) -> Iterator[Step]:
        late = self._picture_mid is None or now - self._began >= PICTURE_WITHIN
        if self._muxer is None and self._early and late:
            yield from self._open(None, self._early[0].arrived_at)

    def _open(self, picture: Picture | None, origin: timedelta) -> Iterator[Step]:
        self._muxer = Muxer(Format(picture, self._sound_mid is not None), origin)
        header = self._muxer.header()
        self._written += len(header)
        yield OpenPart(self._muxer.format.suffix, header)
        for clock in self._clocks.values():
            self.clock(clock)
        early, self._early = self._early, []
        for packet in early:
            self._muxer.sound(packet)

    def _cut(self, now: timedelta) -> Iterator[Step]:
        if self._muxer is None or self.is_over:
            return
        data = self._muxer.cut(now)
        if not data:
            return
        if self._fits(data):
            yield self._append(data)
        else:
            yield from self._close("size-limit", continues=False)

    def _finish(self, reason: Reason, *, continues: bool = False) -> Iterator[Step]:
        data = self._muxer.finish() if self._muxer else b""
        if data and self._fits(data):
            yield self._append(data)
        yield from self._close(reason, continues=continues)

    def _append(self, data: bytes) -> Append:
        self._written += len(data)
        return Append(data, self._muxer.duration if self._muxer else timedelta(0))

    def _close(self, reason: Reason, *, continues: bool) -> Iterator[Step]:
        if self._muxer is not None:
            tail, patches = self._muxer.tail()
            tail = tail if self._fits(tail) else b""
            self._written += len(tail)
            yield ClosePart(tail, tuple(patches) if tail else ())
        self._muxer = None
        self.is_over = not continues
        yield Over(reason, continues)

    def _fits(self, data: bytes) -> bool:
        return self._written + len(data) <= self._limits.size
