"""Whether the machine stalled while a story of links was told, which may be told three times.

The relay, the worker and a browser that is both ends of a call share the cores of one machine with
whatever else runs there. A relay that wakes up late is no such link, and an end without a core
hears nothing in time: then the story says nothing about us. Whatever else goes wrong is our own, or
chance: one fall in fifteen loses more than others. So each try says which it was.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

LATE: Final = 0.1  # seconds: as long as a link's whole queue
STARVED: Final = 0.6  # of the time between two looks that a thread was ready to run and had no core
OFTEN: Final = 0.01  # seconds between two looks at the loop
SELDOM: Final = 0.5  # between two at the threads; less and a single turn of another thread counts
TRIES: Final = 3
MOST_SAID: Final = 5  # reasons of one try
NICE_AT: Final = 16  # of the fields of stat behind the name (proc(5))


class Stalls:
    """What was the matter with the machine, and how near to it the rest was."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.latest = 0.0  # seconds that the loop woke up late
        self.hungriest = 0.0  # share of time that some thread had no core

    def __str__(self) -> str:
        return (
            f"loop at most {self.latest:.3f} s late, a thread at most {self.hungriest:.0%} hungry"
        )

    async def watch_loop(self) -> None:
        """Notice when the relay, which lives in this loop, wakes up late."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + OFTEN
            await asyncio.sleep(OFTEN)
            late = loop.time() - due
            self.latest = max(self.latest, late)
            if late > LATE:
                self.reasons.append(f"the relay woke up {late:.3f} s late")

    async def watch_threads(self) -> None:
        """Notice when a thread of ours, the worker's or the browser's gets no core."""
        loop = asyncio.get_running_loop()
        before, at = await asyncio.to_thread(waits), loop.time()
        while True:
            await asyncio.sleep(SELDOM)
            found, now = await asyncio.to_thread(waits), loop.time()
            for thread, waited in found.items():
                share = (waited - before.get(thread, waited)) / (now - at)
                self.hungriest = max(self.hungriest, share)
                if share > STARVED:
                    self.reasons.append(f"{thread} had no core for {share:.0%} of {now - at:.1f} s")
            before, at = found, now


def waits() -> dict[str, float]:
    """Every thread of ours, and the seconds that it was ready to run and had no core.

    Linux tells that (schedstat); elsewhere there is nothing to tell. Threads that ask to come last
    are left out: theirs is no work that a call waits for.
    """
    found = {}
    me = psutil.Process(os.getpid())
    for process in (me, *me.children(recursive=True)):
        for task in Path(f"/proc/{process.pid}/task").glob("*"):
            with suppress(OSError):  # it has just ended
                fields = (task / "stat").read_text("ascii", "replace").rpartition(") ")[2].split()
                if int(fields[NICE_AT]) <= 0:
                    name = (task / "comm").read_text("ascii", "replace").strip()
                    waited = int((task / "schedstat").read_text("ascii").split()[1])
                    found[f"{name} ({task.name})"] = waited / 1e9
    return found


async def within_tries(story: Callable[[], Awaitable[None]], say: Callable[[str], object]) -> None:
    """Tell a story, and again if it went wrong; say whether the machine stalled meanwhile."""
    for number in range(1, TRIES + 1):
        stalls = Stalls()
        failure = await _failure_of(story, stalls)
        if failure is None:
            say(f"try {number} went well: {stalls}")
            return
        reasons = "; ".join(stalls.reasons[:MOST_SAID]) or "the machine did not stall"
        say(f"try {number} failed: {failure}\n{reasons}; {stalls}")
        if number == TRIES:
            raise failure


async def _failure_of(
    story: Callable[[], Awaitable[None]], stalls: Stalls
) -> AssertionError | None:
    async with asyncio.TaskGroup() as group:
        looking = [group.create_task(look()) for look in (stalls.watch_loop, stalls.watch_threads)]
        try:
            await story()
        except AssertionError as failure:
            await asyncio.sleep(2 * OFTEN)  # what has just been the matter is noticed yet
            return failure
        finally:
            for task in looking:
                task.cancel()
    return None
