"""Whether the memory and the descriptors of a process stay where they are. Pure."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

WARM_UP: Final = 1 / 3  # of a process' life: caches fill, allocators settle
GROWN_UP: Final = 180.0  # seconds: a viewer that vanished is remembered for 30 of them
CHILD_MEMORY: Final = 64 << 20  # bytes that a younger process may gain
MEMORY_SHARE: Final = 0.05  # that may be gained over the rest of its life …
MEMORY_AT_LEAST: Final = 8 << 20  # … or so many bytes, whichever is more: what noise amounts to
MOST_FILES: Final = 5  # descriptors that may be gained: a page may just be asking for something
FEWEST: Final = 6  # samples that make a line

RULE: Final = (
    "a straight line through the last two thirds of a process' life gains at most 5 % or 8 MiB of "
    "memory (64 MiB if it lived for less than three minutes) and at most 5 descriptors"
)


@dataclass(slots=True)
class Life:
    """One process, or a stretch of it: seconds, bytes resident, open descriptors."""

    name: str
    samples: list[tuple[float, int, int]] = field(default_factory=list)

    def judged(self) -> "Verdict | None":
        """What its lines say; None if it did not live long enough."""
        kept = np.array(self.samples[int(len(self.samples) * WARM_UP) :], float)
        if len(kept) < FEWEST:
            return None
        seconds = kept[:, 0] - kept[0, 0]
        memory, files = (np.polyfit(seconds, kept[:, column], 1)[0] for column in (1, 2))
        lived = float(seconds[-1])
        allowed = max(MEMORY_AT_LEAST, MEMORY_SHARE * float(kept[:, 1].mean()))
        if self.samples[-1][0] - self.samples[0][0] < GROWN_UP:
            allowed = CHILD_MEMORY
        return Verdict(
            name=self.name,
            seconds=round(lived),
            memory_mb=round(float(kept[:, 1].mean()) / 1e6, 1),
            memory_kb_per_minute=round(float(memory) * 60 / 1000, 1),
            files=round(float(kept[:, 2].mean()), 1),
            files_per_minute=round(float(files) * 60, 2),
            is_flat=bool(memory * lived <= allowed and files * lived <= MOST_FILES),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The slopes of one process."""

    name: str
    seconds: int
    memory_mb: float
    memory_kb_per_minute: float
    files: float
    files_per_minute: float
    is_flat: bool
