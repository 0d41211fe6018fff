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
MOST_KNOWN: Final = 256  # lists of pointers, by the shape of a train
SLOT: Final = 1536  # bytes for one protected packet: the longest that we send and its tag
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
    contexts: tuple[Any, ...]  # libsrtp's
    tag: int
    ssrcs: Array  # (n, 4) bytes in network order
    shifts: Array  # (n, 4): sequence, timestamp, picture, TL0PICIDX
    names: Array  # (n, 28) bytes: socket addresses


def party(
    sessions: Sequence[str],
    shifts: Sequence[Shift],
    keys: Sequence[SrtpSession],
    addresses: Sequence[Address],
    *,
    family: socket.AddressFamily,
) -> Party:
    """The viewers as arrays; their tags are of one length."""
    fields = np.array(shifts, dtype=np.int64)
    names = b"".join(socket_address(address, family) for address in addresses)
    return Party(
        tuple(sessions),
        tuple(addresses),
        tuple(keys),
        tuple(key.sender for key in keys),
        keys[0].tag,
        fields[:, 0].astype(">u4").view(np.uint8).reshape(-1, 4),
        fields[:, 1:],
        np.frombuffer(names, np.uint8).reshape(-1, SOCKADDR),
    )


class Workspace:
    """Buffers and the kernel's structures over them, made once; pointers never change."""

    def __init__(self, family: socket.AddressFamily, *, segments: bool) -> None:
        self.segments = segments  # let the kernel cut trains (UDP_SEGMENT)
        self._has_cut = False  # once it has, a refusal is about one viewer's path
        self._sender = Sender()
        self._cells = np.zeros((LONGEST_TRAIN, VIEWERS, SLOT), np.uint8)
        self._lengths = np.zeros((LONGEST_TRAIN, VIEWERS), np.int32)
        self._names = np.zeros((VIEWERS, SOCKADDR), np.uint8)
        self._control = np.zeros(CONTROL.size, np.uint8)
        self._parts = np.zeros((VIEWERS, LONGEST_TRAIN), IOVEC)
        self._messages = np.zeros(VIEWERS, MESSAGE)
        self._slots = _pointers_into(self._cells, SLOT, "void *")
        self._places = _pointers_into(self._lengths, 4, "int *")
        self._known: dict[tuple[int, int], tuple[list[Any], list[Any]]] = {}
        bases = self._cells.ctypes.data + np.arange(LONGEST_TRAIN * VIEWERS) * SLOT
        self._parts["base"] = bases.reshape(LONGEST_TRAIN, VIEWERS).T
        self._messages["name"] = self._names.ctypes.data + np.arange(VIEWERS) * SOCKADDR
        self._messages["name_length"] = name_length(family)

    def protect(self, viewers: Party, train: Sequence[LaidPacket], now: timedelta) -> list[int]:
        """Lay out and encrypt every packet for every viewer; the places of those that failed."""
        count, length = len(viewers.sessions), len(train)
        self._lay(self._cells[:length, :count], viewers, train, send_time(now.total_seconds()))
        sizes = np.array([len(packet.data) for packet in train], np.int32)
        self._lengths[:length, :count] = sizes[:, np.newaxis]
        slots, lengths = self._pointers(length, count)
        statuses = list(map(lib.srtp_protect, viewers.contexts * length, slots, lengths))
        self._parts["length"][:count, :length] = self._lengths[:length, :count].T
        if not any(statuses):
            return []
        return sorted({place % count for place, status in enumerate(statuses) if status})

    def _pointers(self, length: int, count: int) -> tuple[list[Any], list[Any]]:
        """Where each packet is, and where its length: all viewers' of the first packet first."""
        known = self._known.get((length, count))
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            slots = [pointer for place in self._slots[:length] for pointer in place[:count]]
            places = [pointer for place in self._places[:length] for pointer in place[:count]]
            known = self._known[length, count] = slots, places
        return known

    def _lay(self, cells: Array, viewers: Party, train: Sequence[LaidPacket], stamp: bytes) -> None:
        """The packets for all viewers: the common bytes, then what differs in each header."""
        rows = _rows(train, stamp)
        cells[:, :, : rows.shape[1]] = rows[:, np.newaxis, :]
        numbers = np.array([(p.number, p.timestamp, p.picture, p.tl0) for p in train], np.int64)
        fields = numbers[:, np.newaxis, :] + viewers.shifts  # packets x viewers x fields
        cells[:, :, 2:4] = _bytes(fields[:, :, 0], ">u2")
        cells[:, :, 4:8] = _bytes(fields[:, :, 1], ">u4")
        cells[:, :, 8:12] = viewers.ssrcs
        for place, packet in enumerate(train):
            at = packet.picture_at
            if at:
                picture = fields[place, :, 2] & PICTURES | LONG_PICTURE
                cells[place, :, at : at + 2] = _bytes(picture, ">u2")
            if packet.tl0_at:
                cells[place, :, packet.tl0_at] = fields[place, :, 3] & 0xFF

    def send(self, descriptor: int, viewers: Party, train: Sequence[LaidPacket]) -> list[int]:
        """Hand everything to the kernel; the places of the viewers that it did not take."""
        count = len(viewers.sessions)
        self._names[:count] = viewers.names
        messages = self._messages[:count]
        messages["parts"] = self._parts.ctypes.data + np.arange(count) * LONGEST_TRAIN * 16
        messages["count"] = len(train)
        self._segment(messages, len(train[0].data) + viewers.tag if len(train) > 1 else 0)
        return self._hand_over(descriptor, messages)

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
        lengths = self._parts["length"][place, :count]
        return [bytes(self._cells[k, place, : int(lengths[k])]) for k in range(count)]


def _rows(train: Sequence[LaidPacket], stamp: bytes) -> Array:
    """The packets with their send time, one a row, as wide as the widest."""
    rows = np.zeros((len(train), max(len(packet.data) for packet in train)), np.uint8)
    for row, packet in zip(rows, train, strict=True):
        row[: len(packet.data)] = np.frombuffer(packet.data, np.uint8)
        if packet.send_time_at:
            row[packet.send_time_at : packet.send_time_at + 3] = np.frombuffer(stamp, np.uint8)
    return rows


def _bytes(values: Array, kind: str) -> Array:
    """Numbers modulo their width as bytes in network order, in a dimension of their own."""
    width = int(kind[-1])
    return values.astype(kind).view(np.uint8).reshape(*values.shape, width)


def _pointers_into(array: Array, step: int, kind: str) -> list[list[Any]]:
    """A pointer to every element of the second dimension, by the first."""
    start = array.ctypes.data
    return [
        [ffi.cast(kind, start + (place * VIEWERS + viewer) * step) for viewer in range(VIEWERS)]
        for place in range(LONGEST_TRAIN)
    ]
