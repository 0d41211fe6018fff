"""The memory in which one train is laid out, encrypted and sent for up to 128 viewers at once."""

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

VIEWERS: Final = 128  # at once: packets of a whole frame for so many stay in the processor's cache
SLOT: Final = 1536  # bytes for one protected packet
FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """Up to 128 viewers whose packets are laid out together."""

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
        self._sender = Sender()
        self._cells = np.zeros((LONGEST_TRAIN, VIEWERS, SLOT), np.uint8)
        self._lengths = np.zeros(VIEWERS, np.int32)
        self._names = np.zeros((VIEWERS, SOCKADDR), np.uint8)
        self._control = np.zeros(CONTROL.size, np.uint8)
        self._parts = np.zeros((VIEWERS, LONGEST_TRAIN), IOVEC)
        self._messages = np.zeros(VIEWERS, MESSAGE)
        self._slots = [
            [ffi.cast("void *", _address(cell)) for cell in place] for place in self._cells
        ]
        self._length_pointers = [
            ffi.cast("int *", self._lengths.ctypes.data + 4 * index) for index in range(VIEWERS)
        ]
        bases = self._cells.ctypes.data + np.arange(LONGEST_TRAIN * VIEWERS) * SLOT
        self._parts["base"] = bases.reshape(LONGEST_TRAIN, VIEWERS).T
        self._messages["name"] = self._names.ctypes.data + np.arange(VIEWERS) * SOCKADDR
        self._messages["name_length"] = name_length(family)

    def protect(self, viewers: Party, train: Sequence[LaidPacket], now: timedelta) -> list[int]:
        """Lay out and encrypt every packet for every viewer; the places of those that failed."""
        count = len(viewers.sessions)
        stamp = send_time(now.total_seconds())
        failed: set[int] = set()
        for place, packet in enumerate(train):
            self._lay(self._cells[place, :count], viewers, packet, stamp)
            self._lengths[:count] = len(packet.data)
            statuses = list(
                map(lib.srtp_protect, viewers.contexts, self._slots[place], self._length_pointers)
            )
            self._parts["length"][:count, place] = self._lengths[:count]
            if any(statuses):
                failed.update(index for index, status in enumerate(statuses) if status)
        return sorted(failed)

    def _lay(self, cells: Array, viewers: Party, packet: LaidPacket, stamp: bytes) -> None:
        data = bytearray(packet.data)
        if packet.send_time_at:
            data[packet.send_time_at : packet.send_time_at + 3] = stamp
        cells[:, : len(data)] = np.frombuffer(data, np.uint8)
        shifts = viewers.shifts
        cells[:, 2:4] = _bytes(packet.number + shifts[:, 0], ">u2")
        cells[:, 4:8] = _bytes(packet.timestamp + shifts[:, 1], ">u4")
        cells[:, 8:12] = viewers.ssrcs
        if packet.picture_at:
            picture = (packet.picture + shifts[:, 2]) & PICTURES | LONG_PICTURE
            cells[:, packet.picture_at : packet.picture_at + 2] = _bytes(picture, ">u2")
        if packet.tl0_at:
            cells[:, packet.tl0_at] = (packet.tl0 + shifts[:, 3]) & 0xFF

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
        sent = 0
        while sent < len(messages):
            try:
                sent += self._sender.send(descriptor, messages, sent)
            except OSError as error:
                if error.errno in FULL:
                    return [*left, *range(sent, len(messages))]
                left.append(sent)
                sent += 1
        return left

    def datagrams(self, place: int, count: int) -> list[bytes]:
        """The protected packets of one viewer, each alone."""
        lengths = self._parts["length"][place, :count]
        return [bytes(self._cells[k, place, : int(lengths[k])]) for k in range(count)]


def _bytes(values: Array, kind: str) -> Array:
    """Numbers modulo their width as rows of bytes in network order."""
    width = int(kind[-1])
    return values.astype(kind).view(np.uint8).reshape(-1, width)


def _address(cell: Array) -> int:
    return int(cell.ctypes.data)
