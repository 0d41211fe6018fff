"""What a perfect server of one core would do with a traffic: the least delay that there can be.

It takes packets as they come, is never idle while one waits, needs the same time for each, and lets
its copies leave evenly over that time. What is left is waiting for what came before, in bursts.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.media.replay import Packet

COPIES: Final = 200  # of each packet, as points at which delays are looked at
FRAME: Final = 33_333  # microseconds from the last frame of a replay to its first one again
STEPS: Final = 1000  # of a core: how finely its use is told


def delays(arrivals: Sequence[int], period: int, use: float, copies: int = COPIES) -> list[float]:
    """Milliseconds that each copy takes; arrivals in microseconds of a period that begins anew.

    `use`: the share of the time that the core works.
    """
    service = use * period / len(arrivals)
    copy = service * np.arange(1, copies + 1) / copies
    found: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    free = 0.0
    for turn in range(2):  # what waits at the end of the first one counts in the second
        for arrival in sorted(arrivals):
            at = arrival + turn * period
            begins = max(at, free)
            free = begins + service
            if turn:
                found.append(begins - at + copy)
    return [float(delay) / 1000 for delay in np.concatenate(found)]


def perfect(packets: Sequence[Packet], use: float) -> dict[str, float]:
    """p50 and p99 of its delays in milliseconds."""
    return {"p50": round(_late(packets, use, 50), 1), "p99": round(_late(packets, use, 99), 1)}


def most_use(packets: Sequence[Packet], aim: float) -> float:
    """The highest use of a core at which its p99 is below so many milliseconds; 0: there is none.

    Waiting only grows with the use, so halves of what is left are tried.
    """
    low, high = 0, STEPS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _late(packets, middle / STEPS, 99) < aim else (low, middle)
    return low / STEPS


def _late(packets: Sequence[Packet], use: float, share: float) -> float:
    arrivals = [packet.at for packet in packets]
    return float(np.percentile(delays(arrivals, arrivals[-1] + FRAME, use), share))
