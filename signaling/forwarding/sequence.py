"""Sequence numbers: 16 bits on the wire, unbounded inside, gapless on the way out."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

MODULUS: Final = 1 << 16
HALF: Final = 1 << 15
MOST_DROPOUT: Final = 3000  # numbers ahead that are still an outage (RFC 3550 appendix A.1)
MOST_MISORDER: Final = 100  # numbers behind that are still late (RFC 3550 appendix A.1)
MOST_REPAIRED: Final = 1024  # numbers behind that may be late if they were missed
MOST_BREAKS: Final = 2048  # drops and additions remembered; older late packets are not forwarded
MOST_SPARES: Final = 32  # gaps that may still be filled; what was spared in older ones stays lost


class Unwrapper:
    """Extends 16-bit numbers of one stream so that they never wrap (RFC 3550 appendix A.1)."""

    def __init__(self) -> None:
        self.highest: int | None = None

    def unwrap(self, sequence: int) -> int:
        """The extended number nearest to the highest one seen so far."""
        if self.highest is None:
            self.highest = sequence + MODULUS  # a late packet before the first stays positive
            return self.highest
        extended = nearest(sequence, self.highest)
        self.highest = max(self.highest, extended)
        return extended


def nearest(number: int, reference: int, modulus: int = MODULUS) -> int:
    """The extended number that is this one modulo 2^16 (or so) and nearest to the reference."""
    half = modulus // 2
    return reference + (number - reference + half) % modulus - half


class Place(Enum):
    """Where a number belongs."""

    STREAM = auto()  # near the others
    NOWHERE = auto()  # far from all others
    ANEW = auto()  # far from all others but right after the last one that was: a new beginning


class Places:
    """Tells a source that counts anew from packets that are late (RFC 3550 appendix A.1)."""

    def __init__(self) -> None:
        self._expected = -1  # from a source that began anew

    def of(self, sequence: int, *, is_near: bool) -> Place:
        """Where the next 16-bit number belongs, which is near what came before it or is not."""
        if is_near:
            self._expected = -1
            return Place.STREAM
        is_second, self._expected = sequence == self._expected, (sequence + 1) % MODULUS
        return Place.ANEW if is_second else Place.NOWHERE


def is_near(sequence: int, highest: int | None) -> bool:
    """Whether a 16-bit number is late or follows after an outage, at most."""
    ahead = 0 if highest is None else (sequence - highest) % MODULUS
    return not MOST_DROPOUT <= ahead <= MODULUS - MOST_REPAIRED


@dataclass(slots=True)
class Spare:
    """One number more than a gap needs: it goes before one of these, by what comes late."""

    low: int
    high: int  # from here on the numbers are shifted
    frame: int  # timestamp of the picture before the gap, whose last packets may be missing too


class SequenceMap:
    """Maps the numbers of one source to gapless ones.

    A number that is dropped on purpose leaves no gap, one that is added shifts all that follow;
    one that is lost keeps its place, so a late or repaired packet still gets the number that the
    viewer misses. Where something may have to be added among late packets, a number is spared
    before the first one that overtakes them. Numbers before the first one of the current source
    have no image.
    """

    def __init__(self, first: int) -> None:
        self._next_out = first  # extended number that a new source starts with
        self._starts: list[int] = []  # extended numbers from which a shift holds, ascending
        self._shifts: list[int] = []
        self._dropped: set[int] = set()
        self._spares: deque[Spare] = deque(maxlen=MOST_SPARES)
        self._highest = -1

    @property
    def next(self) -> int:
        """The extended outgoing number after the highest one given out."""
        return self._next_out

    def enter(self, sequence: int) -> None:
        """Let a source begin at this number, right after what went out before."""
        self._starts = [sequence]
        self._shifts = [self._next_out - sequence]
        self._dropped = set()
        self._spares.clear()
        self._highest = sequence - 1

    def map(self, sequence: int) -> int | None:
        """The outgoing extended number of a packet, or None when it must not go out."""
        outgoing = self._image(sequence)
        if outgoing is not None and sequence > self._highest:
            self._highest = sequence
            self._next_out = outgoing + 1
        return outgoing

    def drop(self, sequence: int) -> int | None:
        """Leave a packet out; if its number is already promised, that number, else None."""
        if sequence <= self._highest:
            return self._image(sequence)
        self._highest = sequence
        shift = self._shifts[-1]
        self._next_out = sequence + shift
        self._dropped.add(sequence)
        self._starts.append(sequence + 1)
        self._shifts.append(shift - 1)
        if len(self._starts) > MOST_BREAKS:
            self._forget()
        return None

    def insert(self, sequence: int) -> int | None:
        """A number of its own right before a packet; None if it is late and none was spared."""
        for spare in self._spares:
            if spare.low <= sequence <= spare.high:
                self._move(spare, sequence)
                self._spares.remove(spare)
                return self._number(spare)
        if sequence <= self._highest:
            return None
        self._shift_from(sequence)
        return self._next_out - 1

    def missing_before(self, sequence: int) -> int:
        """How many numbers a packet leaves out; below 0 it is late."""
        return sequence - self._highest - 1

    def spare(self, sequence: int, frame: int) -> None:
        """Keep a number for what may have to go into the gap that this newest packet leaves."""
        self._spares.append(Spare(self._highest + 1, sequence, frame))
        self._shift_from(sequence)

    def settle(self, sequence: int, frame: int) -> int | None:
        """Say that nothing is inserted right before a packet, of the picture at this timestamp.

        The number that was spared there, if it is clear now that nothing else needs it.
        """
        for spare in self._spares:
            if spare.low <= sequence < spare.high:
                if frame == spare.frame:
                    spare.low = sequence + 1
                else:
                    self._move(spare, sequence)
                if spare.low < spare.high:
                    return None
                self._spares.remove(spare)
                return self._number(spare)
        return None

    def _shift_from(self, sequence: int) -> None:
        self._starts.append(sequence)
        self._shifts.append(self._shifts[-1] + 1)
        self._next_out = sequence + self._shifts[-1]
        if len(self._starts) > MOST_BREAKS:
            self._forget()

    def _move(self, spare: Spare, sequence: int) -> None:
        self._starts[bisect_right(self._starts, spare.high) - 1] = spare.high = sequence

    def _number(self, spare: Spare) -> int:
        """What was spared: one less than that of the packet behind it."""
        return spare.high + self._shifts[bisect_right(self._starts, spare.high) - 1] - 1

    def _image(self, sequence: int) -> int | None:
        index = bisect_right(self._starts, sequence) - 1
        if index < 0 or sequence in self._dropped:
            return None
        return sequence + self._shifts[index]

    def _forget(self) -> None:
        half = MOST_BREAKS // 2
        del self._starts[:half], self._shifts[:half]
        self._dropped = {number for number in self._dropped if number >= self._starts[0]}
        kept = (spare for spare in self._spares if spare.low >= self._starts[0])
        self._spares = deque(kept, MOST_SPARES)
