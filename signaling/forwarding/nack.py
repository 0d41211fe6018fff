"""Which packets to ask a publisher for again, and when (RFC 4585 §6.2.1)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

RETRY_AFTER: Final = timedelta(milliseconds=100)  # a round trip on a poor mobile link
MOST_TRIES: Final = 10  # after a second the picture is helped by a key frame only
MOST_MISSING: Final = 256  # a longer gap is an outage, not a loss


@dataclass(frozen=True, slots=True)
class Missing:
    """One number that has not come: how often we asked, and when last."""

    tries: int
    asked_at: timedelta | None


class NackGenerator:
    """The numbers of one stream that are missing; asked at the next tick, then repeated."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._missing: dict[int, Missing] = {}
        self._gave_up = False  # since the newest packet came

    def received(self, sequence: int) -> bool:
        """Note an extended number; False when something before it will not be repaired any more."""
        if self._highest is None:
            self._highest = sequence
            return True
        if sequence <= self._highest:
            self._missing.pop(sequence, None)
            return True
        gap = range(self._highest + 1, sequence)
        self._highest = sequence
        if len(gap) + len(self._missing) > MOST_MISSING:
            self._missing.clear()
            return False
        self._missing.update(dict.fromkeys(gap, Missing(0, None)))
        gave_up, self._gave_up = self._gave_up, False
        return not gave_up

    @property
    def lacks(self) -> bool:
        """Whether any number is missing."""
        return bool(self._missing)

    def is_missing(self, sequence: int) -> bool:
        """Whether an extended number has not come and is not given up."""
        return sequence in self._missing

    def due(self, now: timedelta) -> tuple[int, ...]:
        """The extended numbers to ask for now, ascending."""
        due = [
            number
            for number, missing in self._missing.items()
            if missing.asked_at is None or now - missing.asked_at >= RETRY_AFTER
        ]
        for number in due:
            tries = self._missing[number].tries + 1
            if tries > MOST_TRIES:
                del self._missing[number]
                self._gave_up = True
            else:
                self._missing[number] = Missing(tries, now)
        return tuple(number for number in due if number in self._missing)
