"""What a process and all it spawned have used."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process tree so far."""

    user: float  # CPU seconds
    system: float
    memory: int  # bytes resident
    files: int  # open descriptors

    @property
    def cpu(self) -> float:
        """utime + stime, in seconds."""
        return self.user + self.system


def usage(process: int) -> Usage:
    """The sum over the tree under that process id."""
    root = psutil.Process(process)
    members = [root, *root.children(recursive=True)]
    times = [member.cpu_times() for member in members]
    return Usage(
        user=sum(spent.user for spent in times),
        system=sum(spent.system for spent in times),
        memory=sum(member.memory_info().rss for member in members),
        files=sum(member.num_fds() for member in members),
    )


def waited(processes: Iterable[int]) -> float:
    """Seconds that those processes were ready to run and had no core (Linux' sched-stats)."""
    total = 0
    for process in processes:
        with suppress(OSError):  # it has just ended
            total += int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[1])
    return total / 1e9
