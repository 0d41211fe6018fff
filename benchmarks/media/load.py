"""The load, a process of its own: one publisher, many viewers, and what they counted.

    python -m benchmarks.media.load --url http://10.77.0.1:8080 --viewers 200 --tree 4711

Prints one JSON line.
"""

import argparse
import asyncio
import json
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

import numpy as np
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from benchmarks.media.crowd import Crowd
from benchmarks.media.doors import Door, Janus, Whep
from benchmarks.media.member import ConnectError, Member, new_credentials
from benchmarks.media.network import SERVER
from benchmarks.media.publisher import Publisher
from benchmarks.media.replay import Replay, codec_of, packets_of, seen_in
from benchmarks.media.tree import usage
from benchmarks.media.viewer_reports import Reports
from benchmarks.media.warming import LEFT_IN_PEACE, all_see_the_best
from signaling.transport.dtls import fingerprint, make_certificate

ATTEMPTS = 3  # to join
AT_ONCE = 8  # joins under way at the same time
SETTLE = 1.0  # seconds from the last join until figures count
STRAGGLE = 0.5  # seconds for what was sent last
# RTCP goes to nobody
JANUS_PORTS = {"audio": 10002, "video": 10004, "q": 10004, "h": 10006, "f": 10008}


@dataclass
class Load:
    """One run against one server."""

    options: argparse.Namespace
    crowd: Crowd = field(default_factory=Crowd)
    repeated: int = 0  # joins that had to be tried again
    certificate: Any = field(default_factory=make_certificate)

    async def run(self, http: ClientSession) -> dict[str, Any]:
        """Join, measure, count."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.crowd.run())
            tasks.create_task(self.crowd.renew_consent())
            try:
                door = await self._publish(http)
                began = perf_counter()
                viewers = await self._join(door)
                joined = perf_counter() - began
                result = await self._measure(viewers)
            finally:
                self.crowd.stop()
        return {**result, "join_seconds": round(joined, 2), "joins_repeated": self.repeated}

    @property
    def codec(self) -> str:
        """What the publisher sends."""
        return codec_of(self.options.traffic)

    async def _publish(self, http: ClientSession) -> Door:
        options, codec = self.options, self.codec
        replay = Replay(packets_of(options.traffic))
        if options.peer == "janus":
            publisher = Publisher(replay, codec, plain_sender(), extensions=False)
            self._begin(publisher)
            return Janus(http, options.url)
        whep = Whep(http, options.url, options.room)
        publisher = Publisher(replay, codec, self._send_as_member, extensions=True)
        ours, streams, rids = new_credentials(), publisher.streams, publisher.rids
        ssrcs = None
        if not rids:
            ssrcs = streams["audio"].ssrc, streams["video"].ssrc, secrets.randbelow(1 << 31)
        remote = await whep.publish(ours, fingerprint(self.certificate), codec, ssrcs, rids)
        member = Member(self.certificate, ours, remote, self.crowd.sender(0))
        self.crowd.add(0, member)
        await member.connect()
        self._begin(publisher)
        return whep

    def _begin(self, publisher: Publisher) -> None:
        publisher.start()
        self.crowd.publisher = publisher

    def _send_as_member(self, packet: bytes, source: str, is_rtcp: bool) -> None:  # noqa: ARG002, FBT001
        member = self.crowd.members[0]
        member.transmit(member.protect(packet, rtcp=is_rtcp))

    async def _join(self, door: Door) -> list[Member]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def join(number: int) -> Member:
            async with turn:
                for attempt in range(ATTEMPTS):
                    ours = new_credentials()
                    host = self.crowd.socket.address_of(number)
                    remote = await door.watch(ours, fingerprint(self.certificate), host)
                    send = self.crowd.sender(number)
                    patient = isinstance(door, Janus)
                    member = Member(self.certificate, ours, remote, send, patient=patient)
                    self.crowd.add(number, member)
                    try:
                        await member.connect()
                    except ConnectError:  # a machine that is too busy; counted, not hidden
                        self.repeated += 1
                        if attempt + 1 == ATTEMPTS:
                            raise
                    else:
                        break
                self.crowd.connected(number)
                return member

        return list(await asyncio.gather(*(join(n + 1) for n in range(self.options.viewers))))

    async def _measure(self, viewers: list[Member]) -> dict[str, Any]:
        crowd, publisher = self.crowd, self.crowd.publisher
        assert publisher is not None
        crowd.looked_at = self.options.looked_at
        crowd.reports = Reports(viewers, seen_in(self.options.traffic), rate=publisher.rate)
        warm = await self._warm_up(viewers)
        reports = crowd.reports.sent
        first, requests = publisher.sent, crowd.key_frame_requests
        before, own, began = self._usage(), process_time(), perf_counter()
        await asyncio.sleep(self.options.seconds)
        last = publisher.sent
        after, own_after, seconds = self._usage(), process_time(), perf_counter() - began
        await asyncio.sleep(STRAGGLE)
        tally = crowd.tally
        numbers, delays = np.concatenate(tally.numbers), np.concatenate(tally.delays)
        inside = (numbers >= first) & (numbers < last)
        whose = np.bincount(np.concatenate(tally.members)[inside], minlength=len(viewers) + 1)
        whose = whose[self.options.looked_at :: self.options.looked_at]
        wanted = (last - first) * len(whose)
        share = int(inside.sum()) / wanted
        received = round(share * (last - first) * len(viewers))
        user, system = after[0] - before[0], after[1] - before[1]
        return {
            "viewers": len(viewers),
            **warm,
            "seconds": round(seconds, 2),
            "packets_sent": last - first,
            "packets_received": received,
            "viewers_looked_at": len(whose),
            "received_share": round(share, 5),
            "poorest_viewer": round(int(whose.min()) / (last - first), 5),
            "not_decrypted": tally.failed,
            "server_user": round(user, 3),
            "server_system": round(system, 3),
            "microseconds_per_packet": round((user + system) / received * 1e6, 2),
            "core_in_use": round((user + system) / seconds, 3),
            "viewers_per_core": int(len(viewers) * seconds / (user + system)),
            "load_microseconds_per_packet": round((own_after - own) / received * 1e6, 2),
            "viewer_reports": crowd.reports.sent - reports,
            "key_frames_asked": crowd.key_frame_requests - requests,
            "delay_ms": percentiles(delays[inside]),
            "first_out_ms": percentiles(firsts(numbers[inside], delays[inside])),
        }

    async def _warm_up(self, viewers: list[Member]) -> dict[str, float]:
        """Until what viewers get is what they will go on to get."""
        publisher, looked_at = self.crowd.publisher, self.options.looked_at
        if publisher is None or not publisher.rids:
            await asyncio.sleep(SETTLE)
            return {}
        is_janus = self.options.peer == "janus"
        lasting = SETTLE if is_janus else LEFT_IN_PEACE
        seeing = len(viewers) // looked_at
        took = await all_see_the_best(self.crowd, seeing, lasting, ask=is_janus)
        return {"best_layer_after_seconds": round(took, 1)}

    def _usage(self) -> tuple[float, float]:
        spent = [self._usage_of(process) for process in self.options.tree]
        return sum(user for user, _ in spent), sum(system for _, system in spent)

    def _usage_of(self, process: int) -> tuple[float, float]:
        spent = usage(process)
        return spent.user, spent.system


def plain_sender() -> Callable[[bytes, str, bool], None]:
    """Sends RTP to the ports of the Janus mountpoint."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(packet: bytes, source: str, is_rtcp: bool) -> None:  # noqa: FBT001
        if not is_rtcp:
            sock.sendto(packet, (SERVER, JANUS_PORTS[source]))

    return send


def firsts(numbers: Any, delays: Any) -> Any:
    """For each packet the delay of its first copy."""
    order = np.lexsort((delays, numbers))
    _, index = np.unique(numbers[order], return_index=True)
    return delays[order][index]


def percentiles(nanoseconds: Any) -> dict[str, float]:
    """p50 and p99 in milliseconds."""
    middle, late = np.percentile(nanoseconds, (50, 99)) / 1e6
    return {"p50": round(float(middle), 3), "p99": round(float(late), 3)}


async def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--peer", choices=("ours", "janus"), default="ours")
    parser.add_argument("--room", default="load")
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--looked-at", type=int, default=1, help="decrypt for one in so many")
    parser.add_argument("--traffic", default="equal")
    parser.add_argument("--tree", type=int, action="append", default=[], help="whose CPU counts")
    load = Load(parser.parse_args())
    # a connection a request: aiohttp keeps some alive that the server may just have closed
    connector = TCPConnector(limit=AT_ONCE * 2)
    async with ClientSession(connector=connector, timeout=ClientTimeout(30)) as http:
        print(json.dumps(await load.run(http)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
