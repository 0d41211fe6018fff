"""Whether a link carries not even the sound and the smallest pictures: only then do these go."""

from datetime import timedelta
from typing import Final

FULL: Final = 0.15  # excess loss above which a link is full
HOPELESS: Final = 0.5  # of the least arrives: two reports of that, and the sound is breaking
STARVED: Final = timedelta(seconds=2)  # for so long the least did not get through


class Shortage:
    """How long it has lasted; one key frame that overflows a short queue is none."""

    def __init__(self) -> None:
        self._since: timedelta | None = None
        self._hopeless = 0  # reports in a row

    def note(self, excess: float, arrived: int, least: int, now: timedelta) -> bool:
        """Take the excess loss of a report and what arrived, bits per second; is it short?"""
        if excess <= FULL or arrived >= least:
            self._since, self._hopeless = None, 0
            return False
        self._since = self._since or now
        self._hopeless = self._hopeless + 1 if arrived < HOPELESS * least else 0
        return self._hopeless > 1 or now - self._since > STARVED
