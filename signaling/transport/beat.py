"""One beat for all that recurs: what is due at the same time is done in one turn of the loop.

A turn after a pause costs a tenth of a millisecond, since nothing is in a cache any more, and there
may be hundreds in a second.
"""

from typing import Final

BEAT: Final = 0.005  # seconds; browsers send the packets of a frame in bursts at this distance
SOON: Final = BEAT / 10  # what is nearer than that has come


def next_beat(now: float, every: int = 1) -> float:
    """When the next beat comes, or of every so many the next; in seconds of a monotonic clock."""
    step = BEAT * every
    return ((now + SOON) // step + 1) * step
