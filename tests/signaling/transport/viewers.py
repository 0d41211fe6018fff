"""Viewers of this machine with keys of their own, and packets that tell their numbers."""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pylibsrtp import Policy, Session

from signaling.forwarding.laid import LaidPacket
from signaling.forwarding.rtp import HEADER, parse_rtp
from signaling.transport.paths import Source
from signaling.transport.sealing import Sealer
from signaling.transport.srtp import GCM_TAG, SHA1_TAG, SrtpSession

PROFILES = {
    GCM_TAG: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SHA1_TAG: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
KEY_SIZES = {GCM_TAG: 28, SHA1_TAG: 30}
PICTURE_AT, TL0_AT = 30, 33


@dataclass
class Agent:
    selected: Source


class Viewer:
    """Somebody at a port of this machine, with keys of its own."""

    def __init__(self, number: int, tag: int = GCM_TAG) -> None:
        key = bytes((number % 251,)) * KEY_SIZES[tag]
        directions = (Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_INBOUND)
        send, receive = (
            Session(Policy(key=key, ssrc_type=kind, srtp_profile=PROFILES[tag]))
            for kind in directions
        )
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        sealer = Sealer.gcm(key) if tag == GCM_TAG else None
        self._keys = SrtpSession(receive, send, tag, sealer)
        self.srtp: SrtpSession | None = self._keys
        self.agent = Agent(self.socket.getsockname())

    def get(self, count: int) -> list[bytes]:
        """So many packets, in plain."""
        plain = (self._keys.unprotect(self.socket.recv(2048)) for _ in range(count))
        return [packet for packet in plain if packet is not None]


class Crowd:
    """Viewers by name, a socket to send from, and flushes that wait to be called."""

    def __init__(self, viewers: dict[str, Viewer]) -> None:
        self.viewers = viewers
        self.generation = 1
        self.flushes: list[Callable[[], None]] = []
        self.singly = 0
        self.is_busy = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.descriptor = self.socket.fileno()
        self.family = socket.AF_INET

    def connected(self, session: str) -> Viewer | None:
        return self.viewers.get(session)

    def transmit(self, datagrams: Iterable[tuple[bytes, Source]]) -> None:
        for data, address in datagrams:
            self.singly += 1
            self.socket.sendto(data, address)  # type: ignore[arg-type]

    def later(self, flush: Callable[[], None]) -> "Later":
        self.flushes.append(flush)
        return Later(self, flush)

    def close(self) -> None:
        for known in (self.socket, *(viewer.socket for viewer in self.viewers.values())):
            known.close()


@dataclass
class Later:
    crowd: Crowd
    flush: Callable[[], None]

    def cancel(self) -> None:
        self.crowd.flushes.remove(self.flush)


def packet(number: int, size: int, *, last: bool = False) -> LaidPacket:
    """A packet whose bytes tell its number."""
    extension = b"\xbe\xde\x00\x01" + b"\x32\x00\x00\x00"  # abs-send-time as number 3
    header = HEADER.pack(0x90, 96, number & 0xFFFF, 9000, 0)
    data = header + extension + bytes((number,)) * size
    return LaidPacket(data, number, 9000, last, 17, PICTURE_AT, 100 + number, TL0_AT, number)


def content(data: bytes) -> bytes:
    """The packet without its padding, which is the transport's own business."""
    header = parse_rtp(data)
    return bytes((data[0] & ~0x20,)) + data[1 : header.payload_end]
