"""What a process and all it spawned have used."""

from dataclasses import dataclass

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
