"""The hub and a peer of it that has keys and means harm: its media, its handshakes, its checks."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from signaling.forwarding import rtcp_build
from signaling.ice.stun import Address
from signaling.transport.demultiplex import Protocol, protocol_of
from signaling.transport.dtls import DtlsPeer, make_certificate
from signaling.transport.hub import Hub
from signaling.transport.intake import Received
from signaling.transport.peer import Arrived
from signaling.transport.srtp import MOST_STREAMS
from tests.signaling.forwarding.packets import DELTA, KEY, rtp
from tests.signaling.ice.requests import HERE, NEXT, OURS, THERE, check
from tests.signaling.transport.hellos import firefox_hello
from tests.signaling.transport.test_pieces import srtp

CERTIFICATE: Final = make_certificate()
PEER: Final = DtlsPeer((("sha-256", ":".join(["00"] * 32)),), we_are_server=True)
SEALED: Final = 1  # bits of the byte before each datagram: made with the right keys
ELSEWHERE: Final = 2  # from another address
PAUSE: Final = 4  # tasks run before the next one
LENGTH: Final = 3  # bytes before a datagram: that byte, and its length


class Listener:
    """Hears the hub: what it calls media is media."""

    def __init__(self) -> None:
        self.heard = 0
        self.reasons: list[str] = []

    def connected(self, session: str) -> None:
        raise AssertionError(session)

    def disconnected(self, session: str, reason: str) -> None:  # noqa: ARG002  the hub's
        self.reasons.append(reason)

    def media(self, session: str, packets: Sequence[Arrived]) -> None:
        assert session == "hostile"
        assert all(protocol_of(packet) is Protocol.RTP for packet, _ in packets)
        self.heard += len(packets)

    def rest(self, session: str) -> timedelta:  # noqa: ARG002
        return timedelta(seconds=1)


def hub(data: bytes) -> str:
    """Datagrams of that peer: nothing goes to where it does not live, and little is kept."""
    return asyncio.run(_play(data))


async def _play(data: bytes) -> str:
    listener = Listener()
    sent: list[tuple[bytes, object]] = []
    now = timedelta(seconds=1)
    async with asyncio.TaskGroup() as tasks:
        room = Hub(CERTIFICATE, listener, tasks, lambda: now)
        room.bind(sent.extend)
        for session, credentials, source in (("hostile", OURS, HERE), ("other", NEXT, THERE)):
            room.open(session, credentials, PEER)
            room.receive([Received(check(credentials, nominate=True), source, now)])
        peer = room._peers["hostile"]
        peer.srtp = keys = srtp()
        for turn, datagram in _turns(data):
            plain = datagram if turn & SEALED else b""
            wire = keys.protect(plain) if protocol_of(plain) is Protocol.RTP else datagram
            source: Address = THERE if turn & ELSEWHERE else HERE
            room.receive([Received(wire or b"", source, now)])
            if turn & PAUSE:
                await asyncio.sleep(0)
                room.tick(now)
                now += timedelta(milliseconds=100)
                room.receive([Received(check(NEXT), THERE, now)])  # it still lives there
        room.tick(now + timedelta(seconds=1))
        assert len(keys._streams) <= MOST_STREAMS
        assert peer.agent.selected != THERE
        room.close_all("closed")
    return f"{min(listener.heard, 3)} {sorted(room.drops)} {sorted(set(listener.reasons))}"


def _turns(data: bytes) -> Sequence[tuple[int, bytes]]:
    turns = []
    while len(data) >= LENGTH:
        end = LENGTH + int.from_bytes(data[1:LENGTH], "big")
        turns.append((data[0], data[LENGTH:end]))
        data = data[end:]
    return turns


def _said(*turns: tuple[int, bytes]) -> bytes:
    return b"".join(bytes((turn,)) + len(it).to_bytes(2, "big") + it for turn, it in turns)


CONVERSATIONS: Final = (
    _said(*((SEALED, rtp(number, KEY, ssrc=number)) for number in range(140))),
    _said(
        (SEALED, rtp(1, KEY)),
        (SEALED | PAUSE, rtcp_build.receiver_report(1, [])),
        (SEALED, rtcp_build.nack(1, 0x1111, [5, 6, 9, 200])),
        (0, rtp(2, DELTA)),
        (SEALED | ELSEWHERE, rtp(3, DELTA)),
    ),
    _said(*((PAUSE, hello) for hello in firefox_hello(1100))),
    _said(
        (PAUSE, b"\x15\xfe\xfd" + bytes(9) + b"\x02\x02\x28"),
        (PAUSE, b"\x17\xfe\xfd\x00\x01" + bytes(5) + b"\x19" + bytes(25)),
        (ELSEWHERE, check(OURS, nominate=True)),
        (0, check(OURS, nominate=True)),
    ),
)
WORDS: Final = (b"\x01\x00\x0e\x80\x60", b"\x01\x00\x08\x80\xc9\x00\x01", b"\x16\xfe\xfd")
