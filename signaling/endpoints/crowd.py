"""How many connections one address may hold at once. Pure."""

from collections import Counter

from signaling.refusals import AddressFull


class Crowd:
    """Counts by address; as large as there are addresses with a connection."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Count one more connection.

        Raises:
            AddressFull: this address has as many as it may.
        """
        if self._count[address] >= self._most:
            raise AddressFull(limit=self._most)
        self._count[address] += 1

    def leave(self, address: str) -> None:
        """A connection has ended."""
        self._count[address] -= 1
        if not self._count[address]:
            del self._count[address]
