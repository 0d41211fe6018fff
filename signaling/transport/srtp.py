"""SRTP of one session (RFC 3711, 7714): plain packets to protected ones and back."""

from typing import Any, Final

from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

from signaling.forwarding.rtp import is_rtcp
from signaling.transport.sealing import LONGEST, Sealer

TRAILER: Final = 4 + 16  # SRTCP index and the longest tag of our profiles
LARGEST: Final = 2048
GCM_TAG: Final = 16  # RFC 7714 §13.2
SHA1_TAG: Final = 10  # RFC 4568 §6.2.1, AES_CM_128_HMAC_SHA1_80
# libsrtp keeps 370 bytes for each stream that it has once heard, for ever, and looks through all of
# them for each packet. Three layers, their retransmissions and a sound are seven streams.
MOST_STREAMS: Final = 128
RTP_SSRC: Final = slice(8, 12)  # in plain also when protected (RFC 3711 §3.1, §3.4)
RTCP_SSRC: Final = slice(4, 8)


class SrtpSession:
    """Keys of both directions; libsrtp works on our own buffer, pylibsrtp's takes 1356 bytes."""

    def __init__(
        self, receive: Session, send: Session, tag: int = GCM_TAG, sealer: Sealer | None = None
    ) -> None:
        self.tag = tag  # bytes that protection adds to an RTP packet
        self._receive = receive  # kept: they own the contexts below
        self._send = send
        self.sealer = sealer or Sealer.libsrtp(send)  # of RTP; RTCP is always libsrtp's
        self._receive_context: Any = receive._srtp[0]  # noqa: SLF001  pinned by a contract test
        self._send_context: Any = send._srtp[0]  # noqa: SLF001  pinned by a contract test
        self._cells: Any = ffi.new("char[]", LARGEST + TRAILER)
        self._buffer: Any = ffi.buffer(self._cells)
        self._length: Any = ffi.new("int *")
        self._streams: set[bytes] = set()  # that have been heard, by their SSRC

    def protect(self, packet: bytes) -> bytes | None:
        """The protected packet, RTP or RTCP; None when it cannot be."""
        if len(packet) > LONGEST:
            return None
        if is_rtcp(packet):
            return self._process(lib.srtp_protect_rtcp, self._send_context, packet)
        return self.sealer.protect(packet)

    def unprotect(self, packet: bytes) -> bytes | None:
        """The plain packet, RTP or RTCP; None if it is forged, replayed, cut or `one_too_many`."""
        if len(packet) > LARGEST:
            return None
        if is_rtcp(packet):
            verb, ssrc = lib.srtp_unprotect_rtcp, packet[RTCP_SSRC]
        else:
            verb, ssrc = lib.srtp_unprotect, packet[RTP_SSRC]
        if ssrc in self._streams:
            return self._process(verb, self._receive_context, packet)
        if len(self._streams) == MOST_STREAMS:
            return None
        plain = self._process(verb, self._receive_context, packet)
        if plain is not None:
            self._streams.add(ssrc)
        return plain

    def one_too_many(self, packet: bytes) -> bool:
        """Whether a packet is of a new stream, and nobody has so many."""
        ssrc = packet[RTCP_SSRC if is_rtcp(packet) else RTP_SSRC]
        return len(self._streams) == MOST_STREAMS and ssrc not in self._streams

    def _process(self, verb: Any, context: Any, packet: bytes) -> bytes | None:
        self._length[0] = len(packet)
        self._buffer[0 : len(packet)] = packet
        if verb(context, self._cells, self._length) != lib.srtp_err_status_ok:
            return None
        result: bytes = self._buffer[0 : self._length[0]]
        return result
