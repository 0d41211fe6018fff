"""A ClientHello as Firefox sends it: its post-quantum key share is too long for one datagram."""

import struct

VERSION_1_2, VERSION_1_3 = 0xFEFD, 0xFEFC
X25519MLKEM768, X25519, P256 = 0x11EC, 0x001D, 0x0017
SHARES = ((X25519MLKEM768, bytes(1216)), (X25519, bytes(range(32))))
CIPHERS = (0x1301, 0x1303, 0x1302, 0xC02B, 0xCCA9, 0xC02C, 0xC009)
SCHEMES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806)
PROFILES = (0x0007, 0x0008, 0x0001)  # GCM with 128 and 256 bits, CM with SHA-1


def _vector(size: int, body: bytes) -> bytes:
    return len(body).to_bytes(size, "big") + body


def _numbers(size: int, numbers: tuple[int, ...]) -> bytes:
    return _vector(size, b"".join(number.to_bytes(2, "big") for number in numbers))


def _extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2, "big") + _vector(2, body)


def _body() -> bytes:
    shares = b"".join(group.to_bytes(2, "big") + _vector(2, key) for group, key in SHARES)
    extensions = (
        _extension(0x0017, b""),  # extended master secret
        _extension(0xFF01, b"\0"),  # renegotiation
        _extension(0x000A, _numbers(2, (X25519MLKEM768, X25519, P256))),
        _extension(0x000B, _vector(1, b"\0")),
        _extension(0x0033, _vector(2, shares)),
        _extension(0x002B, _numbers(1, (VERSION_1_3, VERSION_1_2))),
        _extension(0x000D, _numbers(2, SCHEMES)),
        _extension(0x002D, _vector(1, b"\1")),
        _extension(0x000E, _numbers(2, PROFILES) + b"\0"),
        _extension(0x0010, _vector(2, _vector(1, b"webrtc") + _vector(1, b"c-webrtc"))),
    )
    start = struct.pack("!H", VERSION_1_2) + bytes(range(32)) + b"\0\0"  # no session, no cookie
    return start + _numbers(2, CIPHERS) + _vector(1, b"\0") + _vector(2, b"".join(extensions))


def firefox_hello(fragment: int) -> list[bytes]:
    """The datagrams of the hello, with so many bytes of it in each (RFC 6347 §4.2.3)."""
    body = _body()
    datagrams = []
    for number, start in enumerate(range(0, len(body), fragment)):
        piece = body[start : start + fragment]
        place = start.to_bytes(3, "big") + len(piece).to_bytes(3, "big")
        message = b"\1" + len(body).to_bytes(3, "big") + b"\0\0" + place + piece
        record = struct.pack("!BHHIH", 22, 0xFEFF, 0, 0, number) + _vector(2, message)
        datagrams.append(record)
    return datagrams
