"""H.264 units for the tests: a bit writer, parameter sets and slices made of it, aggregates."""

from collections.abc import Iterable


def ue(value: int) -> str:
    """An unsigned Exp-Golomb number as a string of bits."""
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def se(value: int) -> str:
    """A signed one."""
    return ue(2 * value - 1 if value > 0 else -2 * value)


def packed(bits: str) -> bytes:
    """Bits as bytes behind a stop bit, with emulation prevention (H.264 §7.3.1)."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    body = bytearray()
    for byte in int(bits, 2).to_bytes(len(bits) // 8, "big"):
        if byte <= 3 and body[-2:] == b"\x00\x00":
            body.append(3)
        body.append(byte)
    return bytes(body)


def sps(
    number: int = 0, *, width: int = 40, height: int = 30, cropped: int = 0, tail: int = 0
) -> bytes:
    """A Baseline SPS of so many macroblocks, less some lines; `tail` makes it longer."""
    fields = (number, 0, 2, 1)  # id, log2_max_frame_num, pic_order_cnt_type, reference frames
    crop = "1" + ue(0) * 3 + ue(cropped // 2) if cropped else "0"
    bits = "".join(map(ue, fields)) + "0" + ue(width - 1) + ue(height - 1) + "1" + "1" + crop
    return b"\x67\x42\xc0\x1e" + packed(bits) + b"\xff" * tail


def pps(number: int = 0, of: int = 0, *, tail: int = 0) -> bytes:
    """A PPS that refers to an SPS."""
    return b"\x68" + packed(ue(number) + ue(of) + "00") + b"\xff" * tail


def slice_of(kind: int, slice_type: int, picture: int = 0, first: int = 0) -> bytes:
    """The beginning of a slice unit: nal_unit_type, slice_type, PPS, first macroblock."""
    return bytes((0x60 | kind,)) + packed(ue(first) + ue(slice_type) + ue(picture)) + b"\xaa" * 9


def stap(parts: Iterable[bytes]) -> bytes:
    """An aggregate (RFC 6184 §5.7.1)."""
    return b"\x78" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def fragments(unit: bytes, size: int = 6) -> list[bytes]:
    """The unit in FU-A packets (RFC 6184 §5.8)."""
    kind, body = unit[0] & 0x1F, unit[1:]
    starts = range(0, len(body), size)
    return [
        bytes((unit[0] & 0xE0 | 28, (0x80 if at == 0 else 0) | kind)) + body[at : at + size]
        for at in starts
    ]
