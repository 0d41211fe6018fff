"""Calling another worker: a UDP socket of its own for each session that we dial.

Sessions that share both ports could not be told apart by address, so the calling side takes a
fresh port for each; the called side sees what it sees of every viewer.
"""

import ipaddress
from collections.abc import Callable, Sequence
from typing import Final

from typing_extensions import override

from signaling.ice.stun import Address
from signaling.transport.intake import Received
from signaling.transport.paths import StreamPath
from signaling.transport.port import IPV4, UdpPort, bind

ANY: Final = {True: "0.0.0.0", False: "::"}  # noqa: S104  connected at once: only one peer is heard


def where_called(host: str) -> str:
    """Where another worker of this machine reaches a socket that is bound to that address."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == IPV4 else "::1"


class DialledPath(StreamPath):
    """The way to one address, which alone is heard there; raises OSError when there is no way."""

    def __init__(self, address: Address, received: Callable[[Sequence[Received]], None]) -> None:
        self.address = address
        self._received = received
        is_ipv4 = ipaddress.ip_address(address[0]).version == IPV4
        sock = bind(ANY[is_ipv4], 0)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        self._port = UdpPort(sock, self._hand_over)

    def _hand_over(self, batch: Sequence[Received]) -> None:
        self._received([Received(received.data, self, received.at) for received in batch])

    @override
    def send(self, data: bytes) -> None:
        self._port.send([(data, self.address)])

    @override
    def accept(self) -> None:
        """We called: there is nothing to wait for."""

    @override
    def close(self) -> None:
        self._port.close()
