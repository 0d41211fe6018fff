"""The memory in which one train is laid out, encrypted and sent for up to 256 viewers at once."""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
from pylibsrtp._binding import ffi, lib

from signaling.forwarding.laid import LONG_PICTURE, PICTURES, LaidPacket, Shift, send_time
from signaling.ice.stun import Address
from signaling.transport.mmsg import (
    CONTROL,
    CONTROL_LENGTH,
    IOVEC,
    MESSAGE,
    SOCKADDR,
    SOL_UDP,
    UDP_SEGMENT,
    Sender,
    name_length,
    socket_address,
)
from signaling.transport.srtp import SrtpSession
from signaling.transport.trains import LONGEST as LONGEST_TRAIN

VIEWERS: Final = 256  # at once: packets of a frame for so many stay in the processor's cache
MOST_KNOWN: Final = 64  # lists of pointers, by the distance of packets
SLOT: Final = 1536  # bytes of one protected packet
LINE: Final = 64  # bytes; packets that leave alone begin on a line of the processor's cache
FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
# What a kernel, a network card or a path says that takes no trains.
UNCUT: Final = frozenset({errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP})

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """Up to 256 viewers whose packets are laid out together."""

    sessions: tuple[str, ...]
    addresses: tuple[Address, ...]
    keys: tuple[SrtpSession, ...]  # kept: they own the contexts
    contexts: dict[int, list[Any]]  # libsrtp's, by how often each one is named in a row
    tag: int
    ssrcs: Array  # (n, 1, 4) bytes in network order
    shifts: Array  # (n, 1, 4): sequence, timestamp, picture, TL0PICIDX
    names: Array  # (n, 28) bytes: socket addresses
    messages: Array  # (n,): the kernel's headers, with the names

    def contexts_for(self, length: int) -> list[Any]:
        """The contexts for a train: each viewer's as often as it has packets."""
        known = self.contexts.get(length)
        if known is None:
            senders = [key.sender for key in self.keys]
            known = self.contexts[length] = [one for one in senders for _ in range(length)]
        return known


def party(
    sessions: Sequence[str],
    shifts: Sequence[Shift],
    keys: Sequence[SrtpSession],
    addresses: Sequence[Address],
    *,
    family: socket.AddressFamily,
) -> Party:
    """The viewers as arrays; their tags are of one length."""
    fields = np.array(shifts, dtype=np.int64)[:, np.newaxis, :]
    packed = b"".join(socket_address(address, family) for address in addresses)
    names = np.frombuffer(packed, np.uint8).reshape(-1, SOCKADDR)
    messages = np.zeros(len(names), MESSAGE)
    messages["name"] = names.ctypes.data + np.arange(len(names)) * SOCKADDR
    messages["name_length"] = name_length(family)
    messages["count"] = 1
    ssrcs = _bytes(fields[:, :, 0], ">u4")
    known = tuple(sessions), tuple(addresses), tuple(keys)
    return Party(*known, {}, keys[0].tag, ssrcs, fields[:, :, 1:], names, messages)


