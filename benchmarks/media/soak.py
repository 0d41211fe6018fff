"""Claim: joins, leaves, lost packets and killed workers leave nothing behind.

    python -m benchmarks.media.soak [--minutes 30]      (`make soak`)

On loopback, with two workers. Viewers come and go all the time, some without a word; a part of
the media is lost and asked for again; now and then the busiest worker is killed and everybody
joins anew. Prints one JSON line with the slopes of memory and descriptors of the control plane and
of each worker between two kills: one of them works, the other waits for its turn. A slope that is
not flat, a viewer that stays without media, or a failed join is a missed bar (exit status 1), but
not a join during which the machine let our processes wait for a core.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
from collections import Counter, deque
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import psutil
from aiohttp import ClientError, ClientSession, ClientTimeout

from benchmarks.common.machine import machine, moment
from benchmarks.media.crowd import Crowd
from benchmarks.media.crowd_socket import LOOPBACK, CrowdSocket
from benchmarks.media.doors import Whep
from benchmarks.media.flatness import RULE, Life
from benchmarks.media.member import ConnectError, Member, new_credentials
from benchmarks.media.publisher import Kind, Publisher
from benchmarks.media.replay import Replay, packets_of
from benchmarks.media.tree import waited
from signaling.transport.dtls import fingerprint, make_certificate

ROOT: Final = Path(__file__).resolve().parent.parent.parent
HOST: Final = "127.0.0.1"
ROOM: Final = "soak"
LOSS: Final = 0.02  # of the media; also of what the publisher sends
STAY: Final = 8.0  # seconds that a viewer stays on average
SILENT_LEAVE: Final = 3  # every third viewer goes without a word
BACK_WITHIN: Final = 5.0  # seconds after a kill until everybody sees again
QUIET: Final = 3.0  # seconds without media that a viewer may complain about
STARVED: Final = 1.0  # seconds without a core that excuse a join which took too long
SOAK_CODEC: Final = "vp8"


class Soak:
    """One run."""

    def __init__(self, options: argparse.Namespace, http: ClientSession) -> None:
        self._options = options
        self._http = http
        self._certificate = make_certificate()
        self._crowd = Crowd(CrowdSocket(LOOPBACK, 0))
        self._crowd.takes_notes = False
        self._crowd.loss.share = LOSS
        self._numbers = iter(range(1, 60_000))
        self._joined_at: dict[int, tuple[Whep, float]] = {}
        self._lives: dict[tuple[int, int], Life] = {}  # by process, and kills before
        self._seen: tuple[int, ...] = ()  # the workers, a moment ago
        self._up: set[int] = set()  # workers that listen
        self._began = monotonic()
        self._killed_at = -BACK_WITHIN
        self._control = 0
        self._url = ""
        self.counts: Counter[str] = Counter()
        self.reasons: deque[str] = deque(maxlen=3)  # of the last joins that failed

    async def run(self, port: int, control: int) -> dict[str, Any]:
        """Until the time is up."""
        self._control, self._url = control, f"http://{HOST}:{port}"
        ends = self._began + self._options.minutes * 60
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._crowd.run())
            tasks.create_task(self._crowd.renew_consent())
            await self._publish()
            habits = [self._churn, self._sample, self._kill]
            going = [tasks.create_task(habit()) for habit in habits]
            await asyncio.sleep(max(0.0, ends - monotonic()))
            for task in going:
                task.cancel()
            self._crowd.stop()
        verdicts = [life.judged() for life in self._lives.values()]
        return {
            **self.counts,
            "reasons": list(self.reasons) if self.counts["failed"] else [],
            "lost": self._crowd.loss.lost,
            "packets": self._crowd.tally.decrypted,
            "slopes": [asdict(verdict) for verdict in verdicts if verdict is not None],
        }

    async def _publish(self) -> None:
        """A publisher on air; tries until there is a worker that takes it."""
        while True:
            publisher = Publisher(
                Replay(packets_of(SOAK_CODEC)), SOAK_CODEC, self._send, extensions=True
            )
            ours, door = new_credentials(), Whep(self._http, self._url, ROOM)
            streams, number = publisher.streams, next(self._numbers)
            ssrcs = streams["audio"].ssrc, streams["video"].ssrc, secrets.randbelow(1 << 31)
            try:
                remote = await door.publish(ours, fingerprint(self._certificate), SOAK_CODEC, ssrcs)
                member = Member(self._certificate, ours, remote, self._crowd.sender(number))
                self._crowd.add(number, member)
                await member.connect(within=BACK_WITHIN)
            except (ConnectError, ClientError):
                self.counts["publisher_refused"] += 1
                await asyncio.sleep(0.1)
                continue
            self._publisher = member
            publisher.start()
            self._crowd.publisher = publisher
            self._crowd.publisher_number = number
            return

    def _send(self, packet: bytes, kind: Kind, is_rtcp: bool) -> None:  # noqa: ARG002, FBT001
        protected = self._publisher.protect(packet, rtcp=is_rtcp)
        if is_rtcp or secrets.randbelow(1000) >= LOSS * 1000:
            self._publisher.transmit(protected)

    async def _churn(self) -> None:
        """Keep so many viewers there, each for a while."""
        async with asyncio.TaskGroup() as stays:
            for _ in range(self._options.viewers):
                stays.create_task(self._visit_again_and_again())

    async def _visit_again_and_again(self) -> None:
        while True:
            number = next(self._numbers)
            door = Whep(self._http, self._url, ROOM)
            member = await self._join(door, number)
            if member is None:
                await asyncio.sleep(0.1)
                continue
            until = monotonic() + STAY * (0.5 + secrets.randbelow(1000) / 1000)
            while monotonic() < until and self._joined_at[number][1] > self._killed_at:
                await asyncio.sleep(0.25)
                self._complain(number)
            await self._leave(door, number, member)

    async def _join(self, door: Whep, number: int) -> Member | None:
        ours = new_credentials()
        began, waited_before = monotonic(), self._waited()
        try:
            host = self._crowd.socket.address_of(number)
            remote = await door.watch(ours, fingerprint(self._certificate), host)
            member = Member(self._certificate, ours, remote, self._crowd.sender(number))
            self._crowd.add(number, member)
            await member.connect(within=BACK_WITHIN)
        except (ConnectError, ClientError) as error:
            self._crowd.members.pop(number, None)
            if began - self._killed_at < BACK_WITHIN or self._killed_at > began:
                self.counts["refused_after_a_kill"] += 1
            elif self._waited() - waited_before > STARVED:
                self.counts["starved"] += 1
            else:
                self.reasons.append(str(error))
                self.counts["failed"] += 1
            return None
        self._crowd.connected(number)
        self._joined_at[number] = door, monotonic()
        self.counts["joins"] += 1
        return member

    def _complain(self, number: int) -> None:
        """Count a viewer without media, unless it has just come or a worker was just killed."""
        now = monotonic()
        since = max(self._joined_at[number][1], float(self._crowd.heard[number]))
        if now - since > QUIET and now - self._killed_at > BACK_WITHIN + QUIET:
            self.counts["silent"] += 1

    async def _leave(self, door: Whep, number: int, member: Member) -> None:
        was_lost = self._joined_at.pop(number)[1] <= self._killed_at
        self._crowd.leave(number)
        if was_lost:
            self.counts["lost_with_a_worker"] += 1
        elif number % SILENT_LEAVE == 0:
            self.counts["vanished"] += 1
        else:
            self.counts["left"] += await door.leave(door.sessions[-1]) == 200
        await member.dtls.shut()

    async def _kill(self) -> None:
        """Kill the worker that works most, and publish anew."""
        while True:
            await asyncio.sleep(self._options.kill_every)
            workers = self._workers()
            busiest = max(workers, key=lambda each: sum(each.cpu_times()[:2]))
            busiest.send_signal(signal.SIGKILL)
            self.counts["kills"] += 1
            self._killed_at = monotonic()
            self._crowd.publisher = None
            await self._publish()
            self.counts["longest_without_publisher_ms"] = max(
                self.counts["longest_without_publisher_ms"],
                round((monotonic() - self._killed_at) * 1000),
            )

    def _waited(self) -> float:
        """Seconds that our processes have been without a core though they had something to do."""
        return waited((os.getpid(), self._control, *self._seen))

    def _workers(self) -> list[psutil.Process]:
        return psutil.Process(self._control).children()

    def _is_up(self, worker: psutil.Process) -> bool:
        """Whether it listens: before that it loads what it needs. Raises psutil.Error."""
        if worker.pid not in self._up and worker.net_connections("udp"):
            self._up.add(worker.pid)
        return worker.pid in self._up

    async def _sample(self) -> None:
        """Look at every process as often as makes some hundred samples, at most once a second."""
        every = max(0.5, self._options.minutes * 60 / 600)
        while True:
            workers = self._workers()
            self._seen = tuple(worker.pid for worker in workers)
            for process in (psutil.Process(self._control), *workers):
                is_control = process.pid == self._control
                kills = 0 if is_control else self.counts["kills"]
                name = "control" if is_control else f"worker {process.pid} after {kills} kills"
                try:
                    if not (is_control or self._is_up(process)):
                        continue
                    with process.oneshot():
                        sample = process.memory_info().rss, process.num_fds()
                except psutil.Error:  # it has just been killed
                    continue
                life = self._lives.setdefault((process.pid, kills), Life(name))
                life.samples.append((monotonic() - self._began, *sample))
            await asyncio.sleep(every)


def missed(result: dict[str, Any]) -> list[str]:
    """Which bars were missed."""
    found = [
        f"{slope['name']} grows: {slope['memory_kb_per_minute']} kB and "
        f"{slope['files_per_minute']} descriptors a minute"
        for slope in result["slopes"]
        if not slope["is_flat"]
    ]
    found += [f"{name}: {result[name]}" for name in ("failed", "silent") if result.get(name)]
    if not result.get("joins"):
        found.append("nobody joined")
    return found


async def soak(options: argparse.Namespace) -> dict[str, Any]:
    """Start the server, soak it, end it."""
    command = ("-m", "benchmarks.media.server", "--host", HOST, "--workers", "2")
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert server.stdout is not None
        up = json.loads(await server.stdout.readline())
        async with ClientSession(timeout=ClientTimeout(10)) as http:
            return await Soak(options, http).run(up["port"], up["process"])
    finally:
        server.terminate()
        await server.wait()


def main() -> int:
    """Soak, print one line, and answer the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--kill-every", type=float, default=360, help="seconds")
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
