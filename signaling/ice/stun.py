"""STUN messages (RFC 8489) as far as ICE needs them: what a datagram says, and what we answer."""

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

Address = tuple[str, int]  # IP address and UDP port

MAGIC_COOKIE: Final = 0x2112A442  # RFC 8489 §5
HEADER_SIZE: Final = 20
LONGEST: Final = 1232  # bytes: no message is larger than IPv6 carries everywhere (RFC 8489 §6.1)
MOST_ATTRIBUTES: Final = 24  # a browser's check has nine; each costs what a forger need not pay
INTEGRITY_SIZE: Final = 24  # attribute header and HMAC-SHA1
FINGERPRINT_SIZE: Final = 8
FINGERPRINT_MASK: Final = 0x5354554E  # RFC 8489 §14.7
OPTIONAL_FROM: Final = 0x8000  # attributes from here on may be ignored (RFC 8489 §14)


class StunError(ValueError):
    """These bytes are no STUN message that we can work with."""


class MessageType(IntEnum):
    """Method Binding in its four classes (RFC 8489 §5)."""

    BINDING_REQUEST = 0x0001
    BINDING_INDICATION = 0x0011
    BINDING_SUCCESS = 0x0101
    BINDING_ERROR = 0x0111


class Attribute(IntEnum):
    """Attributes that this agent reads or writes (RFC 8489 §18.3, RFC 8445 §16.1)."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


KNOWN: Final = frozenset(Attribute) | {0x001C}  # MESSAGE-INTEGRITY-SHA256 may ride along


@dataclass(frozen=True, slots=True)
class StunMessage:
    """One parsed message; `data` are the bytes it came as, which its integrity covers."""

    type: int
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...]
    data: bytes
    integrity_at: int | None

    def value(self, attribute: Attribute) -> bytes | None:
        """The first value of that attribute, if the message has one (RFC 8489 §14)."""
        return next((value for kind, value in self.attributes if kind == attribute), None)

    @property
    def unknown_required(self) -> tuple[int, ...]:
        """Attributes that we would have to understand and do not (RFC 8489 §6.3.1)."""
        return tuple(k for k, _ in self.attributes if k < OPTIONAL_FROM and k not in KNOWN)

    @property
    def username(self) -> tuple[str, str]:
        """Our fragment and the peer's, as an ICE request names them; raises StunError."""
        raw = self.value(Attribute.USERNAME)
        if raw is None:
            raise StunError("no USERNAME")
        try:
            local, separator, remote = raw.decode().partition(":")
        except UnicodeDecodeError as error:
            raise StunError("USERNAME is not UTF-8") from error
        if not separator or not local or not remote:
            raise StunError("USERNAME is not two fragments")
        return local, remote


def parse_stun(data: bytes) -> StunMessage:
    """What a datagram says; raises StunError and nothing else, whatever the bytes."""
    if not HEADER_SIZE <= len(data) <= LONGEST or len(data) % 4:
        raise StunError("length")
    kind, length, cookie = struct.unpack_from("!HHI", data)
    if kind & 0xC000 or cookie != MAGIC_COOKIE or length != len(data) - HEADER_SIZE:
        raise StunError("header")
    attributes, integrity_at = _parse_attributes(data)
    return StunMessage(kind, data[8:HEADER_SIZE], attributes, data, integrity_at)


def _parse_attributes(data: bytes) -> tuple[tuple[tuple[int, bytes], ...], int | None]:
    attributes: list[tuple[int, bytes]] = []
    integrity_at: int | None = None
    position = HEADER_SIZE
    count = 0
    while position < len(data):  # the length is a multiple of four, so four bytes are there
        count += 1
        if count > MOST_ATTRIBUTES:
            raise StunError("too many attributes")
        kind, size = struct.unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + size]
        if len(value) < size:
            raise StunError("attribute is cut")
        if kind == Attribute.FINGERPRINT:
            _check_fingerprint(data, position, value)
        elif integrity_at is None:  # what follows the integrity is not protected: ignored
            attributes.append((kind, value))
            if kind == Attribute.MESSAGE_INTEGRITY:
                integrity_at = position
        position += 4 + size + -size % 4
    return tuple(attributes), integrity_at


