"""The load of join.py: viewers join one after another while media flows, and wait for a picture.

    python -m benchmarks.media.joining --url http://10.77.0.1:8080 --tree 4711 --tree 4710

Prints one JSON line.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import CLOCK_REALTIME, clock_gettime
from typing import Any, Final

import numpy as np
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from benchmarks.media.doors import Door
from benchmarks.media.load import SETTLE, Load
from benchmarks.media.member import Member, new_credentials
from benchmarks.media.network import pinned
from signaling.transport.dtls import fingerprint

ROOT: Final = Path(__file__).resolve().parent.parent.parent
RUSH: Final = 100  # viewers who all come within a second
APART: Final = 0.009  # seconds from one of them to the next
STEADY: Final = 4.0  # seconds that tell what forwarding alone costs, to few and to all
FEW: Final = 8  # viewers who are there before the rush; for fewer packets go another way
WAIT: Final = 1.0  # seconds for the last picture


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of time took: CPU seconds, packets of the publisher, packets of viewers."""

    all: float
    worker: float
    sent: int
    delivered: int

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(
            self.all - before.all,
            self.worker - before.worker,
            self.sent - before.sent,
            self.delivered - before.delivered,
        )


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What forwarding alone costs: CPU seconds for a packet that comes, and for each that leaves.

    The first is the same for few viewers and for many, so two stretches without joins tell both.
    """

    coming: float
    leaving: float

    @classmethod
    def of(cls, few: Spent, many: Spent) -> "Forwarding":
        """The two costs that explain both stretches."""
        determinant = few.sent * many.delivered - many.sent * few.delivered
        return cls(
            (few.worker * many.delivered - many.worker * few.delivered) / determinant,
            (few.sent * many.worker - many.sent * few.worker) / determinant,
        )

    def cost(self, stretch: Spent) -> float:
        """CPU seconds of the forwarding in a stretch."""
        return self.coming * stretch.sent + self.leaving * stretch.delivered


@dataclass
class Joins(Load):
    """Everybody joins on time, however long the others take."""

    began_at: dict[int, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    async def run(self, http: ClientSession) -> dict[str, Any]:
        """A few, then a rush, then the rest; and a while without joins before and after."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.crowd.run())
            tasks.create_task(self.crowd.renew_consent())
            try:
                door = await self._publish(http)
                await asyncio.sleep(SETTLE)
                return await self._joined(door)
            finally:
                self.crowd.stop()

    async def _joined(self, door: Door) -> dict[str, Any]:
        crowd, total = self.crowd, self.options.viewers
        await self._rush(door, range(total + 1, total + FEW + 1))
        await asyncio.sleep(SETTLE)
        few = await self._steady()
        before, asked = self._spent(), crowd.key_frame_requests
        rush = min(RUSH, total)
        seconds = await self._rush(door, range(1, rush + 1))
        asked_in_rush = crowd.key_frame_requests - asked
        await self._rush(door, range(rush + 1, total + 1))
        await asyncio.sleep(WAIT)
        spent = self._spent() - before
        forwarding = Forwarding.of(few, await self._steady())
        handshake = await self._bare_handshake()
        waits = self._waits(range(1, total + 1))
        return {
            "viewers": total,
            "joined": len(waits),
            "failed": self.failed[:3],
            "rush_seconds": round(seconds, 2),
            "key_frames_asked_in_rush": asked_in_rush,
            "key_frames_asked": crowd.key_frame_requests - asked,
            "server_cpu_seconds": {"all": round(spent.all, 2), "worker": round(spent.worker, 2)},
            "forwarding_cpu_seconds": round(forwarding.cost(spent), 3),
            "forwarding_microseconds": {
                "a_packet_that_comes": round(forwarding.coming * 1e6, 1),
                "a_packet_that_leaves": round(forwarding.leaving * 1e6, 2),
            },
            "cpu_ms_per_join": round((spent.all - forwarding.cost(spent)) / total * 1000, 3),
            "cpu_ms_per_join_with_media": round(spent.all / total * 1000, 3),
            "bare_handshake_both_sides_ms": handshake,
            "first_frame_ms": {
                "p50": round(float(np.percentile(waits, 50)), 1),
                "p95": round(float(np.percentile(waits, 95)), 1),
            },
        }

    async def _bare_handshake(self) -> float:
        """What one costs on the server's core while media flows to all, in CPU milliseconds."""
        line = (sys.executable, "-m", "benchmarks.media.bare_handshakes")
        process = await asyncio.create_subprocess_exec(
            *pinned(self.options.core), *line, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
        return float(json.loads(printed)["both_sides_ms"])

    async def _steady(self) -> Spent:
        """What a while without joins takes."""
        before = self._spent()
        await asyncio.sleep(STEADY)
        return self._spent() - before

    def _spent(self) -> Spent:
        everything, worker = (sum(self._usage_of(process)) for process in self.options.tree)
        publisher = self.crowd.publisher
        assert publisher is not None
        return Spent(everything, worker, publisher.sent, self.crowd.tally.decrypted)

    async def _rush(self, door: Door, numbers: range) -> float:
        """They join in step; returns how long it took until the last one was connected."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def join(number: int) -> None:
            await asyncio.sleep((number - numbers.start) * APART)
            self.began_at[number] = clock_gettime(CLOCK_REALTIME)
            ours = new_credentials()
            try:
                print_ = fingerprint(self.certificate)
                remote = await door.watch(ours, print_, self.crowd.socket.address_of(number))
                member = Member(self.certificate, ours, remote, self.crowd.sender(number))
                self.crowd.add(number, member)
                await member.connect()
            except Exception as error:  # noqa: BLE001  counted and shown
                self.failed.append(str(error))
                return
            self.crowd.connected(number)

        await asyncio.gather(*map(join, numbers))
        return loop.time() - began

    def _waits(self, wanted: range) -> list[float]:
        """For each with a picture: milliseconds from its POST to a whole key frame."""
        publisher, tally = self.crowd.publisher, self.crowd.tally
        assert publisher is not None
        numbers, members = np.concatenate(tally.numbers), np.concatenate(tally.members)
        arrived = publisher.times[numbers] + np.concatenate(tally.delays)
        frames = publisher.frames[numbers]  # 0 where the packet is of no key frame
        sizes = np.bincount(publisher.frames[: publisher.sent])
        waits = []
        for number in wanted:
            began = self.began_at[number]
            mine = (members == number) & (frames > 0)
            got, times = frames[mine], arrived[mine]
            counts = np.bincount(got, minlength=len(sizes))
            whole = np.flatnonzero((counts >= sizes) & (counts > 0))
            if len(whole):
                first = min(times[got == frame].max() for frame in whole)
                waits.append(float(first / 1e6 - began * 1e3))
        return waits


async def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--peer", default="ours")
    parser.add_argument("--room", default="load")
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--traffic", default="vp8")
    parser.add_argument(
        "--tree", type=int, action="append", default=[], help="the whole, then its worker"
    )
    parser.add_argument("--core", type=int, required=True, help="the server's")
    joins = Joins(parser.parse_args())
    connector = TCPConnector(limit=0)
    async with ClientSession(connector=connector, timeout=ClientTimeout(30)) as http:
        print(json.dumps(await joins.run(http)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
