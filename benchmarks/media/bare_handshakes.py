"""What a DTLS handshake of bare aiortc costs: both sides in this process, nothing else.

    python -m benchmarks.media.bare_handshakes [--rounds 100]

Prints the CPU milliseconds of one handshake, both sides together.
"""

import argparse
import asyncio
import json
from time import process_time
from typing import Any, cast

from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport


class Pipe:
    """One direction of a wire in memory, as aiortc wants its ICE transport."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.other: Pipe = self

    async def _recv(self) -> bytes:
        return await self.inbox.get()

    async def _send(self, data: bytes) -> None:
        self.other.inbox.put_nowait(data)


async def handshake(certificates: tuple[RTCCertificate, RTCCertificate]) -> None:
    """One handshake of two transports; each certificate is as old as its process."""
    pipes = Pipe("controlling"), Pipe("controlled")
    pipes[0].other, pipes[1].other = pipes[1], pipes[0]
    sides = [
        RTCDtlsTransport(cast("Any", pipe), [certificate])
        for pipe, certificate in zip(pipes, certificates, strict=True)
    ]
    first, second = sides
    await asyncio.gather(
        first.start(second.getLocalParameters()), second.start(first.getLocalParameters())
    )
    if {side.state for side in sides} != {"connected"}:
        raise RuntimeError("a bare handshake failed")
    tasks = [side._task for side in sides if side._task is not None]  # noqa: SLF001  aiortc's own
    await asyncio.gather(*(side.stop() for side in sides))
    await asyncio.wait(tasks)


async def measured(rounds: int) -> float:
    """CPU milliseconds of one handshake, after ten that warm up."""
    certificates = RTCCertificate.generateCertificate(), RTCCertificate.generateCertificate()
    for _ in range(10):
        await handshake(certificates)
    began = process_time()
    for _ in range(rounds):
        await handshake(certificates)
    return (process_time() - began) / rounds * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    found = asyncio.run(measured(parser.parse_args().rounds))
    print(json.dumps({"both_sides_ms": round(found, 3)}))


if __name__ == "__main__":
    main()
