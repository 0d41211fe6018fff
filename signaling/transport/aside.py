"""A second socket of the same port for what can wait, told apart by the kernel before it wakes us.

Hundreds of viewers send a report five times a second and prove their consent every few seconds; a
process that is woken by each of them does little else. Both may wait for some milliseconds, a
packet of a publisher should not, nor a request for one.
"""

import ctypes
import errno
import socket
import struct
import sys
from typing import Final

from signaling.transport.intake import KERNEL_TIME

KERNEL_BUFFER: Final = 4 << 20  # bytes; a key frame to many viewers leaves in one burst
ATTACH: Final = 51  # SO_ATTACH_REUSEPORT_CBPF (Linux 4.5), which Python does not name
LOAD_BYTE, AT_LEAST, EQUAL, RETURN = 0x30, 0x35, 0x15, 0x06  # of classic BPF (linux/filter.h)
OPERATION: Final = struct.Struct("=HBBI")  # code, how far to jump if so and if not, operand
PROGRAM: Final = struct.Struct("@HP")
RECEIVER_REPORT: Final = 201  # RFC 3550 §6.4.2
# Which socket of the two a datagram goes to, by its first bytes (RFC 7983 §7). What is too short
# for a byte that is asked for goes to the first.
CHOICE: Final = (
    (LOAD_BYTE, 0, 0, 0),
    (AT_LEAST, 1, 0, 4),
    (RETURN, 0, 0, 1),  # STUN
    (AT_LEAST, 0, 4, 128),
    (AT_LEAST, 3, 0, 192),
    (LOAD_BYTE, 0, 0, 1),
    (EQUAL, 0, 1, RECEIVER_REPORT),
    (RETURN, 0, 0, 1),
    (RETURN, 0, 0, 0),
)
# What a kernel says that cannot.
UNABLE: Final = frozenset({errno.ENOPROTOOPT, errno.EINVAL, errno.EPERM, errno.EADDRINUSE})


def set_aside(sock: socket.socket) -> socket.socket | None:
    """A socket that gets checks and receiver reports of a bound one; None where there is no way.

    The first is bound by itself, so a port that is taken was noticed. Raises OSError.
    """
    if sys.platform != "linux":
        return None
    second = socket.socket(sock.family, socket.SOCK_DGRAM)
    try:
        prepare(second)
        for one in (sock, second):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        second.bind(sock.getsockname())
        operations = b"".join(OPERATION.pack(*operation) for operation in CHOICE)
        program = ctypes.create_string_buffer(operations)
        packed = PROGRAM.pack(len(CHOICE), ctypes.addressof(program))
        sock.setsockopt(socket.SOL_SOCKET, ATTACH, packed)
    except OSError as error:
        second.close()
        if error.errno in UNABLE:
            return None
        raise
    return second


def prepare(sock: socket.socket) -> None:
    """What a socket of a port is to be like before it is bound; raises OSError."""
    sock.setblocking(False)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
    if KERNEL_TIME is not None:
        sock.setsockopt(socket.SOL_SOCKET, KERNEL_TIME, 1)
