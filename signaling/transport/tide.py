"""How much comes in: above some rate, looking at intervals costs less than waking each time."""

from typing import Final

WINDOW: Final = 0.05  # seconds
HIGH: Final = 30  # datagrams in a window: 600 a second, the reports of some hundred viewers
LOW: Final = 15


class Tide:
    """Counts datagrams by window; `now` in seconds of any one clock."""

    def __init__(self) -> None:
        self.is_high = False
        self._since = 0.0
        self._count = 0

    def came(self, count: int, now: float) -> None:
        """Note what was read."""
        self._count += count
        if now - self._since < WINDOW:
            return
        share = (now - self._since) / WINDOW
        self.is_high = self._count >= share * (LOW if self.is_high else HIGH)
        self._since, self._count = now, 0
