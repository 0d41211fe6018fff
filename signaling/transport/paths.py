"""Where a datagram came from and where the answer goes: an address of the port, or a stream."""

from abc import ABC, abstractmethod

from signaling.ice.stun import Address


class StreamPath(ABC):
    """A connection that carries datagrams (RFC 4571): known by itself, not by its address."""

    address: Address  # of its other end, as checks are told it

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Write one datagram now, or drop and count it; never waits."""

    @abstractmethod
    def accept(self) -> None:
        """A valid check came through it: it belongs to a session now."""

    @abstractmethod
    def close(self) -> None:
        """Hang up after what was written."""


Source = Address | StreamPath


def mapped(source: Source) -> Address:
    """The address that a check from there is told (RFC 8445 §7.3.1.2)."""
    return source.address if isinstance(source, StreamPath) else source
