"""Publishes a moving bar and a tone with FFmpeg's WHIP muxer: `URL TOKEN CERT KEY`.

In step with the clock, until its standard input ends. A process of its own, because FFmpeg holds
the interpreter while it talks to the server. FFmpeg's own certificates lie on the curve P-224,
which OpenSSL 4 does not know any more.
"""

import itertools
import math
import select
import sys
import time
from array import array
from collections.abc import Iterator
from fractions import Fraction

import av

RATE = 30  # pictures a second
WIDTH, HEIGHT = 320, 240
SAMPLES = 960  # a packet of Opus: 20 ms
HERTZ = 440


def picture(number: int) -> av.VideoFrame:
    """A bright bar over grey, a bit further to the right each time."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    row = bytearray(b"\x60" * frame.planes[0].line_size)
    left = number * 4 % (WIDTH - 32)
    row[left : left + 32] = b"\xe0" * 32
    frame.planes[0].update(bytes(row) * HEIGHT)
    for plane in frame.planes[1:]:
        plane.update(b"\x80" * plane.buffer_size)
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame


def sounds() -> Iterator[av.AudioFrame]:
    """A tone on both channels."""
    for number in itertools.count():
        first = number * SAMPLES
        turns = (math.tau * HERTZ * n / 48000 for n in range(first, first + SAMPLES))
        wave = array("h", (level for t in turns for level in [int(12000 * math.sin(t))] * 2))
        frame = av.AudioFrame(format="s16", layout="stereo", samples=SAMPLES)
        frame.planes[0].update(wave.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48000, first, Fraction(1, 48000)
        yield frame


def is_over(within: float) -> bool:
    """Whether standard input ends within so many seconds."""
    readable, _, _ = select.select([sys.stdin], [], [], within)
    return bool(readable)


def main(url: str, token: str, certificate: str, key: str) -> None:
    options = {"authorization": token, "cert_file": certificate, "key_file": key}
    with av.open(url, "w", format="whip", options=options) as target:
        video = target.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"profile": "baseline", "bf": "0", "g": f"{RATE}", "tune": "zerolatency"}
        audio = target.add_stream("libopus", rate=48000)
        audio.layout = "stereo"
        target.start_encoding()
        tone = sounds()
        start = time.monotonic()
        for number in itertools.count():
            target.mux(video.encode(picture(number)))
            ahead = (number + 1) / RATE
            for sound in tone:
                target.mux(audio.encode(sound))
                if (sound.pts + SAMPLES) / 48000 >= ahead:
                    break
            if is_over(max(start + ahead - time.monotonic(), 0)):
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
