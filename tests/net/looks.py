"""What both ends of a call counted over a stretch of time, and what a viewer had of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from tests.net.noise import WIDTH

SILENT = 0.9  # of the samples made up: that was no sound


@dataclass(frozen=True)
class Look:
    """What both ends counted at one moment."""

    at: float  # seconds
    encoded: int
    outgoing: int  # bits per second that the publisher may send
    decoded: int
    width: int
    samples: int
    concealed: int
    soundNacks: int  # noqa: N815  as the page names it
    estimate: int  # the viewer's own, bits per second

    @classmethod
    def of(cls, found: dict[str, Any]) -> "Look":
        return cls(**{field.name: found[field.name] for field in fields(cls)})


class Watched:
    """The looks of a stretch of time, and what they say."""

    def __init__(self, looks: list[Look]) -> None:
        self.looks = looks
        self.first, self.last = looks[0], looks[-1]

    def __add__(self, later: "Watched") -> "Watched":
        """Both stretches as one, with what happened between them."""
        return Watched([*self.looks, *later.looks])

    def __str__(self) -> str:
        """One line a half second, for whoever looks into a failure."""
        lines = []
        last = self.first
        for look in self.looks[1:]:
            if look.at - last.at < 0.5:
                continue
            lines.append(
                f"{look.at - self.first.at:5.1f} s: width {look.width}, "
                f"{look.decoded - last.decoded} of {look.encoded - last.encoded} frames, "
                f"{look.concealed - last.concealed} of {look.samples - last.samples} samples "
                f"made up, estimate {look.estimate // 1000}k, up {look.outgoing // 1000}k"
            )
            last = look
        lines.append(
            f"longest freeze {self.longest_freeze:.2f} s, longest silence "
            f"{self.longest_silence:.2f} s, {self.sound_kept:.1%} of the sound"
        )
        return "\n".join(lines)

    def latest(self, seconds: float) -> "Watched":
        """The end of the stretch."""
        return Watched([look for look in self.looks if look.at >= self.last.at - seconds])

    def from_first_picture(self) -> "Watched":
        """The stretch without the time in which nothing had been shown yet."""
        return Watched([look for look in self.looks if look.decoded])

    @property
    def pictures(self) -> int:
        """How many were shown."""
        return self.last.decoded - self.first.decoded

    @property
    def frames_kept(self) -> float:
        return self.pictures / max(self.last.encoded - self.first.encoded, 1)

    @property
    def sound_kept(self) -> float:
        samples = self.last.samples - self.first.samples
        return 1 - (self.last.concealed - self.first.concealed) / max(samples, 1)

    @property
    def longest_freeze(self) -> float:
        """Seconds without a new picture."""
        return self._longest(lambda a, b: b.decoded > a.decoded)

    @property
    def longest_silence(self) -> float:
        """Seconds in which nearly all sound was made up."""
        return self._longest(
            lambda a, b: b.concealed - a.concealed < SILENT * (b.samples - a.samples)
        )

    def _longest(self, goes_on: Callable[[Look, Look], bool]) -> float:
        moments = [b.at for a, b in pairwise(self.looks) if goes_on(a, b)]
        moments = [self.first.at, *moments, self.last.at]
        return max(b - a for a, b in pairwise(moments))

    def seconds_until(self, fits: Callable[[int], bool]) -> float:
        """When a picture of such a width came, from the first look on."""
        found = (look.at for look in self.looks if fits(look.width))
        return next(found, float("inf")) - self.first.at

    def seconds_until_full(self) -> float:
        """When the largest layer came."""
        return self.seconds_until(lambda width: width == WIDTH)
