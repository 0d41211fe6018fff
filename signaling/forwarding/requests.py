"""Key-frame requests towards one source: throttled, and repeated until a key frame comes."""

from datetime import timedelta
from typing import Final

KEYFRAME_GAP: Final = timedelta(milliseconds=500)  # a PLI costs the publisher a whole frame


class KeyFrameRequests:
    """Whether somebody waits for a key frame of one source, and when we asked last."""

    def __init__(self) -> None:
        self.is_wanted = False  # somebody waits
        self._asked_at: timedelta | None = None

    def want(self) -> None:
        """Somebody needs a key frame; the next `due` asks for it when it may."""
        self.is_wanted = True

    def arrived(self) -> None:
        """A key frame began: everybody who waited is served."""
        self.is_wanted = False

    def due(self, now: timedelta) -> bool:
        """Whether to send a request now; counts as asked."""
        if not self.is_wanted:
            return False
        if self._asked_at is not None and now - self._asked_at < KEYFRAME_GAP:
            return False
        self._asked_at = now
        return True
