"""The memory in which one train is laid out, encrypted and sent for up to 256 viewers at once."""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from signaling.forwarding.laid import LaidPacket, Shift, send_time
from signaling.ice.stun import Address
from signaling.transport.kernels import kernels
from signaling.transport.mmsg import (
    CONTROL,
    CONTROL_LENGTH,
    MESSAGE,
    SOCKADDR,
    SOL_UDP,
    UDP_SEGMENT,
    Sender,
    name_length,
    socket_address,
)
from signaling.transport.sealing import Array, indexes
from signaling.transport.srtp import SrtpSession
from signaling.transport.trains import LONGEST as LONGEST_TRAIN

VIEWERS: Final = 256  # at once: packets of a frame for so many stay in the processor's cache
SLOT: Final = 1536  # bytes of one protected packet
LINE: Final = 64  # bytes; packets that leave alone begin on a line of the processor's cache
FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
# What a kernel, a network card or a path says that takes no trains.
UNCUT: Final = frozenset({errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """Up to 256 viewers whose packets are laid out together."""

    sessions: tuple[str, ...]
    addresses: tuple[Address, ...]
    keys: tuple[SrtpSession, ...]  # kept: they own the contexts and the cells
    tag: int
    is_sealed: bool  # by OpenSSL itself, else by libsrtp
    contexts: Array  # (n,) addresses
    salts: Array  # (n, 12) bytes
    cells: Array  # (n,) where their streams' indexes are
    shifts: Array  # (n, 5): SSRC, sequence, timestamp, picture, TL0PICIDX
    names: Array  # (n, 28) bytes: socket addresses
    messages: Array  # (n,): the kernel's headers, with the names

    @property
    def words(self) -> Array:
        """The same memory as the messages (n, 8)."""
        return self.messages.view(np.int64).reshape(-1, MESSAGE.itemsize // 8)


def party(
    sessions: Sequence[str],
    shifts: Sequence[Shift],
    keys: Sequence[SrtpSession],
    addresses: Sequence[Address],
    *,
    family: socket.AddressFamily,
) -> Party:
    """The viewers as arrays; their packets are protected in the same way."""
    packed = b"".join(socket_address(address, family) for address in addresses)
    names = np.frombuffer(packed, np.uint8).reshape(-1, SOCKADDR)
    sealers = [session.sealer for session in keys]
    streams = zip(sealers, shifts, strict=True)
    return Party(
        sessions=tuple(sessions),
        addresses=tuple(addresses),
        keys=tuple(keys),
        tag=keys[0].tag,
        is_sealed=sealers[0].is_sealed,
        contexts=np.array([sealer.context for sealer in sealers], np.int64),
        salts=np.array([sealer.salt for sealer in sealers], np.uint8),
        cells=np.array([sealer.cell(shift.ssrc) for sealer, shift in streams], np.int64),
        shifts=np.array(shifts, np.int64),
        names=names,
        messages=_messages(names, name_length(family)),
    )


def joined(first: Party, more: Party) -> Party:
    """Both as one; their packets are protected in the same way."""
    names = np.concatenate((first.names, more.names))
    return Party(
        sessions=first.sessions + more.sessions,
        addresses=first.addresses + more.addresses,
        keys=first.keys + more.keys,
        tag=first.tag,
        is_sealed=first.is_sealed,
        contexts=np.concatenate((first.contexts, more.contexts)),
        salts=np.concatenate((first.salts, more.salts)),
        cells=np.concatenate((first.cells, more.cells)),
        shifts=np.concatenate((first.shifts, more.shifts)),
        names=names,
        messages=_messages(names, int(first.messages["name_length"][0])),
    )


def _messages(names: Array, length: int) -> Array:
    """The kernel's headers for these addresses; packets are put in when there are some."""
    messages = np.zeros(len(names), MESSAGE)
    messages["name"] = names.ctypes.data + np.arange(len(names)) * SOCKADDR
    messages["name_length"] = length
    messages["count"] = 1
    return messages


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
        self._control_at = self._control.ctypes.data
        self._cut = 0  # bytes, as the control message says
        self._parts = np.zeros((VIEWERS, 2), np.int64)
        self._refused = np.zeros(VIEWERS, np.uint8)

    def protect(self, viewers: Party, train: Sequence[LaidPacket], now: timedelta) -> list[int]:
        """Lay out and encrypt every packet for every viewer; the places of those that failed."""
        count, length = len(viewers.sessions), len(train)
        sizes = [len(packet.data) for packet in train]
        step = sizes[0] + viewers.tag
        if length == 1:
            step += -step % LINE
        self._cells = self._buffer[: count * length * step].reshape(count, length, step)
        self._lengths = self._sizes[: count * length].reshape(count, length)
        refused, width = self._refused[:count], max(sizes)
        control = self._cut_at(step) if length > 1 else 0
        failed = kernels().train(
            viewers.is_sealed, viewers.contexts, viewers.salts, indexes().highest, viewers.cells,
            viewers.shifts, _packets(train, width, send_time(now.total_seconds())), width,
            _numbers(train), self._buffer, step, self._sizes, refused,
            self._parts, viewers.words, control,
        )  # fmt: skip
        return np.flatnonzero(refused).tolist() if failed else []

    def _cut_at(self, size: int) -> int:
        """Where the kernel reads that it is to cut what it gets into datagrams of that size."""
        if size != self._cut:
            packed = CONTROL.pack(CONTROL_LENGTH, SOL_UDP, UDP_SEGMENT, size)
            self._control[:] = np.frombuffer(packed, np.uint8)
            self._cut = size
        return self._control_at

    def send(self, descriptor: int, viewers: Party) -> list[int]:
        """Hand everything to the kernel; the places of the viewers that it did not take."""
        return self._hand_over(descriptor, viewers.messages)

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


def _numbers(train: Sequence[LaidPacket]) -> Array:
    """What compiled code has to know of each packet, a row each."""
    fields = [
        (len(p.data), p.number, p.timestamp, p.picture_at, p.picture, p.tl0_at, p.tl0)
        for p in train
    ]
    return np.array(fields, np.int64)


def _packets(train: Sequence[LaidPacket], width: int, stamp: bytes) -> Array:
    """The packets with their send time, one every `width` bytes."""
    rows = bytearray()
    for packet in train:
        at = len(rows) + packet.send_time_at
        rows += packet.data.ljust(width, b"\0")
        if packet.send_time_at:
            rows[at : at + 3] = stamp
    return np.frombuffer(rows, np.uint8)
