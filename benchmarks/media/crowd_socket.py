"""One UDP socket that is a whole crowd: each member has an address of its own in one network.

Reads hundreds of datagrams with one `recvmmsg`; numpy looks at all of them at once. The kernel
tells for each datagram whom it was for (IP_PKTINFO) and when it came (SO_TIMESTAMPNS).
"""

import ipaddress
import socket
import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from cffi import FFI
from pylibsrtp._binding import ffi

from benchmarks.media.descriptions import PORT
from benchmarks.media.network import CROWD

SLOTS: Final = 512  # datagrams of one read
SLOT: Final = 1536  # bytes; the MTU of the link is 1500
CONTROL: Final = 64  # bytes: a timespec and a pktinfo, each under a header of 16
TIME_AT: Final = 16
ADDRESS_AT: Final = 32 + 16 + 8  # the third word of the pktinfo is whom the header names
MESSAGE: Final = 64  # sizeof(struct mmsghdr) on 64-bit Linux
SO_TIMESTAMPNS: Final = 35
SO_RCVBUFFORCE: Final = 33
IP_PKTINFO: Final = 8
BUFFER: Final = 256 << 20  # bytes; a load that stops to breathe must not look like a lossy server
LOOPBACK: Final = ipaddress.ip_network("127.78.0.0/16")  # local on every Linux, without a namespace

_libc = FFI()
_libc.cdef(
    """
    struct iovec { void *base; size_t length; };
    struct mmsghdr {
        void *name; unsigned int name_length;
        struct iovec *iov; size_t iov_length;
        void *control; size_t control_length;
        int flags, padding;
        unsigned int length;
    };
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
    """
)
_c = _libc.dlopen(None)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read brought; the arrays are views that the next read overwrites."""

    count: int
    bytes: Array  # (SLOTS, SLOT)
    lengths: Array
    members: Array  # whose address it was sent to
    times: Array  # nanoseconds of the wall clock


class CrowdSocket:
    """Bound to one port on every address of the crowd."""

    def __init__(self, members: ipaddress.IPv4Network = CROWD, port: int = PORT) -> None:
        self._first = int(members.network_address) + 256
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        except PermissionError:  # not root: the system's limit has to do
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.setblocking(False)
        sock.bind(("0.0.0.0", port))  # noqa: S104  a namespace of our own
        self._socket = sock
        self._cells = ffi.new("char[]", SLOTS * SLOT)
        self._controls = _libc.new("char[]", SLOTS * CONTROL)
        self._messages = _libc.new("struct mmsghdr[]", SLOTS)
        self._vectors = _libc.new("struct iovec[]", SLOTS)
        base = int(ffi.cast("uintptr_t", self._cells))
        for n in range(SLOTS):
            self._vectors[n].base = _libc.cast("void *", base + n * SLOT)
            self._vectors[n].length = SLOT
            self._messages[n].iov = self._vectors + n
            self._messages[n].iov_length = 1
            self._messages[n].control = self._controls + n * CONTROL
        self._bytes = np.frombuffer(ffi.buffer(self._cells), np.uint8).reshape(SLOTS, SLOT)
        raw = np.frombuffer(_libc.buffer(self._messages), np.uint8).reshape(SLOTS, MESSAGE)
        self._control_lengths = raw[:, 40:48].view(np.uint64)[:, 0]
        self._received = raw[:, 56:60].view(np.uint32)[:, 0]
        control = np.frombuffer(_libc.buffer(self._controls), np.uint8).reshape(SLOTS, CONTROL)
        self._stamps = control[:, TIME_AT : TIME_AT + 16].view(np.int64)
        self._addresses = control[:, ADDRESS_AT : ADDRESS_AT + 4].view(">u4")[:, 0]
        self._length_cells = ffi.new("int[]", SLOTS)
        self.lengths = np.frombuffer(ffi.buffer(self._length_cells), np.int32)
        # what a C-level map over libsrtp takes
        self.slot_pointers = [self._cells + n * SLOT for n in range(SLOTS)]
        self.length_pointers = [self._length_cells + n for n in range(SLOTS)]

    def address_of(self, member: int) -> str:
        """The IP address of a member."""
        return str(ipaddress.ip_address(self._first + member))

    def read(self) -> Batch | None:
        """What has come; None when nothing has."""
        self._control_lengths[:] = CONTROL
        count = _c.recvmmsg(
            self._socket.fileno(), self._messages, SLOTS, socket.MSG_DONTWAIT, _libc.NULL
        )
        if count <= 0:
            return None
        self.lengths[:count] = self._received[:count]
        return Batch(
            count=count,
            bytes=self._bytes,
            lengths=self.lengths[:count],
            members=self._addresses[:count].astype(np.int64) - self._first,
            times=self._stamps[:count, 0] * 1_000_000_000 + self._stamps[:count, 1],
        )

    def send(self, member: int, data: bytes, to: tuple[str, int]) -> None:
        """Send as that member."""
        source = struct.pack("=I4s4s", 0, (self._first + member).to_bytes(4, "big"), bytes(4))
        self._socket.sendmsg([data], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, to)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
