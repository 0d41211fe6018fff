"""sendmmsg(2) and recvmmsg(2): many datagrams in one call, their headers laid out in numpy.

The kernel's structures as Linux has them on 64-bit machines (man pages of both, and udp(7)).
"""

import errno
import socket
import struct
import sys
from functools import lru_cache
from typing import Any, Final

import numpy as np
from cffi import FFI

from signaling.ice.stun import Address

SOL_UDP: Final = 17
UDP_SEGMENT: Final = 103  # Linux 4.18
CONTROL: Final = struct.Struct("@QiiH6x")  # cmsghdr and the segment size, padded to its alignment
CONTROL_LENGTH: Final = 18  # CMSG_LEN(2)
TIMESTAMP: Final = 35  # SO_TIMESTAMPNS, which Python does not name
STAMPED: Final = TIMESTAMP << 32 | socket.SOL_SOCKET
ANCILLARY: Final = 64  # bytes of control messages to take
MOST_ADDRESSES: Final = 2048  # remembered as text, 800 bytes each; a core serves half as many
SOCKADDR: Final = 28  # bytes of a sockaddr_in6, the longer of the two
LINK_AT: Final = 24  # in it: the number of the interface (RFC 4007 §11.2: after a %)

IOVEC: Final = np.dtype([("base", np.uint64), ("length", np.uint64)])
MESSAGE: Final = np.dtype(
    {
        "names": ["name", "name_length", "parts", "count", "control", "control_length", "length"],
        "formats": [np.uint64, np.uint32, np.uint64, np.uint64, np.uint64, np.uint64, np.uint32],
        "offsets": [0, 8, 16, 24, 32, 40, 56],
        "itemsize": 64,  # struct mmsghdr
    }
)
IS_AVAILABLE: Final = sys.platform == "linux" and sys.maxsize > 1 << 32

_FFI: Final = FFI()
_FFI.cdef("""
int sendmmsg(int socket, void *messages, unsigned int count, int flags);
int recvmmsg(int socket, void *messages, unsigned int count, int flags, void *timeout);
""")


class Sender:
    """The call itself; raises OSError where the C library has it not."""

    def __init__(self) -> None:
        self._library: Any = _FFI.dlopen(None)

    def send(self, descriptor: int, messages: "np.ndarray[Any, Any]", first: int) -> int:
        """How many messages from `first` on the kernel took; raises OSError when none."""
        address = messages.ctypes.data + first * MESSAGE.itemsize
        pointer = _FFI.cast("void *", address)
        taken = int(self._library.sendmmsg(descriptor, pointer, len(messages) - first, 0))
        if taken < 0:
            raise OSError(_FFI.errno, "sendmmsg")
        return taken


class Reader:
    """Reads up to `count` datagrams of at most `largest` bytes at once, and when they came."""

    def __init__(self, count: int, largest: int) -> None:
        self._library: Any = _FFI.dlopen(None)
        self._largest = largest
        self.cells = np.zeros((count, largest), np.uint8)
        self.names = np.zeros((count, SOCKADDR), np.uint8)
        self._control = np.zeros((count, ANCILLARY // 8), np.int64)
        self._parts = np.zeros(count, IOVEC)
        self._messages = np.zeros(count, MESSAGE)
        places = np.arange(count)
        self._parts["base"] = self.cells.ctypes.data + places * largest
        self._parts["length"] = largest
        self._messages["name"] = self.names.ctypes.data + places * SOCKADDR
        self._messages["parts"] = self._parts.ctypes.data + places * IOVEC.itemsize
        self._messages["count"] = 1
        self._messages["control"] = self._control.ctypes.data + places * ANCILLARY
        self._messages["name_length"] = SOCKADDR
        self._messages["control_length"] = ANCILLARY
        self.lengths = self._messages["length"]
        self._controls = self._messages["control_length"]
        self._pointer = _FFI.cast("void *", self._messages.ctypes.data)
        self._bytes = self.cells.data.cast("B")
        self._name_bytes = self.names.data.cast("B")
        self._addresses: dict[bytes, Address] = {}

    def fill(self, descriptor: int) -> int:
        """Read what is there into `cells`, `lengths` and `names`: so many datagrams.

        Raises OSError: the kernel reports an error of an earlier send.
        """
        self._messages["name_length"] = SOCKADDR  # the kernel writes into these two
        self._controls[:] = ANCILLARY
        count = len(self._messages)
        taken = int(self._library.recvmmsg(descriptor, self._pointer, count, 0, _FFI.NULL))
        if taken < 0:
            if _FFI.errno in {errno.EAGAIN, errno.EWOULDBLOCK}:
                return 0
            raise OSError(_FFI.errno, "recvmmsg")
        return taken

    def datagrams(self, places: list[int]) -> list[tuple[bytes, Address, tuple[int, int] | None]]:
        """Of those: data, source, and seconds and nanoseconds of the arrival if known."""
        return [
            (
                self._data(place, int(self.lengths[place])),
                self._source(place),
                _stamp(self._control[place].tolist(), int(self._controls[place])),
            )
            for place in places
        ]

    def _data(self, place: int, length: int) -> bytes:
        start = place * self._largest
        return bytes(self._bytes[start : start + length])

    def _source(self, place: int) -> Address:
        name = bytes(self._name_bytes[place * SOCKADDR : (place + 1) * SOCKADDR])
        address = self._addresses.get(name)
        if address is None:
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            address = self._addresses[name] = address_of(name)
        return address


def _stamp(control: list[int], length: int) -> tuple[int, int] | None:
    """SO_TIMESTAMPNS in the first control message: its header in two words, then a timespec."""
    return (control[2], control[3]) if length and control[1] == STAMPED else None


def address_of(name: bytes) -> Address:
    """The IP address and port in a sockaddr; a neighbour's address names the link, too."""
    (family,) = struct.unpack_from("=H", name)
    (port,) = struct.unpack_from("!H", name, 2)
    if family == socket.AF_INET:
        return socket.inet_ntoa(name[4:8]), port
    host = socket.inet_ntop(socket.AF_INET6, name[8:24])
    (link,) = struct.unpack_from("=I", name, LINK_AT)
    return (f"{host}%{link}" if link else host), port


@lru_cache(MOST_ADDRESSES)
def socket_address(address: Address, family: socket.AddressFamily) -> bytes:
    """The sockaddr of an IP address and port, padded to the longer kind."""
    host, port = address
    if family == socket.AF_INET:
        packed = struct.pack("=H", family) + struct.pack("!H", port)
        return (packed + socket.inet_aton(host)).ljust(SOCKADDR, b"\0")
    if ":" not in host:
        host = f"::ffff:{host}"
    host, _, link = host.partition("%")
    head = struct.pack("=H", family) + struct.pack("!HI", port, 0)
    return head + socket.inet_pton(socket.AF_INET6, host) + struct.pack("=I", int(link or 0))


def name_length(family: socket.AddressFamily) -> int:
    """How much of a padded sockaddr the kernel reads."""
    return 16 if family == socket.AF_INET else SOCKADDR
