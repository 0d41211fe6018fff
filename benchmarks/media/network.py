"""Two network namespaces and the veth pair between them: traffic leaves the host's loopback alone.

The server lives in one, the load in the other. The load's has a whole /16 as local addresses, so
that each viewer has an address of its own and one socket hears them all. Needs root and iproute2.

What passes a pair is received by whoever sent it, in the same system call: on the server's core, in
the server's name. On a network the receiving machine does that. So the kernel is told to receive at
each end on the core of that end (receive packet steering), unless both halves are to be together.
"""

import ipaddress
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

SERVER = "10.77.0.1"
LOAD = "10.77.0.2"
CROWD = ipaddress.ip_network("10.78.0.0/16")  # local to the load: one address a viewer
SERVER_CORE, LOAD_CORE = 0, 1
STEER = "for file in /sys/class/net/{end}/queues/rx-*/rps_cpus; do echo {mask:x} >$file; done"


class NoNetworkError(RuntimeError):
    """This machine lets us make no namespaces; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Network:
    """The names of both namespaces."""

    server: str
    load: str

    def inside(self, namespace: str, *command: str, core: int | None = None) -> list[str]:
        """The command, run in that namespace; with a core it is pinned there, before others."""
        pin = [] if core is None else pinned(core)
        return ["ip", "netns", "exec", namespace, *pin, *command]


def pinned(core: int) -> list[str]:
    """What to write before a command so that it runs on that core, and before all others there."""
    return ["nice", "-n", "-15", "taskset", "-c", str(core)]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  ours
    if done.returncode:
        raise NoNetworkError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


@contextmanager
def network(*, apart: bool = True) -> Iterator[Network]:
    """Both namespaces, connected; they are gone afterwards.

    `apart`: each end receives on its own core.

    Raises:
        NoNetworkError: no root, no iproute2, or no namespaces here.
    """
    for tool in ("ip", "taskset"):
        if shutil.which(tool) is None:
            raise NoNetworkError(f"`{tool}` is not installed (make setup installs it)")
    mark = os.getpid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what follows is undone
    made = Network(f"dg-server-{mark}", f"dg-load-{mark}")
    try:
        _connect(made, f"dgs{mark}", f"dgl{mark}")
        if apart:
            _receive_on(made.server, f"dgs{mark}", SERVER_CORE)
            _receive_on(made.load, f"dgl{mark}", LOAD_CORE)
        yield made
    finally:
        for name in (made.server, made.load):
            with suppress(NoNetworkError):
                _run("ip", "netns", "delete", name)


def _connect(made: Network, server_end: str, load_end: str) -> None:
    for name in (made.server, made.load):
        _run("ip", "netns", "add", name)
        _run("ip", "-n", name, "link", "set", "lo", "up")
    _run("ip", "link", "add", server_end, "type", "veth", "peer", "name", load_end)
    for name, end, address in (
        (made.server, server_end, SERVER),
        (made.load, load_end, LOAD),
    ):
        _run("ip", "link", "set", end, "netns", name)
        _run("ip", "-n", name, "address", "add", f"{address}/30", "dev", end)
        _run("ip", "-n", name, "link", "set", end, "up")
        _run("ip", "-n", name, "route", "add", "default", "dev", end)
    _run("ip", "-n", made.server, "route", "replace", str(CROWD), "via", LOAD)
    _run("ip", "-n", made.load, "route", "add", "local", str(CROWD), "dev", "lo")


def _receive_on(namespace: str, end: str, core: int) -> None:
    """Let the kernel take in on that core what comes to that end of the pair."""
    _run("ip", "netns", "exec", namespace, "sh", "-c", STEER.format(end=end, mask=1 << core))
