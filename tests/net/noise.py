"""A camera that loads a link: moving noise, as a file that Chromium plays as its camera."""

from pathlib import Path
from typing import Final

import numpy as np

WIDTH: Final = 960  # libwebrtc encodes no three layers of less
HEIGHT: Final = 544  # a quarter is even
RATE: Final = 10  # frames per second: three layers are encoded on the machine of the test
FRAMES: Final = 10
BLOCK: Final = 8  # pixels: finer noise is encoded as no picture at all


def noise_camera(path: Path) -> Path:
    """Write the file (YUV4MPEG2, 4:2:0); the same picture every time."""
    random = np.random.default_rng(3)
    blocks = random.integers(0, 255, (HEIGHT // BLOCK, WIDTH // BLOCK), dtype=np.uint8)
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in range(FRAMES):
            moved = np.roll(blocks, (frame, 2 * frame), (0, 1))
            picture = np.kron(moved, np.ones((BLOCK, BLOCK), np.uint8)) // 2
            fine = random.integers(0, 30, (HEIGHT, WIDTH), dtype=np.uint8)
            file.write(b"FRAME\n" + (picture + fine).tobytes() + grey)
    return path
