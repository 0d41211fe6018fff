"""Claim: joins, leaves, lost packets and killed workers leave nothing behind.

    python -m benchmarks.media.soak [--minutes 30]      (`make soak`)

On loopback, with three workers and two rooms. Viewers come and go all the time, some without a
word; a part of the media is lost and asked for again; guests enter a room, talk and leave; what is
published is recorded again and again. The worker of one room is never killed: it lives for as long
as the soak. That of the other room is, now and then, and everybody there joins anew on the third.
A real Chromium publishes and watches on the worker that stays, all the time (`spectator.py`).
Prints one JSON line with the slopes of memory and descriptors of the control plane, of the process
that records, and of each worker, between two kills if it is one of the two. A slope that is not
flat, a viewer that stays without media, a failed join, or a picture of the Chromium's that freezes
or is not decoded is a missed bar (exit status 1), but not while the machine let our processes wait
for a core.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import psutil
from aiohttp import ClientSession, ClientTimeout

from benchmarks.common.machine import machine, moment
from benchmarks.media.flatness import RULE, Life
from benchmarks.media.guests import Guests
from benchmarks.media.spectator import Spectator, complaints
from benchmarks.media.stage import Stage
from benchmarks.media.tree import waited

ROOT: Final = Path(__file__).resolve().parent.parent.parent
HOST: Final = "127.0.0.1"
WORKERS: Final = 3  # one that stays, one that is killed, and one that is there when it is
GUESTS: Final = ("An", "Bo", "Chen", "Dai")
WORKER: Final = "signaling.workers.process"
SHAKEN: Final = "shaken worker"  # one of those that are killed


class Soak:
    """One run."""

    def __init__(
        self, options: argparse.Namespace, http: ClientSession, up: dict[str, int]
    ) -> None:
        self._options = options
        self._control = up["process"]
        self._seen: tuple[int, ...] = ()  # who was there a moment ago
        url, viewers = f"http://{HOST}:{up['port']}", options.viewers
        self._steady = Stage("steady", viewers // 2, http, url, self._waited)
        self._shaken = Stage("shaken", viewers - viewers // 2, http, url, self._waited)
        self._guests = Guests(http, url, self._waited)
        self._canary = Spectator(url, "steady") if options.canary else None
        self._lives: dict[tuple[int, int], Life] = {}  # by process, and kills before
        self._roles: dict[int, str] = {}  # by process
        self._began = monotonic()
        self._kills = 0

    async def run(self) -> dict[str, Any]:
        """Until the time is up."""
        ends = self._began + self._options.minutes * 60
        async with asyncio.TaskGroup() as tasks:
            talks = [self._guests.talk(name) for name in GUESTS]
            records = self._guests.record("shaken")
            habits = [self._steady.run(), self._shaken.run(), self._sample(), self._kill()]
            if self._canary is not None:
                habits.append(self._canary.run())
            going = [tasks.create_task(habit) for habit in (*habits, records, *talks)]
            await asyncio.sleep(max(0.0, ends - monotonic()))
            for task in going:
                task.cancel()
        stages = (self._steady, self._shaken)
        counts = sum((stage.counts for stage in stages), Counter()) + self._guests.counts
        verdicts = [life.judged() for life in self._lives.values()]
        return {
            **counts,
            "kills": self._kills,
            "reasons": [reason for stage in stages for reason in stage.reasons],
            "recorded": await self._guests.recorded(),
            "canary": None if self._canary is None else self._canary.told(),
            "lost": sum(stage.crowd.loss.lost for stage in stages),
            "packets": sum(stage.crowd.tally.decrypted for stage in stages),
            "slopes": [asdict(verdict) for verdict in verdicts if verdict is not None],
        }

    async def _kill(self) -> None:
        """Kill the worker of one room, now and then, and publish there anew."""
        while True:
            await asyncio.sleep(self._options.kill_every)
            for worker in self._workers():
                if self._hosts(worker, self._shaken):
                    worker.send_signal(signal.SIGKILL)
                    self._kills += 1
            await self._shaken.was_killed()

    def _hosts(self, worker: psutil.Process, stage: Stage) -> bool:
        """Whether that room's publisher sends to it."""
        return any(at.laddr.port == stage.port for at in worker.net_connections("udp"))

    def _waited(self) -> float:
        """Seconds that our processes have been without a core though they had something to do."""
        return waited((os.getpid(), self._control, *self._seen))

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self._control).children()

    def _workers(self) -> list[psutil.Process]:
        return [child for child in self._children() if WORKER in child.cmdline()]

    async def _sample(self) -> None:
        """Look at every process as often as makes some hundred samples, at most once a second."""
        every = max(0.5, self._options.minutes * 60 / 600)
        while True:
            children = self._children()
            self._seen = tuple(child.pid for child in children)
            for process in (psutil.Process(self._control), *children):
                try:
                    self._look_at(process)
                except psutil.Error:  # it has just been killed
                    continue
            await asyncio.sleep(every)

    def _look_at(self, process: psutil.Process) -> None:
        """Note how large it is; raises psutil.Error."""
        known = self._name(process)
        if known is None:
            return
        name, kills = known
        with process.oneshot():
            sample = process.memory_info().rss, process.num_fds()
        life = self._lives.setdefault((process.pid, kills), Life(name))
        life.samples.append((monotonic() - self._began, *sample))

    def _name(self, process: psutil.Process) -> tuple[str, int] | None:
        """What it is, since how many kills; None while it is not known yet."""
        role = self._roles.get(process.pid) or self._role(process)
        if role is None:
            return None
        self._roles[process.pid] = role
        if role == SHAKEN:
            return f"worker {process.pid} after {self._kills} kills", self._kills
        return role, 0

    def _role(self, process: psutil.Process) -> str | None:
        """None of a worker that only loads what it needs, or before both rooms have theirs."""
        if process.pid == self._control:
            return "control"
        if WORKER not in process.cmdline():
            return "outputs"
        if not (self._steady.port and self._shaken.port and process.net_connections("udp")):
            return None
        return "steady worker" if self._hosts(process, self._steady) else SHAKEN


