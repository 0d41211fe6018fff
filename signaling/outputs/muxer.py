"""One file in the making: packets and pictures in, the bytes of its next fragment out."""

from datetime import timedelta
from typing import Final

from signaling.outputs import opus
from signaling.outputs.fmp4 import Fmp4
from signaling.outputs.frames import Frame
from signaling.outputs.packets import MediaPacket, SenderClock
from signaling.outputs.samples import Container, Format, Patch, Sample
from signaling.outputs.timeline import PICTURE_RATE, SECOND, PictureLine, SoundLine
from signaling.outputs.webm import WebM

FRAGMENT: Final = timedelta(seconds=1)  # what a crash may cost
HEAVY: Final = 4 << 20  # bytes; what a fragment may hold before its time
HUSH: Final = timedelta(seconds=2)  # without sound, after which silence is written
FIRST_GUESS: Final = PICTURE_RATE // 30  # how long the only picture of a file lasts


class Muxer:
    """A container that is being filled; `origin` is where its timeline begins."""

    def __init__(self, file_format: Format, origin: timedelta) -> None:
        self.format = file_format
        self._container: Container = (
            Fmp4(file_format) if file_format.suffix == ".mp4" else WebM(file_format)
        )
        self._sound_line = SoundLine(origin)
        self._picture_line = PictureLine(origin, self._sound_line)
        self._sound: list[Sample] = []
        self._pictures: list[Sample] = []  # the last one waits to hear how long it lasts
        self._waiting = 0  # bytes
        self._cut_at = origin
        self._last_length = FIRST_GUESS
        self._end = timedelta(0)

    @property
    def duration(self) -> timedelta:
        """How much has been given out."""
        return self._end

    def header(self) -> bytes:
        """The first bytes of the file."""
        return self._container.header()

    def sound(self, packet: MediaPacket) -> None:
        """Take the next packet of Opus; what is none is left out."""
        samples = opus.duration(packet.payload)
        position = self._sound_line.place(packet.timestamp, packet.arrived_at) if samples else None
        if position is None:
            return
        self._hush(position)
        self._hear(Sample(position, samples, True, packet.payload))

    def _hear(self, sample: Sample) -> None:
        self._sound.append(sample)
        self._sound_line.end = sample.position + sample.duration
        self._waiting += len(sample.data)

    def _hush(self, until: int) -> None:
        """Silence up to there: players lose the picture when the sound has a hole."""
        for data, length in opus.silence(until - self._sound_line.end):
            self._hear(Sample(self._sound_line.end, length, True, data))

    def picture(self, frame: Frame) -> None:
        """Take the next picture."""
        position = self._picture_line.place(frame.ssrc, frame.timestamp, frame.arrived_at)
        if self._pictures:
            last = self._pictures[-1]
            self._last_length = position - last.position
            self._pictures[-1] = last._replace(duration=self._last_length)
        self._pictures.append(Sample(position, self._last_length, frame.is_key, frame.data))
        self._waiting += len(frame.data)

    def report(self, clock: SenderClock, *, is_sound: bool) -> None:
        """Take a sender report of one of the two."""
        if is_sound:
            self._sound_line.report(clock)
        else:
            self._picture_line.report(clock)

    def cut(self, now: timedelta) -> bytes:
        """The next fragment, if it is due; else nothing."""
        if self.format.has_sound:
            self._hush(self._sound_line.at(now - HUSH))
        if now - self._cut_at < FRAGMENT and self._waiting < HEAVY:
            return b""
        self._cut_at = now
        kept = self._pictures[-1:]
        if kept and self._sound_line.at(now - HUSH) * PICTURE_RATE > kept[0].position * opus.RATE:
            kept = []  # nobody moves: the picture stays, its length is not needed
        return self._give(self._pictures[: len(self._pictures) - len(kept)], kept)

    def finish(self) -> bytes:
        """The last fragment: nothing more will come; empty when there is nothing."""
        return self._give(self._pictures, [])

    def tail(self) -> tuple[bytes, list[Patch]]:
        """The last bytes of the file, and what becomes known only at its end."""
        return self._container.finish()

    def _give(self, pictures: list[Sample], kept: list[Sample]) -> bytes:
        sound, self._sound, self._pictures = self._sound, [], kept
        self._waiting = sum(len(sample.data) for sample in kept)
        for samples, rate in ((sound, opus.RATE), (pictures, PICTURE_RATE)):
            if samples:
                end = (samples[-1].position + samples[-1].duration) * SECOND / rate
                self._end = max(self._end, end)
        return self._container.fragment(sound, pictures) if sound or pictures else b""
