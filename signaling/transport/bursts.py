"""Many packets for one viewer: laid out, encrypted and sent together, as an instant picture is."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from signaling.forwarding.actions import Burst
from signaling.forwarding.laid import LONG_PICTURE, PICTURES, LaidPacket, Shift, send_time
from signaling.ice.stun import Address
from signaling.transport.fanout import Crowd, Outlet
from signaling.transport.mmsg import (
    IOVEC,
    IS_AVAILABLE,
    MESSAGE,
    SOCKADDR,
    Sender,
    name_length,
    socket_address,
)
from signaling.transport.paths import StreamPath
from signaling.transport.peer import Peer
from signaling.transport.sealing import LONGEST, Array
from signaling.transport.srtp import SrtpSession
from signaling.transport.workspace import SLOT

AT_ONCE: Final = 128  # packets; they stay in the processor's cache until the kernel has them


class Bursts:
    """Sends bursts through the port, or one by one where that cannot be."""

    def __init__(self, crowd: Crowd, outlet: Outlet, *, clock: Callable[[], timedelta]) -> None:
        self.drops: Counter[str] = Counter()
        self._crowd = crowd
        self._outlet = outlet
        self._clock = clock
        self._space = Space(outlet) if IS_AVAILABLE else None

    def send(self, burst: Burst) -> None:
        """Send what is not too long for a path, at once."""
        peer = self._crowd.connected(burst.session)
        if peer is None or peer.srtp is None or peer.agent.selected is None:
            self.drops["not-connected"] += len(burst.packets)
        elif self._space is None or isinstance(peer.agent.selected, StreamPath):
            self._one_by_one(peer, burst)
        else:
            self._together(self._space, peer.srtp, peer.agent.selected, burst)

    def _one_by_one(self, peer: Peer, burst: Burst) -> None:
        for packet in burst.copies(send_time(self._clock().total_seconds())):
            data = peer.srtp.protect(packet) if peer.srtp is not None else None
            if data is None or peer.agent.selected is None:
                self.drops["srtp-refused-out"] += 1
            else:
                self._crowd.transmit([(data, peer.agent.selected)])

    def _together(self, space: "Space", keys: SrtpSession, address: Address, burst: Burst) -> None:
        if max(len(packet.data) for packet in burst.packets) > LONGEST:
            burst = self._fitting(burst)
        stamp = send_time(self._clock().total_seconds())
        for start in range(0, len(burst.packets), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            packets = burst.packets[part]
            space.lay(packets, burst.shift, burst.timestamps[part], stamp)
            sound = space.protect(keys, burst.shift.ssrc, len(packets))
            if len(sound) < len(packets):
                self.drops["srtp-refused-out"] += len(packets) - len(sound)
            left = sound if self._outlet.is_busy else space.send(address, sound)
            self._crowd.transmit((space.datagram(n), address) for n in left)

    def _fitting(self, burst: Burst) -> Burst:
        """The packets that the memory for one, and a path, has room for."""
        fit = [n for n, packet in enumerate(burst.packets) if len(packet.data) <= LONGEST]
        self.drops["too-long"] += len(burst.packets) - len(fit)
        return replace(
            burst,
            packets=tuple(burst.packets[n] for n in fit),
            timestamps=tuple(burst.timestamps[n] for n in fit),
        )


class Space:
    """Buffers for the packets and the kernel's structures over them, made once."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._sender = Sender()
        self._cells = np.zeros((AT_ONCE, SLOT), np.uint8)
        self._bytes = self._cells.data.cast("B")
        self._lengths = np.zeros(AT_ONCE, np.int32)
        self._parts = np.zeros(AT_ONCE, IOVEC)
        self._messages = np.zeros(AT_ONCE, MESSAGE)
        self._name = np.zeros(SOCKADDR, np.uint8)
        self._refused = np.zeros(AT_ONCE, np.uint8)
        self._parts["base"] = self._cells.ctypes.data + np.arange(AT_ONCE) * SLOT
        self._messages["name"] = self._name.ctypes.data
        self._messages["name_length"] = name_length(outlet.family)
        self._messages["count"] = 1

    def lay(
        self, packets: Sequence[LaidPacket], shift: Shift, timestamps: Sequence[int], stamp: bytes
    ) -> None:
        """The packets in one viewer's numbers, one a row."""
        for n, packet in enumerate(packets):
            self._bytes[n * SLOT : n * SLOT + len(packet.data)] = packet.data
        self._lengths[: len(packets)] = [len(packet.data) for packet in packets]
        rows = self._cells[: len(packets)]
        numbers = np.array([packet.number + shift.sequence for packet in packets], np.int64)
        rows[:, 2:4] = _bytes(numbers, ">u2")
        rows[:, 4:8] = _bytes(np.array(timestamps, np.int64), ">u4")
        rows[:, 8:12] = np.frombuffer(shift.ssrc.to_bytes(4, "big"), np.uint8)
        stamps = np.broadcast_to(np.frombuffer(stamp, np.uint8), (len(packets), len(stamp)))
        self._put([packet.send_time_at for packet in packets], stamps)
        pictures = np.array([packet.picture + shift.picture for packet in packets], np.int64)
        at = [packet.picture_at for packet in packets]
        self._put(at, _bytes(pictures & PICTURES | LONG_PICTURE, ">u2"))
        levels = np.array([packet.tl0 + shift.tl0 for packet in packets], np.int64)
        self._put([packet.tl0_at for packet in packets], _bytes(levels, ">u1"))

    def _put(self, places: Sequence[int], values: Array) -> None:
        """Write a field into every row that has it, wherever it is there."""
        at = np.array(places)
        rows = np.flatnonzero(at)
        if len(rows):
            fields = values[rows]
            columns = at[rows, np.newaxis] + np.arange(fields.shape[1])
            self._cells[rows[:, np.newaxis], columns] = fields

    def protect(self, keys: SrtpSession, ssrc: int, count: int) -> list[int]:
        """Protect the first `count` packets; the places of those that could be."""
        refused, lengths = self._refused[:count], self._lengths
        cell = keys.sealer.cell(ssrc)
        keys.sealer.protect_rows(cell, self._cells.reshape(-1), SLOT, lengths, refused)
        return np.flatnonzero(refused == 0).tolist()

    def send(self, address: Address, places: Sequence[int]) -> list[int]:
        """Hand packets to the kernel; the places of those that it did not take."""
        packed = socket_address(address, self._outlet.family)
        self._name[:] = np.frombuffer(packed, np.uint8)
        messages = self._messages[: len(places)]
        chosen = np.array(places, np.int64)
        self._parts["length"] = self._lengths
        messages["parts"] = self._parts.ctypes.data + chosen * IOVEC.itemsize
        sent = 0
        try:
            while sent < len(places):
                sent += self._sender.send(self._outlet.descriptor, messages, sent)
        except OSError:  # full, or no way there: the port knows what to do with each
            return list(places[sent:])
        return []

    def datagram(self, place: int) -> bytes:
        """A protected packet, alone."""
        return bytes(self._cells[place, : self._lengths[place]])


def _bytes(values: Array, kind: str) -> Array:
    """Numbers modulo their width as bytes in network order, a row each."""
    return values.astype(kind).view(np.uint8).reshape(len(values), -1)
