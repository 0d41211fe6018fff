"""Camera and microphone files for Chromium that give its encoders something to do."""

import wave
from pathlib import Path
from typing import Final

import numpy as np

WIDTH, HEIGHT, RATE = 1280, 720, 30
FRAMES: Final = 45  # a second and a half, over and over
GRAIN: Final = 6  # of 256: enough to fill 2.5 Mbit/s, not enough to look like a new scene
SAMPLES: Final = 48000


def camera(path: Path, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """A grainy scene that pans, as YUV4MPEG2."""
    dice = np.random.default_rng(7)
    rows, columns = (np.arange(side + 64) * 2 * np.pi / 240 for side in (height, width))
    waves = np.sin(rows)[:, None] * np.cos(columns * 1.3)[None, :]
    patches = np.kron(
        dice.integers(-20, 20, (height // 64 + 2, width // 64 + 2)), np.ones((64, 64))
    )
    scene = 128 + 50 * waves + patches[: height + 64, : width + 64]
    grey = bytes([128]) * (width * height // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for n in range(FRAMES):
            shift = abs(n - FRAMES // 2)  # there and back, so that the loop has no cut
            grain = dice.integers(-GRAIN, GRAIN + 1, (height, width))
            picture = scene[shift : shift + height, shift : shift + width] + grain
            file.write(b"FRAME\n" + picture.clip(16, 235).astype(np.uint8).tobytes() + grey)
    return path


def microphone(path: Path, seconds: int = 4) -> Path:
    """Syllables of a buzzing voice with short pauses, as WAV."""
    time = np.arange(seconds * SAMPLES) / SAMPLES
    voice = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20))
    noise = np.random.default_rng(7).normal(0, 0.2, len(time))
    loudness = np.clip(np.sin(2 * np.pi * 3 * time) + 0.4, 0, 1)
    loudness *= np.sin(2 * np.pi * time / seconds) > -0.8
    samples = ((voice + noise) * loudness * 6000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES)
        file.writeframes(samples.tobytes())
    return path
