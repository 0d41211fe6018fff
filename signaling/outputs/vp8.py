"""VP8 in RTP (RFC 7741): payload descriptors off, partitions together again."""

from signaling.forwarding import vp8


class Vp8Frame:
    """One frame that grows packet by packet."""

    def __init__(self) -> None:
        self.is_key = False
        self.size = 0
        self._picture: tuple[int, int] | None = None
        self._parts: list[bytes] = []

    @staticmethod
    def begins(payload: bytes) -> bool:
        """Whether a frame begins here."""
        descriptor = vp8.read(payload)
        return descriptor is not None and descriptor.starts_frame

    def add(self, payload: bytes) -> bool:
        """Take the next payload; False when it does not continue this frame."""
        descriptor = vp8.read(payload)
        if descriptor is None or descriptor.size == len(payload):
            return False
        if not self._parts:
            self.is_key, self._picture = descriptor.is_key, vp8.size_of(payload)
        elif descriptor.starts_frame:
            return False
        self._parts.append(payload[descriptor.size :])
        self.size += len(payload) - descriptor.size
        return True

    def finish(self) -> tuple[bytes, int, int, tuple[bytes, ...]] | None:
        """Data, width and height of a key frame; None when it cannot be decoded."""
        data = b"".join(self._parts)
        if not self.is_key:
            return data, 0, 0, ()
        return None if self._picture is None else (data, *self._picture, ())
