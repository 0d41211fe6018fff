"""When every viewer of a simulcast gets its best layer: before that figures tell nothing."""

import asyncio
from time import monotonic
from typing import Final

import numpy as np

from benchmarks.media.crowd import Crowd
from benchmarks.media.publisher import Publisher

LOOK_EVERY: Final = 1.0  # seconds
WITHIN: Final = 90.0  # seconds; each viewer's link is looked at in steps of half a second
MOST: Final = 0.9  # of a second's packets of the best layer: who gets them is there
# Our server looks at a viewer less often once his link has not changed for ten seconds (ADR 38)
LEFT_IN_PEACE: Final = 13.0


class LayerError(RuntimeError):
    """Some viewers do not get the best layer; the message says how many do."""


async def all_see_the_best(crowd: Crowd, viewers: int, lasting: float, *, ask: bool) -> float:
    """Wait until all have for so many seconds; returns after how many they all did.

    `ask`: for key frames, where the server does not.

    Raises:
        LayerError: some do not.
    """
    publisher = crowd.publisher
    assert publisher is not None
    began = since = monotonic()
    there = 0
    while (now := monotonic()) - began < WITHIN:
        if there == viewers and now - since >= lasting:
            return since - began
        if there < viewers:
            since = now
            if ask:
                publisher.want_key_frame()
        first, place = publisher.sent, len(crowd.tally.numbers)
        await asyncio.sleep(LOOK_EVERY)
        there = seeing(crowd, publisher, first, place)
    raise LayerError(f"after {WITHIN:.0f} s only {there} of {viewers} get the best layer")


def seeing(crowd: Crowd, publisher: Publisher, first: int, place: int) -> int:
    """How many viewers got the best layer since that packet, which was noted in that place."""
    tally, last = crowd.tally, publisher.sent
    wanted = int(publisher.is_picture[first:last].sum())
    if not wanted or len(tally.numbers) == place:
        return 0
    numbers = np.concatenate(tally.numbers[place:])
    members = np.concatenate(tally.members[place:])
    counts = np.bincount(members[(numbers >= first) & publisher.is_picture[numbers]])
    return int((counts >= MOST * wanted).sum())
