"""Checks that repeat an earlier one in all but their transaction, answered without reading them.

A browser proves its consent every few seconds with the very same attributes (RFC 7675 §5.1), so
hundreds of viewers send a hundred of them a second.
"""

import hmac
import struct
import zlib
from dataclasses import dataclass
from typing import Final, Self

from signaling.ice.stun import (
    FINGERPRINT_MASK,
    FINGERPRINT_SIZE,
    HEADER_SIZE,
    INTEGRITY_SIZE,
    Address,
    Attribute,
    StunMessage,
    binding_success,
)

KIND: Final = 2  # bytes that say what a message is (RFC 8489 §5)
TRANSACTION_AT: Final = 8
VALUE: Final = 4  # where the value of an attribute begins
FINGERPRINT: Final = struct.pack("!HH", Attribute.FINGERPRINT, FINGERPRINT_SIZE - VALUE)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A valid request, and what it takes to know its like and to answer it."""

    head: bytes  # before the transaction
    body: bytes  # between the transaction and the value of the integrity
    signed_head: bytes  # as `head`, of a message that ends with its integrity (RFC 8489 §14.5)
    password: str
    mapped: Address  # what the peer is told

    @classmethod
    def of(cls, message: StunMessage, mapped: Address, password: str) -> Self | None:
        """What to remember of a valid request; None unless integrity and fingerprint end it."""
        at, data = message.integrity_at, message.data
        if at is None or len(data) != at + INTEGRITY_SIZE + FINGERPRINT_SIZE:
            return None
        head = data[:TRANSACTION_AT]
        length = struct.pack("!H", at + INTEGRITY_SIZE - HEADER_SIZE)
        signed_head = head[:KIND] + length + head[KIND + len(length) :]
        return cls(head, data[HEADER_SIZE : at + VALUE], signed_head, password, mapped)

    def answer(self, data: bytes) -> bytes | None:
        """The answer to a check like that one; None for anything else, also if it is forged."""
        value_at = HEADER_SIZE + len(self.body)
        end = value_at + INTEGRITY_SIZE - VALUE
        if len(data) != end + FINGERPRINT_SIZE or data[:TRANSACTION_AT] != self.head:
            return None
        if data[HEADER_SIZE:value_at] != self.body:
            return None
        transaction = data[TRANSACTION_AT:HEADER_SIZE]
        covered = self.signed_head + transaction + self.body[:-VALUE]
        expected = hmac.digest(self.password.encode(), covered, "sha1")
        check = struct.pack("!I", zlib.crc32(data[:end]) ^ FINGERPRINT_MASK)
        if data[end:] != FINGERPRINT + check:
            return None
        if not hmac.compare_digest(data[value_at:end], expected):
            return None
        return binding_success(transaction, self.mapped, self.password)