def _check_fingerprint(data: bytes, position: int, value: bytes) -> None:
    if position + FINGERPRINT_SIZE != len(data) or len(value) != 4:  # noqa: PLR2004  a CRC-32
        raise StunError("FINGERPRINT is not last")
    if struct.unpack("!I", value)[0] != zlib.crc32(data[:position]) ^ FINGERPRINT_MASK:
        raise StunError("FINGERPRINT is wrong")


def integrity_holds(message: StunMessage, password: str) -> bool:
    """Whether the sender knew the password (short-term credentials, RFC 8489 §9.1)."""
    if message.integrity_at is None:
        return False
    claimed = message.value(Attribute.MESSAGE_INTEGRITY) or b""
    covered = message.data[: message.integrity_at]
    return hmac.compare_digest(claimed, _integrity(covered, password))


def _integrity(covered: bytes, password: str) -> bytes:
    """HMAC over the message as if MESSAGE-INTEGRITY were its end (RFC 8489 §14.5)."""
    length = len(covered) - HEADER_SIZE + INTEGRITY_SIZE
    patched = covered[:2] + struct.pack("!H", length) + covered[4:]
    return hmac.digest(password.encode(), patched, "sha1")


def build_stun(
    kind: MessageType,
    transaction: bytes,
    attributes: tuple[tuple[int, bytes], ...],
    password: str,
) -> bytes:
    """The bytes of a message with integrity and fingerprint."""
    body = b"".join(_pack(attribute, value) for attribute, value in attributes)
    covered = _header(kind, len(body), transaction) + body
    signed = body + _pack(Attribute.MESSAGE_INTEGRITY, _integrity(covered, password))
    message = _header(kind, len(signed) + FINGERPRINT_SIZE, transaction) + signed
    check = zlib.crc32(message) ^ FINGERPRINT_MASK
    return message + _pack(Attribute.FINGERPRINT, struct.pack("!I", check))


def _header(kind: int, length: int, transaction: bytes) -> bytes:
    return struct.pack("!HHI", kind, length, MAGIC_COOKIE) + transaction


def _pack(attribute: int, value: bytes) -> bytes:
    return struct.pack("!HH", attribute, len(value)) + value + bytes(-len(value) % 4)


def binding_success(transaction: bytes, source: Address, password: str) -> bytes:
    """The answer that tells the peer which address we see (RFC 8445 §7.3.1.2)."""
    attributes = ((int(Attribute.XOR_MAPPED_ADDRESS), xor_address(source, transaction)),)
    return build_stun(MessageType.BINDING_SUCCESS, transaction, attributes, password)


def binding_error(
    request: StunMessage, code: int, password: str, unknown: tuple[int, ...] = ()
) -> bytes:
    """A refusal without a reason phrase: short, so that it never amplifies (RFC 8489 §14.8)."""
    attributes = [(int(Attribute.ERROR_CODE), struct.pack("!HBB", 0, code // 100, code % 100))]
    if unknown:
        packed = struct.pack(f"!{len(unknown)}H", *unknown)
        attributes.append((int(Attribute.UNKNOWN_ATTRIBUTES), packed))
    return build_stun(MessageType.BINDING_ERROR, request.transaction, tuple(attributes), password)


def xor_address(source: Address, transaction: bytes) -> bytes:
    """XOR-MAPPED-ADDRESS of an IPv4, IPv6 or IPv4-mapped address (RFC 8489 §14.2)."""
    packed = packed_address(source[0])
    key = (struct.pack("!I", MAGIC_COOKIE) + transaction)[: len(packed)]
    family = 1 if len(packed) == 4 else 2  # noqa: PLR2004  the bytes of an IPv4 address
    hidden = int.from_bytes(packed, "big") ^ int.from_bytes(key, "big")
    head = struct.pack("!BBH", 0, family, source[1] ^ (MAGIC_COOKIE >> 16))
    return head + hidden.to_bytes(len(packed), "big")


@lru_cache(maxsize=4096)
def packed_address(host: str) -> bytes:
    """An address in network order; one that is IPv4 at heart as that."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.packed
    return address.packed
