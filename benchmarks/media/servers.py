"""Starts one of the two servers in its namespace, pinned to its core, and ends it again."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.media.janus import configuration
from benchmarks.media.network import LOAD_CORE, SERVER, SERVER_CORE, Network

ROOT = Path(__file__).resolve().parent.parent.parent
CANARY_ENDS_IN = 20.0  # seconds
UNDER_WAY = 3  # frames that a decoder may not have got to yet
JANUS_STARTS_IN = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up."""

    url: str
    trees: tuple[int, ...]  # processes whose CPU counts, with all that they spawned
    peer: str
    workers: tuple[int, ...] = ()  # those under it that move media, where these are others


@contextmanager
def ours(net: Network, *more: str) -> Iterator[Running]:
    """Our server; `more` are options of `benchmarks.media.server`."""
    command = net.inside(net.server, sys.executable, "-m", "benchmarks.media.server")
    command += ["--core", str(SERVER_CORE), *more]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"our server ended with {process.wait()}")
        up = json.loads(line)
        url, workers = f"http://{SERVER}:{up['port']}", tuple(up["workers"])
        yield Running(url, (up["process"],), "ours", workers)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def janus(net: Network, traffic: str) -> Iterator[Running]:
    """Debian's Janus with a configuration of ours in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="dg-janus-") as name:
        folder = Path(name)
        for file, text in configuration(folder, traffic).items():
            (folder / file).write_text(text)
        command = net.inside(net.server, "janus", "-F", name, core=SERVER_CORE)
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        try:
            _wait(net, process, folder / "log")
            yield Running(f"http://{SERVER}:8088/janus", (process.pid,), "janus")
        finally:
            process.terminate()
            process.wait()


def _wait(net: Network, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ask = (
        "import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=2).read()",
        f"http://{SERVER}:8088/janus/info",
    )
    until = time.monotonic() + JANUS_STARTS_IN
    while True:
        tried = subprocess.run(  # noqa: S603  our own line
            net.inside(net.load, sys.executable, "-c", *ask), capture_output=True, check=False
        )
        if tried.returncode == 0:
            return
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"Janus did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def load(net: Network, server: Running, *more: str) -> dict[str, Any]:
    """What a crowd counted at that server; `more` are options of `benchmarks.media.load`."""
    return _asked(net, "benchmarks.media.load", server, server.trees, *more)


def joins(net: Network, server: Running, *more: str) -> dict[str, Any]:
    """How a crowd got into that server; `more` are options of `benchmarks.media.joining`."""
    trees = (*server.trees, *server.workers)  # the first has the others under it
    more = (*more, "--core", str(SERVER_CORE))
    return _asked(net, "benchmarks.media.joining", server, trees, *more)


@contextmanager
def canary(net: Network, server: Running, told: dict[str, Any]) -> Iterator[None]:
    """A real Chromium meanwhile; what it counted is put into `told`."""
    command = net.inside(net.load, sys.executable, "-m", "benchmarks.media.canary")
    process = subprocess.Popen(  # noqa: S603  our own line
        [*command, "--url", server.url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "up":
            raise RuntimeError("the canary saw nothing")
        yield
        printed, _ = process.communicate(input="", timeout=CANARY_ENDS_IN)
        told.update(json.loads(printed))
    finally:
        process.kill()
        process.wait()


def complaints(seen: dict[str, Any]) -> list[str]:
    """What the canary did not like: nothing may freeze, get lost or fail to decode."""
    found = [
        f"the canary counts {seen[name]} of {name}"
        for name in ("freezeCount", "pliCount", "packetsLost")
        if seen.get(name)
    ]
    told = (seen.get(name, 0) for name in ("framesReceived", "framesDecoded", "framesDropped"))
    received, decoded, late = told
    undecoded = received - decoded - late
    if undecoded > UNDER_WAY:
        found.append(f"the canary did not decode {undecoded} frames")
    return found


def _asked(
    net: Network, module: str, server: Running, processes: tuple[int, ...], *more: str
) -> dict[str, Any]:
    command = net.inside(net.load, sys.executable, "-m", module, core=LOAD_CORE)
    command += ["--url", server.url, "--peer", server.peer, *more]
    command += [word for process in processes for word in ("--tree", str(process))]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found
