"""Whether the memory and the descriptors of a process stay where they are. Pure."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

FEWEST: Final = 6  # samples that make a line
MOST_FILES: Final = 5  # descriptors that may be gained: a page may just be asking for something


@dataclass(frozen=True, slots=True)
class Age:
    """What is asked of a process that lived for so long."""

    seconds: float
    warm_up: float  # the part of its life that is not judged: caches fill, allocators settle
    memory: int  # bytes that may be gained in the rest


CHILD: Final = Age(0, 1 / 3, 64 << 20)  # a viewer that vanished is remembered for 30 s
GROWN_UP: Final = Age(180, 1 / 3, 4 << 20)
OLD: Final = Age(900, 1 / 2, 1 << 20)  # of a thousand viewers none may leave 1 kB behind
AGES: Final = (OLD, GROWN_UP, CHILD)

RULE: Final = (
    "by the median of the slopes between any two samples a process gains at most 1 MiB of memory "
    "over the second half of its life, 4 MiB over the last two thirds if it lived for less than 15 "
    "minutes, 64 MiB if for less than three, and at most 5 descriptors"
)


@dataclass(slots=True)
class Life:
    """One process, or a stretch of it: seconds, bytes resident, open descriptors."""

    name: str
    samples: list[tuple[float, int, int]] = field(default_factory=list)

    def judged(self) -> "Verdict | None":
        """What its lines say; None if it did not live long enough."""
        if len(self.samples) < FEWEST:
            return None
        whole = self.samples[-1][0] - self.samples[0][0]
        age = next(age for age in AGES if whole >= age.seconds)
        kept = np.array(self.samples[int(len(self.samples) * age.warm_up) :], float)
        seconds = kept[:, 0] - kept[0, 0]
        memory, files = (_slope(seconds, kept[:, column]) for column in (1, 2))
        lived = float(seconds[-1])
        return Verdict(
            name=self.name,
            seconds=round(lived),
            memory_mb=round(float(kept[:, 1].mean()) / 1e6, 1),
            memory_kb_per_minute=round(memory * 60 / 1000, 1),
            files=round(float(kept[:, 2].mean()), 1),
            files_per_minute=round(files * 60, 2),
            is_flat=memory * lived <= age.memory and files * lived <= MOST_FILES,
        )


def _slope(seconds: Array, values: Array) -> float:
    """What is gained in a second: the median of the slopes between any two samples (Theil, Sen).

    A machine that lets a process wait makes it grow once, by what has come meanwhile.
    """
    earlier, later = np.triu_indices(len(seconds), 1)
    return float(np.median((values[later] - values[earlier]) / (seconds[later] - seconds[earlier])))


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
