"""New inputs out of known ones: a seeded mutator of bytes, lengths and words."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

EDGES: Final = (0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 192, 223, 254, 255)
WIDE: Final = (0, 1, 3, 4, 0x7F, 0xFF, 0x100, 0x7FFF, 0x8000, 0xBEDE, 0x1000, 0xFFFC, 0xFFFF)
POOL: Final = 400  # inputs that showed something new and serve as seeds; the oldest go first


class Mutator:
    """Inputs one after the other; the same seed, seeds and words give the same inputs."""

    def __init__(
        self, random: Random, seeds: Sequence[bytes], words: Sequence[bytes], most: int
    ) -> None:
        self._random = random
        self._seeds = tuple(seeds)
        self._found: list[bytes] = []
        self._words = tuple(words) or (b"\x00", b"\xff")
        self._most = most
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            self._flip,
            self._set,
            self._set_wide,
            self._insert,
            self._word,
            self._word,
            self._cut,
            self._cut_end,
            self._repeat,
            self._move,
            self._splice,
        )

    def remember(self, data: bytes) -> None:
        """This input showed something new: build on it."""
        self._found.append(data)
        if len(self._found) > POOL:
            del self._found[self._random.randrange(POOL)]

    def next(self) -> bytes:
        """One more input."""
        data = bytearray(self._any())
        for _ in range(1 + min(int(self._random.expovariate(0.5)), 12)):
            self._random.choice(self._ways)(data)
        return bytes(data[: self._most])

    def _any(self) -> bytes:
        known = self._found if self._found and self._random.random() < 0.6 else self._seeds
        return self._random.choice(known)

    def _at(self, data: bytearray) -> int:
        return self._random.randrange(len(data)) if data else 0

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._at(data)] ^= 1 << self._random.randrange(8)

    def _set(self, data: bytearray) -> None:
        if data:
            value = self._random.choice(EDGES) if self._random.random() < 0.7 else None
            data[self._at(data)] = self._random.randrange(256) if value is None else value

    def _set_wide(self, data: bytearray) -> None:
        at = self._at(data)
        data[at : at + 2] = self._random.choice(WIDE).to_bytes(2, "big")

    def _insert(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.randbytes(self._random.randint(1, 6))

    def _word(self, data: bytearray) -> None:
        word = self._random.choice(self._words)
        at = self._at(data)
        data[at : at + (len(word) if self._random.random() < 0.5 else 0)] = word

    def _cut(self, data: bytearray) -> None:
        at = self._at(data)
        del data[at : at + self._random.randint(1, 12)]

    def _cut_end(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _repeat(self, data: bytearray) -> None:
        at = self._at(data)
        piece = data[at : at + self._random.randint(1, 200)]
        times = self._random.choice((1, 1, 2, 8, 64, 1000))
        data[at:at] = (piece * times)[: self._most]

    def _move(self, data: bytearray) -> None:
        at = self._at(data)
        piece = data[at : at + self._random.randint(1, 40)]
        del data[at : at + len(piece)]
        to = self._at(data)
        data[to:to] = piece

    def _splice(self, data: bytearray) -> None:
        other = self._any()
        start = self._random.randrange(len(other)) if other else 0
        data[self._at(data) :] = other[start:]
