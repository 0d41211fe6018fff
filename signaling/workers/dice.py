"""Random numbers that nobody can guess, of bytes that are asked of the system many at a time."""

import secrets
from typing import Final

FETCHED: Final = 4096  # bytes at once; a viewer's sections begin with ten numbers
WIDTH: Final = 8  # bytes of a number; limits are of four at most, so none is the likelier


class Dice:
    """Hands out what it has fetched, each byte once."""

    def __init__(self) -> None:
        self._fetched = b""
        self._place = 0

    def below(self, limit: int) -> int:
        """A number from 0 to below the limit."""
        if self._place >= len(self._fetched):
            self._fetched, self._place = secrets.token_bytes(FETCHED), 0
        place, self._place = self._place, self._place + WIDTH
        return int.from_bytes(self._fetched[place : place + WIDTH], "big") % limit
