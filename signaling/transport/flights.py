"""The last flight of a handshake, sent again until the other side has answered it.

OpenSSL waits for one second, two, four (RFC 6347 §4.2.4.1), and what ends a handshake it repeats
only when it is asked to: on a link that loses packets a browser that has missed that asks ever more
seldom. The very same datagrams go again: a record that has come before is dropped (RFC 6347
§4.1.2.6), so one too many does no harm.
"""

from typing import Final

FIRST_WAIT: Final = 0.2  # seconds; each further one is twice as long
MOST: Final = 5  # times, over six seconds


class LastFlight:
    """What was sent last and has not been answered; times are seconds of one clock."""

    def __init__(self) -> None:
        self.datagrams: list[bytes] = []
        self._times = 0
        self._due_at = 0.0

    def sent(self, datagrams: list[bytes], now: float) -> None:
        """A new flight has gone out: whatever was before that has been answered."""
        self.datagrams = datagrams
        self._times, self._due_at = 0, now + FIRST_WAIT

    def answered(self) -> None:
        """There is nothing to repeat."""
        self.datagrams = []

    def wait(self, now: float) -> float | None:
        """How long it is until `again` has something; None: it will not."""
        return max(0.0, self._due_at - now) if self.datagrams else None

    def again(self, now: float) -> list[bytes]:
        """The datagrams to repeat now, if it is time."""
        if not self.datagrams or now < self._due_at:
            return []
        due = self.datagrams
        self._times += 1
        self._due_at = now + FIRST_WAIT * 2**self._times
        if self._times == MOST:
            self.datagrams = []
        return due
