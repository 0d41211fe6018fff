"""A real Chromium beside a soak: what it saw, and what of that the machine is to blame for.

It publishes and watches on the worker of the room that it is told. Nothing of its media is lost on
purpose, so nothing may freeze, get lost or fail to decode, unless a thread had no core meanwhile:
of ours, of the server's or of the browser's.
"""

import asyncio
import json
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from benchmarks.media.servers import UNDER_WAY
from tests.net.stalls import waits

ROOT: Final = Path(__file__).resolve().parent.parent.parent
EVERY: Final = 1.0  # seconds between two looks
STARVED: Final = 0.3  # of them without a core; Chromium calls a picture frozen that is 0.15 s late
ENDS_IN: Final = 20.0
ALARMS: Final = ("freezeCount", "pliCount", "packetsLost")


class Spectator:
    """One browser."""

    def __init__(self, url: str, room: str) -> None:
        self._line = ("--url", url, "--room", f"{room}~canary", "--every", str(EVERY))
        self._seen: Counter[str] = Counter()
        self._blamed: Counter[str] = Counter()  # on the machine
        self._starved = True, True  # in the look before the last one, and in the last
        self._looks = 0
        self._waits: dict[str, float] = {}

    async def run(self) -> None:
        """Until it is cancelled."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.media.canary", *self._line),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                if line.startswith(b"{"):
                    await self._look(json.loads(line))
            raise RuntimeError("the canary has ended")
        finally:
            process.stdin.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), ENDS_IN)
            if process.returncode is None:
                process.kill()

    async def _look(self, counted: dict[str, int]) -> None:
        """A freeze is counted when it is over, which may be in the next look."""
        self._starved = self._starved[1], await self._is_starved()
        new = Counter(counted) - self._seen
        if any(self._starved):
            self._blamed += Counter({name: new[name] for name in ALARMS})
        self._seen = Counter(counted)
        self._looks += 1

    async def _is_starved(self) -> bool:
        before, self._waits = self._waits, await asyncio.to_thread(waits)
        waited = (now - before.get(thread, now) for thread, now in self._waits.items())
        return max(waited, default=0.0) > STARVED

    def told(self) -> dict[str, Any]:
        """What it counted, and how much of that while a thread had no core."""
        return {**self._seen, "looks": self._looks, "while_starved": dict(self._blamed)}


def complaints(told: dict[str, Any]) -> list[str]:
    """What it saw that nothing excuses."""
    if not told.get("framesDecoded"):
        return ["the canary saw nothing"]
    counts = {name: told.get(name, 0) - told["while_starved"].get(name, 0) for name in ALARMS}
    found = [f"the canary counts {count} of {name}" for name, count in counts.items() if count]
    undecoded = told["framesReceived"] - told["framesDecoded"] - told.get("framesDropped", 0)
    if undecoded > UNDER_WAY:
        found.append(f"the canary did not decode {undecoded} frames")
    return found
