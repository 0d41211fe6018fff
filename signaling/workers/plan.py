"""How many workers run, where they listen, and when they are given up."""

import sys
from dataclasses import dataclass
from datetime import timedelta

from signaling.workers.advertised import Advertised


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """What the supervisor needs to know; each worker has one UDP and one TCP port of its own."""

    host: str  # the address that workers bind
    port: int = 0  # UDP, of the first worker, the next ones follow; 0 lets the system choose
    tcp_port: int | None = None  # the same for networks that block UDP; None: no TCP
    advertise: tuple[str, ...] = ()  # `Advertised`, if others than bound (NAT, containers)
    count: int = 1
    enough: int = 400  # sessions on one worker, until its rooms span to others that have less
    most_sessions: int = 3000  # that one worker takes at all; their statistics fit into a frame
    command: tuple[str, ...] = (sys.executable, "-m", "signaling.workers.process")
    start_within: timedelta = timedelta(seconds=20)  # imports on a busy machine; then it is killed
    pulse: timedelta = timedelta(seconds=10)  # between two questions whether it still answers
    patience: timedelta = timedelta(seconds=5)  # for the answer; then it hangs and is replaced
    grace: timedelta = timedelta(seconds=2)  # from the end of its link to SIGTERM to SIGKILL

    def arguments(self, *, index: int, worker: str, socket: str) -> tuple[str, ...]:
        """The command line of the worker in this place of the plan."""
        line = (*self.command, "--socket", socket, "--worker", worker, "--host", self.host)
        line = (*line, "--port", str(_nth(self.port, index)))
        if self.tcp_port is not None:
            line = (*line, "--tcp-port", str(_nth(self.tcp_port, index)))
        line = (*line, "--sessions", str(self.most_sessions))
        told = (str(Advertised.read(text).of(index)) for text in self.advertise)
        return (*line, *(word for address in told for word in ("--advertise", address)))


STEADY_AFTER = timedelta(seconds=30)  # a worker that lived so long did not fail to start
_FIRST_WAIT = timedelta(milliseconds=100)  # pages must be back within 5 s (issue 3 §1)
_LONGEST_WAIT = timedelta(seconds=15)  # a busy port is freed by hand, not by us
_MOST_DOUBLINGS = 10


def wait_before_start(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubling, up to a bound."""
    if failures == 0:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(failures - 1, _MOST_DOUBLINGS)), _LONGEST_WAIT)


def _nth(first: int, index: int) -> int:
    """The port of the worker in this place; any stays any."""
    return first + index if first else 0
