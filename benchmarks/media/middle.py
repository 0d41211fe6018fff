"""A man in the middle that both ends agreed to: decrypts what passes, shows it, encrypts it.

A browser talks to its front, which answers checks and serves DTLS; its back is a member that
talks to the server as the browser would. The SDP that passes names its own keys instead.
"""

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from typing import Any, Final, Literal

from aiortc.rtcdtlstransport import RTCCertificate
from pylibsrtp._binding import ffi, lib

from benchmarks.media import descriptions
from benchmarks.media.crowd_socket import SO_TIMESTAMPNS
from benchmarks.media.member import Credentials, Member, new_credentials
from signaling.ice.stun import MessageType, binding_success, parse_stun
from signaling.transport.dtls import DtlsPeer, DtlsSession, fingerprint

HOST: Final = "127.0.0.1"
LARGEST: Final = 2048
Direction = Literal["up", "down"]
# direction, kind of packet, microseconds of the kernel's clock, plain bytes
Seen = Callable[[Direction, Literal["rtp", "rtcp", "stun"], int, bytes], None]


class Keys:
    """The SRTP contexts of one side."""

    def __init__(self, dtls: DtlsSession) -> None:
        self._receive = dtls._rx_srtp._srtp[0]  # noqa: SLF001  as the server does
        self._send = dtls._tx_srtp._srtp[0]  # noqa: SLF001
        self._cells: Any = ffi.new("char[]", LARGEST + 64)
        self._buffer = ffi.buffer(self._cells)
        self._length: Any = ffi.new("int *")

    def plain(self, data: bytes) -> bytes | None:
        """A packet from that side."""
        verbs = lib.srtp_unprotect, lib.srtp_unprotect_rtcp
        return self._process(verbs[is_rtcp(data)], self._receive, data)

    def protected(self, data: bytes) -> bytes | None:
        """A packet for that side."""
        verbs = lib.srtp_protect, lib.srtp_protect_rtcp
        return self._process(verbs[is_rtcp(data)], self._send, data)

    def _process(self, verb: Any, context: Any, data: bytes) -> bytes | None:
        self._length[0] = len(data)
        self._buffer[0 : len(data)] = data
        if verb(context, self._cells, self._length):
            return None
        result: bytes = self._buffer[0 : self._length[0]]
        return result


def is_rtcp(data: bytes) -> bool:
    """RFC 5761 §4."""
    return 192 <= data[1] <= 223


class Middle:
    """One session that passes through us."""

    def __init__(self, certificate: RTCCertificate, seen: Seen) -> None:
        self._certificate = certificate
        self._seen = seen
        self._ours, self._behind = new_credentials(), new_credentials()
        self._front, self._back = _socket(), _socket()
        self._browser: tuple[str, int] | None = None
        self._dtls: DtlsSession | None = None
        self._member: Member | None = None
        self._keys: tuple[Keys, Keys] | None = None  # of the browser, of the server

    def offer(self, text: str) -> str:
        """The browser's offer as the server shall see it."""
        prints = re.findall(r"(?m)^a=fingerprint:(\S+) (\S+)", text)
        peer = DtlsPeer(fingerprints=tuple(dict.fromkeys(prints)), we_are_server=True)
        self._dtls = DtlsSession(self._certificate, peer, self._to_browser)
        return _signed(text, self._behind, fingerprint(self._certificate), None)

    def answer(self, text: str) -> str:
        """The server's answer as the browser shall see it."""
        self._member = Member(
            self._certificate, self._behind, descriptions.read(text), self._back.sendto
        )
        port = self._front.getsockname()[1]
        return _signed(text, self._ours, fingerprint(self._certificate), port)

    async def run(self) -> None:
        """Connect both sides, then let everything pass until cancelled."""
        assert self._dtls is not None
        assert self._member is not None
        loop = asyncio.get_running_loop()
        loop.add_reader(self._front, self._read, self._front, self._from_browser)
        loop.add_reader(self._back, self._read, self._back, self._from_server)
        try:
            await asyncio.gather(self._dtls.handshake(), self._member.connect())
            self._keys = Keys(self._dtls), Keys(self._member.dtls)
            while True:
                await asyncio.sleep(2)
                self._member.check()
        finally:
            for end in (self._front, self._back):
                loop.remove_reader(end)
                end.close()

    def ask_for_key_frame(self, ssrc: int) -> None:
        """A PLI to the browser (RFC 4585 §6.3.1), as if from the server."""
        if self._keys is not None:
            pli = struct.pack("!BBHII", 0x81, 206, 2, 1, ssrc)
            self._to_browser(self._keys[0].protected(pli) or b"")

    def _read(self, sock: socket.socket, take: Callable[..., None]) -> None:
        for _ in range(64):
            try:
                data, ancillary, _, source = sock.recvmsg(LARGEST, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("@ll", ancillary[0][2])
            take(data, source, seconds * 1_000_000 + nanoseconds // 1000)

    def _from_browser(self, data: bytes, source: tuple[str, int], at: int) -> None:
        if data[0] < 20:
            message = parse_stun(data)
            if message.type == MessageType.BINDING_REQUEST:
                self._browser = source
                self._seen("up", "stun", at, data)
                self._to_browser(binding_success(message.transaction, source, self._ours.password))
        elif data[0] < 128 and self._dtls is not None:
            self._dtls.pipe.deliver(data)
        elif self._keys is not None and self._member is not None:
            browser, server = self._keys
            self._pass(data, at, browser, server, "up")

    def _from_server(self, data: bytes, _: tuple[str, int], at: int) -> None:
        if data[0] < 128 and self._member is not None:
            self._member.receive(data)
        elif self._keys is not None:
            browser, server = self._keys
            self._pass(data, at, server, browser, "down")

    def _pass(self, data: bytes, at: int, source: Keys, sink: Keys, direction: Direction) -> None:
        plain = source.plain(data)
        if plain is None:
            return
        self._seen(direction, "rtcp" if is_rtcp(plain) else "rtp", at, plain)
        onward = sink.protected(plain)
        if onward is None:
            return
        if direction == "down":
            self._to_browser(onward)
        elif self._member is not None:
            self._member.transmit(onward)

    def _to_browser(self, data: bytes) -> None:
        if self._browser is not None and data:
            self._front.sendto(data, self._browser)


def _socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.setblocking(False)
    sock.bind((HOST, 0))
    return sock


def _signed(text: str, ours: Credentials, print_: str, port: int | None) -> str:
    """The description with our credentials and, for a port, our candidate instead of theirs."""
    lines = []
    for line in text.splitlines():
        if line.startswith("a=candidate:"):
            if port is not None:
                lines.append(f"a=candidate:1 1 udp 2130706431 {HOST} {port} typ host")
        elif line.startswith("a=ice-ufrag:"):
            lines.append(f"a=ice-ufrag:{ours.ufrag}")
        elif line.startswith("a=ice-pwd:"):
            lines.append(f"a=ice-pwd:{ours.password}")
        elif line.startswith("a=fingerprint:"):
            lines.append(f"a=fingerprint:sha-256 {print_}")
        else:
            lines.append(line)
    return "\r\n".join(lines) + "\r\n"
