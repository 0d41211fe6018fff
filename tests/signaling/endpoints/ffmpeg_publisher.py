"""Publishes two seconds of sound and picture with FFmpeg's WHIP muxer: `URL TOKEN CERT KEY`.

With a fifth argument the picture goes on, in step, until somebody kills the process.

A process of its own, because FFmpeg holds the interpreter while it talks to the server.
FFmpeg's own certificates lie on the curve P-224, which OpenSSL 4 does not know any more.
"""

import itertools
import sys
import time
from fractions import Fraction

import av

RATE = 30  # pictures a second
SECONDS = 2
SAMPLES = 960  # a packet of Opus: 20 ms


def main(url: str, token: str, certificate: str, key: str, endless: str = "") -> None:
    options = {"authorization": token, "cert_file": certificate, "key_file": key}
    with av.open(url, "w", format="whip", options=options) as target:
        video = target.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        video.options = {"profile": "baseline", "bf": "0", "tune": "zerolatency"}
        audio = target.add_stream("libopus", rate=48000)
        audio.layout = "stereo"
        target.start_encoding()
        for number in itertools.count() if endless else range(SECONDS * RATE):
            time.sleep(1 / RATE if endless else 0)
            picture = av.VideoFrame(320, 240, "yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            target.mux(video.encode(picture))
        for number in range(SECONDS * 48000 // SAMPLES):
            sound = av.AudioFrame(format="s16", layout="stereo", samples=SAMPLES)
            sound.sample_rate, sound.pts = 48000, number * SAMPLES
            sound.time_base = Fraction(1, 48000)
            for plane in sound.planes:
                plane.update(bytes(plane.buffer_size))
            target.mux(audio.encode(sound))


if __name__ == "__main__":
    main(*sys.argv[1:])
