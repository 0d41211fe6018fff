"""What is done to every packet for every viewer, compiled by numba: laid out, numbered, encrypted.

Packets are rows of bytes; `contexts` are addresses, of OpenSSL's for GCM and else of libsrtp's.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba.core.types import ExternalFunction

from signaling.transport import openssl
from signaling.transport.compiling import ADDRESS, INT, compiled, entry, helper

_begin: Any = ExternalFunction("EVP_EncryptInit_ex", INT(*[ADDRESS] * 5))
_update: Any = ExternalFunction("EVP_EncryptUpdate", INT(*[ADDRESS] * 4, INT))
_finish: Any = ExternalFunction("EVP_EncryptFinal_ex", INT(*[ADDRESS] * 3))
_control: Any = ExternalFunction("EVP_CIPHER_CTX_ctrl", INT(ADDRESS, INT, INT, ADDRESS))
_libsrtp: Any = ExternalFunction("srtp_protect", INT(*[ADDRESS] * 3))

GET_TAG = 0x10  # EVP_CTRL_AEAD_GET_TAG
TAG = 16  # RFC 7714 §13.2
PART = 16  # bytes of struct iovec
CONTROL_SIZE = 24  # bytes of a control message with a segment size, see mmsg.CONTROL
FIXED = 12  # bytes of the header (RFC 3550 §5.1)


@helper(inline="always")
def _put_two(data: Any, at: int, value: int) -> None:
    """Write 16 bits in network order."""
    data[at] = value >> 8 & 0xFF
    data[at + 1] = value & 0xFF


@helper(inline="always")
def _put_four(data: Any, at: int, value: int) -> None:
    """Write 32 bits in network order."""
    _put_two(data, at, value >> 16)
    _put_two(data, at + 2, value)


@helper(inline="always")
def _two(data: Any, at: int) -> Any:
    """Read 16 bits in network order."""
    return np.int64(data[at]) << 8 | np.int64(data[at + 1])


@helper(inline="always")
def _four(data: Any, at: int) -> Any:
    """Read 32 bits in network order."""
    return _two(data, at) << 16 | _two(data, at + 2)


@helper
def _header(data: Any, at: int, size: int) -> Any:
    """How many bytes stay readable (RFC 3711 §3.1); -1: the packet ends before them."""
    if size < FIXED:
        return -1
    length = FIXED + 4 * (np.int64(data[at]) & 0x0F)
    if data[at] & 0x10:
        if length + 4 > size:
            return -1
        length += 4 + 4 * _two(data, at + length + 2)
    return length if length <= size else -1


@helper
def _index(highest: int, number: int) -> Any:
    """The 48 bits behind a sequence number (RFC 3711 §3.3.1); negative: before the first."""
    if highest < 0:
        return number
    return highest + ((number - highest + 0x8000) & 0xFFFF) - 0x8000


@helper
def _seal(
    context: int, salt: Any, index: int, source: Any, begin: int, target: Any, end: int, size: int
) -> Any:
    """Encrypt the packet at `begin` of the source to `end` of the target (RFC 7714 §8.1)."""
    header = _header(source, begin, size)
    if index < 0 or header < 0:
        return False
    for place in range(header):
        target[end + place] = source[begin + place]
    # where the nonce is made and lengths are written: behind the packet, the tag comes last
    nonce = end + size
    _put_two(target, nonce, 0)
    _put_four(target, nonce + 2, _four(source, begin + 8))
    _put_four(target, nonce + 6, index >> 16)
    _put_two(target, nonce + 10, index)
    for place in range(FIXED):
        target[nonce + place] ^= salt[place]
    read, written = source.ctypes.data + begin, target.ctypes.data + end
    length = written + size + FIXED
    return (
        _begin(context, 0, 0, 0, written + size) == 1
        and _update(context, 0, length, read, header) == 1
        and _update(context, written + header, length, read + header, size - header) == 1
        and _finish(context, written + size, length) == 1
        and _control(context, GET_TAG, TAG, written + size) == 1
    )


@helper
def _protect(
    is_sealed: bool,
    context: int,
    salt: Any,
    highest: Any,
    cell: int,
    source: Any,
    begin: int,
    target: Any,
    end: int,
    lengths: Any,
    place: int,
) -> Any:
    """Protect one packet; its size in `lengths` becomes that of the protected one."""
    size = np.int64(lengths[place])
    if is_sealed:
        index = _index(highest[cell], _two(source, begin + 2))
        if not _seal(context, salt, index, source, begin, target, end, size):
            return False
        highest[cell] = max(highest[cell], index)
        lengths[place] = size + TAG
        return True
    if target.ctypes.data + end != source.ctypes.data + begin:
        for byte in range(size):
            target[end + byte] = source[begin + byte]
    return _libsrtp(context, target.ctypes.data + end, lengths.ctypes.data + 4 * place) == 0


@entry
def _rows(
    is_sealed: bool,
    context: int,
    salt: Any,
    highest: Any,
    cell: int,
    packets: Any,
    width: int,
    lengths: Any,
    refused: Any,
) -> Any:
    failed = 0
    for place in range(len(refused)):
        at = place * width
        is_done = _protect(
            is_sealed, context, salt, highest, cell, packets, at, packets, at, lengths, place
        )
        refused[place] = not is_done
        failed += not is_done
    return failed


@entry
def _train(
    is_sealed: bool,
    contexts: Any,
    salts: Any,
    highest: Any,
    cells: Any,
    shifts: Any,
    packets: Any,
    width: int,
    numbers: Any,
    out: Any,
    step: int,
    lengths: Any,
    refused: Any,
    parts: Any,
    messages: Any,
    control: int,
) -> Any:
    failed, length = 0, len(numbers)
    for viewer in range(len(contexts)):
        refused[viewer] = 0
        salt = salts[viewer]
        for place in range(length):
            at, slot = place * width, viewer * length + place
            _put_two(packets, at + 2, numbers[place, 1] + shifts[viewer, 1])
            _put_four(packets, at + 4, numbers[place, 2] + shifts[viewer, 2])
            _put_four(packets, at + 8, shifts[viewer, 0])
            if numbers[place, 3]:
                picture = numbers[place, 4] + shifts[viewer, 3]
                _put_two(packets, at + numbers[place, 3], picture | 0x8000)
            if numbers[place, 5]:
                packets[at + numbers[place, 5]] = numbers[place, 6] + shifts[viewer, 4] & 0xFF
            lengths[slot] = numbers[place, 0]
            if not _protect(
                is_sealed, contexts[viewer], salt, highest, cells[viewer],
                packets, at, out, slot * step, lengths, slot,
            ):  # fmt: skip
                refused[viewer] = 1
        failed += refused[viewer]
        first, last = viewer * length * step, (viewer + 1) * length - 1
        parts[viewer, 0] = out.ctypes.data + first
        parts[viewer, 1] = last * step - first + lengths[last]
        messages[viewer, 2] = parts.ctypes.data + viewer * PART
        messages[viewer, 4] = control
        messages[viewer, 5] = CONTROL_SIZE if control else 0
    return failed


class Kernels(NamedTuple):
    """Compiled functions; how many packets or viewers were refused is what they return.

    `rows(is_sealed, context, salt, highest, cell, packets, width, lengths, refused)` protects
    packets of one stream where they lie. `train(is_sealed, contexts, salts, highest, cells, shifts,
    packets, width, numbers, out, step, lengths, refused, parts, messages, control)` lays the
    packets of a train out for many viewers, protects them and says where they are.

    Shapes: `salts` (viewers, 12); `highest` the indexes of all streams, of which `cells` (viewers,)
    are theirs; `shifts` (viewers, 5) as in `Shift`; `packets` bytes, a packet every `width` and in
    the source's numbers; `numbers` (packets, 7): size, sequence, timestamp, where the picture id is
    and its number, where TL0PICIDX is and its number; `out` bytes, a protected packet every `step`,
    viewer after viewer; `lengths` and `refused` are written, a packet and a viewer each. So are
    `parts` (viewers, 2), the kernel's iovec, and of `messages` (viewers, 8), its mmsghdr in words,
    where parts and the control message at `control` are, of which there is none at 0.
    """

    rows: Any
    train: Any


ROWS = "bool, long, bytes, longs, long, bytes, long, ints, bytes"
TRAIN = (
    "bool, longs, byte rows, longs, longs, long rows, bytes, long, long rows,"
    " bytes, long, ints, bytes, long rows, long rows, long"
)


@cache
def kernels() -> Kernels:
    """The functions, compiled now or taken from where an earlier start has put them."""
    openssl.name_symbols()
    return Kernels(compiled(_rows, ROWS), compiled(_train, TRAIN))