class Workspace:
    """One buffer and the kernel's structures over it, made once.

    The packets of a train for one viewer lie one behind the other, so that the kernel takes them
    as one piece and cuts it; viewer follows viewer, so that each one's keys are fetched once.
    """

    def __init__(self, *, segments: bool) -> None:
        self.segments = segments  # let the kernel cut trains (UDP_SEGMENT)
        self._has_cut = False  # once it has, a refusal is about one viewer's path
        self._sender = Sender()
        self._buffer = np.zeros(VIEWERS * LONGEST_TRAIN * SLOT, np.uint8)
        self._sizes = np.zeros(VIEWERS * LONGEST_TRAIN, np.int32)
        self._cells = self._buffer.reshape(VIEWERS, LONGEST_TRAIN, SLOT)  # of the last train
        self._lengths = self._sizes.reshape(VIEWERS, LONGEST_TRAIN)
        self._control = np.zeros(CONTROL.size, np.uint8)
        self._parts = np.zeros(VIEWERS, IOVEC)
        self._part_places = self._parts.ctypes.data + np.arange(VIEWERS) * IOVEC.itemsize
        self._size_pointers = _pointers(self._sizes.ctypes.data, 4, len(self._sizes), "int *")
        self._pointers: dict[int, list[Any]] = {}

    def protect(self, viewers: Party, train: Sequence[LaidPacket], now: timedelta) -> list[int]:
        """Lay out and encrypt every packet for every viewer; the places of those that failed."""
        count, length = len(viewers.sessions), len(train)
        sizes = [len(packet.data) for packet in train]
        step = sizes[0] + viewers.tag
        if length == 1:
            step += -step % LINE
        self._cells = self._buffer[: count * length * step].reshape(count, length, step)
        self._lengths = self._sizes[: count * length].reshape(count, length)
        self._lengths[:] = sizes
        _lay(self._cells, viewers, train, send_time(now.total_seconds()))
        pointers = self._pointers_to(step, count * length)
        contexts = viewers.contexts_for(length)
        statuses = list(map(lib.srtp_protect, contexts, pointers, self._size_pointers))
        if not any(statuses):
            return []
        return sorted({place // length for place, status in enumerate(statuses) if status})

    def _pointers_to(self, step: int, count: int) -> list[Any]:
        """Where packets are that lie so many bytes apart: at least `count` of them."""
        known = self._pointers.get(step, [])
        if len(known) < count:
            if len(self._pointers) >= MOST_KNOWN:
                self._pointers.clear()
            known = self._pointers[step] = _pointers(
                self._buffer.ctypes.data, step, count, "void *"
            )
        return known

    def send(self, descriptor: int, viewers: Party, train: Sequence[LaidPacket]) -> list[int]:
        """Hand everything to the kernel; the places of the viewers that it did not take."""
        count, length, step = self._cells.shape
        parts = self._parts[:count]
        parts["base"] = self._buffer.ctypes.data + np.arange(count) * (length * step)
        parts["length"] = self._lengths[:, -1]
        parts["length"] += (length - 1) * step
        viewers.messages["parts"] = self._part_places[:count]
        self._segment(viewers.messages, len(train[0].data) + viewers.tag if length > 1 else 0)
        return self._hand_over(descriptor, viewers.messages)

    def _segment(self, messages: Array, size: int) -> None:
        messages["control"] = self._control.ctypes.data if size else 0
        messages["control_length"] = CONTROL.size if size else 0
        if size:
            packed = CONTROL.pack(CONTROL_LENGTH, SOL_UDP, UDP_SEGMENT, size)
            self._control[:] = np.frombuffer(packed, np.uint8)

    def _hand_over(self, descriptor: int, messages: Array) -> list[int]:
        left: list[int] = []
        refused = 0
        sent = 0
        while sent < len(messages):
            try:
                sent += self._sender.send(descriptor, messages, sent)
            except OSError as error:
                if error.errno in FULL:
                    return [*left, *range(sent, len(messages))]
                refused += error.errno in UNCUT
                left.append(sent)
                sent += 1
        if messages["control_length"][0]:
            self._learn(is_refused=refused == len(messages))
        return left

    def _learn(self, *, is_refused: bool) -> None:
        """Ask no more for what was never done: single datagrams cost less than to ask in vain."""
        self._has_cut = self._has_cut or not is_refused
        self.segments = self._has_cut

    def datagrams(self, place: int, count: int) -> list[bytes]:
        """The protected packets of one viewer, each alone."""
        lengths = self._lengths[place, :count].tolist()
        return [bytes(self._cells[place, k, :length]) for k, length in enumerate(lengths)]


def _lay(cells: Array, viewers: Party, train: Sequence[LaidPacket], stamp: bytes) -> None:
    """The packets for all viewers: the common bytes, then what differs in each header."""
    rows = _rows(train, stamp)
    cells[:, :, : rows.shape[1]] = rows
    numbers = np.array([(p.number, p.timestamp, p.picture, p.tl0) for p in train], np.int64)
    fields = numbers + viewers.shifts  # viewers x packets x fields
    cells[:, :, 2:4] = _bytes(fields[:, :, 0], ">u2")
    cells[:, :, 4:8] = _bytes(fields[:, :, 1], ">u4")
    cells[:, :, 8:12] = viewers.ssrcs
    pictures, levels = [p.picture_at for p in train], [p.tl0_at for p in train]
    if any(pictures):
        _put(cells, pictures, _bytes(fields[:, :, 2] & PICTURES | LONG_PICTURE, ">u2"))
    if any(levels):
        _put(cells, levels, _bytes(fields[:, :, 3] & 0xFF, "u1"))


def _put(cells: Array, places: Sequence[int], values: Array) -> None:
    """The bytes of each packet where it has them; packets of one frame mostly agree on that."""
    width = values.shape[2]
    if len(set(places)) == 1:
        cells[:, :, places[0] : places[0] + width] = values
        return
    for packet, at in enumerate(places):
        if at:
            cells[:, packet, at : at + width] = values[:, packet]


def _rows(train: Sequence[LaidPacket], stamp: bytes) -> Array:
    """The packets with their send time, one a row, as wide as the widest."""
    width = max(len(packet.data) for packet in train)
    rows = bytearray()
    for packet in train:
        at = len(rows) + packet.send_time_at
        rows += packet.data.ljust(width, b"\0")
        if packet.send_time_at:
            rows[at : at + 3] = stamp
    return np.frombuffer(rows, np.uint8).reshape(len(train), width)


def _bytes(values: Array, kind: str) -> Array:
    """Numbers modulo their width as bytes in network order, in a dimension of their own."""
    width = int(kind[-1])
    return values.astype(kind).view(np.uint8).reshape(*values.shape, width)


def _pointers(start: int, step: int, count: int, kind: str) -> list[Any]:
    """Pointers from an address on, so many bytes apart."""
    return [ffi.cast(kind, start + place * step) for place in range(count)]
