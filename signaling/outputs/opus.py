"""How long an Opus packet lasts, and packets that are silence (RFC 6716 §3)."""

from collections.abc import Iterator
from typing import Final

RATE: Final = 48_000  # samples a second on every clock of Opus (RFC 7587 §4.1)
LONGEST: Final = 5760  # samples, 120 ms
_SILENT: Final = {960: 31, 480: 30, 240: 29, 120: 28}  # samples -> full-band CELT configuration
_SILENCE: Final = b"\xff\xfe"  # the range coder's first symbol says that the frame is silent


def duration(packet: bytes) -> int:
    """Samples in a packet; 0 when it is none."""
    if not packet:
        return 0
    configuration, code = packet[0] >> 3, packet[0] & 0x03
    count = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[code]
    samples = count * _frame(configuration)
    return samples if samples <= LONGEST else 0


def _frame(configuration: int) -> int:
    if configuration < 12:  # noqa: PLR2004  SILK: 10, 20, 40, 60 ms
        return (480, 960, 1920, 2880)[configuration & 3]
    if configuration < 16:  # noqa: PLR2004  hybrid: 10, 20 ms
        return (480, 960)[configuration & 1]
    return (120, 240, 480, 960)[configuration & 3]  # CELT: 2.5 to 20 ms


def silence(samples: int) -> Iterator[tuple[bytes, int]]:
    """Packets of silence and their lengths, for at most so many samples, the longest first."""
    for length, configuration in _SILENT.items():
        while samples >= length:
            yield bytes((configuration << 3,)) + _SILENCE, length
            samples -= length
