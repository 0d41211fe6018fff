"""Numbers in an H.264 unit's bits: fixed length and Exp-Golomb (ITU-T H.264 §7.2, §9.1)."""

from typing import Final

LONGEST_PREFIX: Final = 32  # zeros; ue(v) goes to 2**32 - 2


class EndOfBits(ValueError):  # noqa: N818  a noun: where the reader stands
    """The unit ends before the number does, or no such number exists."""


class Bits:
    """A reader of one unit's bytes, without the emulation prevention bytes (§7.4.1.1)."""

    def __init__(self, unit: bytes) -> None:
        body = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(body, "big")
        self._left = 8 * len(body)

    def bits(self, count: int) -> int:
        """The next `count` bits, u(n); raises EndOfBits."""
        self._left -= count
        if self._left < 0:
            raise EndOfBits
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        """The next bit."""
        return self.bits(1) == 1

    def unsigned(self) -> int:
        """The next ue(v); raises EndOfBits."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > LONGEST_PREFIX:
                raise EndOfBits
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """The next se(v); raises EndOfBits."""
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)
