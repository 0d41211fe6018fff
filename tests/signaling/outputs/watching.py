"""An independent look at a recording: FFmpeg decodes all of it."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from tests.signaling.outputs.sources import WHITE


@dataclass(frozen=True)
class Seen:
    """What a player would show and play."""

    pictures: tuple[tuple[float, float, int], ...]  # second, brightness, width
    loudness: tuple[tuple[float, float], ...]  # second, RMS of each 5 ms
    duration: float  # seconds, as the file says
    codecs: tuple[str, ...]

    @property
    def flashes(self) -> list[float]:
        """When the picture turns white."""
        return rises([(at, value > 150) for at, value, _ in self.pictures])

    @property
    def tones(self) -> list[float]:
        """When the tone begins."""
        return rises([(at, value > 1500) for at, value in self.loudness])

    @property
    def offsets(self) -> list[float]:
        """How much later each picture is than its sound; the first one may be cut."""
        flashes = self.flashes
        return [
            min((flash - tone for flash in flashes), key=abs) for tone in self.tones if tone > WHITE
        ]


def rises(states: list[tuple[float, bool]]) -> list[float]:
    found, before = [], False
    for at, now in states:
        if now and not before:
            found.append(at)
        before = now
    return found


def watch(path: Path) -> Seen:
    """Decode every packet; anything that does not decode raises."""
    pictures, loudness = [], []
    with av.open(str(path)) as file:
        duration = (file.duration or 0) / av.time_base
        for stream in file.streams.video:
            stream.codec_context.options = {"err_detect": "explode"}
        resampler = av.AudioResampler("s16", "mono", 48000)
        for packet in file.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    plane = frame.to_ndarray(format="gray")
                    pictures.append((float(frame.time or 0), float(plane.mean()), frame.width))
                elif isinstance(frame, av.AudioFrame):
                    for mono in resampler.resample(frame):
                        loudness += _loudness(float(frame.time or 0), mono.to_ndarray()[0])
        codecs = tuple(stream.codec_context.name for stream in file.streams)
    return Seen(tuple(pictures), tuple(loudness), duration, codecs)


def _loudness(at: float, samples: np.ndarray) -> list[tuple[float, float]]:
    step = 240
    return [
        (at + n / 48000, float(np.sqrt(np.mean(samples[n : n + step].astype(float) ** 2))))
        for n in range(0, len(samples) - step + 1, step)
    ]