def missed(result: dict[str, Any]) -> list[str]:
    """Which bars were missed."""
    found = [
        f"{slope['name']} grows: {slope['memory_kb_per_minute']} kB and "
        f"{slope['files_per_minute']} descriptors a minute"
        for slope in result["slopes"]
        if not slope["is_flat"]
    ]
    found += [
        f"{name}: {result[name]}" for name in ("failed", "silent", "unheard") if result.get(name)
    ]
    found += complaints(result["canary"]) if result.get("canary") is not None else []
    done = {"joined": "joins", "talked": "lines"}
    found += [f"nobody {what}" for what, name in done.items() if not result.get(name)]
    recorded = result["recorded"]
    if not recorded.get("bytes") or recorded.get("failed"):
        found.append(f"recorded: {recorded}")
    return found


async def soak(options: argparse.Namespace) -> dict[str, Any]:
    """Start the server, soak it, end it."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.media.server", "--host", HOST),
            *("--workers", str(WORKERS), "--outputs", folder),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert server.stdout is not None
            up = json.loads(await server.stdout.readline())
            async with ClientSession(timeout=ClientTimeout(10)) as http:
                return await Soak(options, http, up).run()
        finally:
            server.terminate()
            await server.wait()


def main() -> int:
    """Soak, print one line, and answer the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--kill-every", type=float, default=360, help="seconds")
    parser.add_argument(
        "--canary", action=argparse.BooleanOptionalAction, default=True, help="a real Chromium, too"
    )
    options = parser.parse_args()
    began = moment()
    result = asyncio.run(soak(options))
    line = {
        "benchmark": "soak",
        "minutes": options.minutes,
        "machine": machine(began),
        "result": result,
        "rule": RULE,
        "missed": missed(result),
    }
    print(json.dumps(line))
    return 1 if line["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
