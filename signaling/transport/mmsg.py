"""sendmmsg(2) with UDP segmentation: many datagrams in one call, their headers laid out in numpy.

The kernel's structures as Linux has them on 64-bit machines (man pages sendmmsg(2), udp(7)).
"""

import socket
import struct
import sys
from typing import Any, Final

import numpy as np
from cffi import FFI

from signaling.ice.stun import Address

SOL_UDP: Final = 17
UDP_SEGMENT: Final = 103  # Linux 4.18
CONTROL: Final = struct.Struct("@QiiH6x")  # cmsghdr and the segment size, padded to its alignment
CONTROL_LENGTH: Final = 18  # CMSG_LEN(2)
SOCKADDR: Final = 28  # bytes of a sockaddr_in6, the longer of the two

IOVEC: Final = np.dtype([("base", np.uint64), ("length", np.uint64)])
MESSAGE: Final = np.dtype(
    {
        "names": ["name", "name_length", "parts", "count", "control", "control_length", "flags"],
        "formats": [np.uint64, np.uint32, np.uint64, np.uint64, np.uint64, np.uint64, np.int32],
        "offsets": [0, 8, 16, 24, 32, 40, 48],
        "itemsize": 64,  # struct mmsghdr: msg_len follows at 56
    }
)
IS_AVAILABLE: Final = sys.platform == "linux" and sys.maxsize > 1 << 32

_FFI: Final = FFI()
_FFI.cdef("int sendmmsg(int socket, void *messages, unsigned int count, int flags);")


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


def socket_address(address: Address, family: socket.AddressFamily) -> bytes:
    """The sockaddr of an IP address and port, padded to the longer kind."""
    host, port = address
    if family == socket.AF_INET:
        packed = struct.pack("=H", family) + struct.pack("!H", port)
        return (packed + socket.inet_aton(host)).ljust(SOCKADDR, b"\0")
    if ":" not in host:
        host = f"::ffff:{host}"
    head = struct.pack("=H", family) + struct.pack("!HI", port, 0)
    return head + socket.inet_pton(socket.AF_INET6, host) + bytes(4)


def name_length(family: socket.AddressFamily) -> int:
    """How much of a padded sockaddr the kernel reads."""
    return 16 if family == socket.AF_INET else SOCKADDR
