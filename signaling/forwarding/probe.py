"""Looking whether a link takes more: padding in steps, each kept until a report could tell."""

from datetime import timedelta
from typing import Final

STEP: Final = 1.75  # each step is so much more than the last that passed
CAREFUL: Final = 1.25  # the first step after a failure: what it finds full should not suffer
REST: Final = 1.2  # what lacks no more than that after a step is no step of its own
LISTEN: Final = timedelta(milliseconds=500)  # and a round trip: then two reports told of the step
BUSY: Final = 0.08  # excess loss of a step that does not fit …
CLEAR: Final = 0.16  # … without a doubt
ENOUGH: Final = 2  # reports: the first one tells of the time in which the queue still filled
SILENCE: Final = timedelta(seconds=4)  # without two reports; of sound alone there is one a second
FIRST_WAIT: Final = timedelta(seconds=2)  # after a failure; a full link is disturbed by each try
LONGEST_WAIT: Final = timedelta(seconds=20)
SAME: Final = timedelta(seconds=1)  # what is told within that is one failure
PATIENCE: Final = 1.1  # each wait is so much longer than the last
STEADY: Final = timedelta(seconds=30)  # without a failure: the next one begins with FIRST_WAIT
AHEAD: Final = 3000  # bytes of it that repeats may take beforehand
CHUNK: Final = 1000  # bytes: about a packet
BURST: Final = timedelta(milliseconds=60)  # what was not asked for in time is not made up for


class Probe:
    """At most one probe at a time; `target` is the whole bit rate of its present step.

    `known` is that of the last one that passed, while nothing contradicts it.
    """

    def __init__(self) -> None:
        self.target = 0
        self.known = 0
        self._from = 0  # what went through before the present step
        self._began_at = timedelta(0)
        self._asked_at = timedelta(0)
        self._heard: list[float] = []
        self._due = 0.0
        self._wait = FIRST_WAIT
        self._failed_at: timedelta | None = None

    @property
    def active(self) -> bool:
        """Whether padding goes out."""
        return self.target > 0

    def stop(self) -> None:
        """There is no need for it."""
        self.target = 0

    def know(self, bitrate: int) -> None:
        """So much goes through, without a probe."""
        self.known = max(self.known, bitrate)

    def heard(self, excess: float, trip: timedelta, now: timedelta) -> None:
        """A report came, with so much more loss than usual."""
        if self.active and now - self._began_at > trip:
            self._heard.append(excess)

    def failed(self, now: timedelta, usable: int) -> None:
        """The link is full: end the probe and begin no other for a while."""
        before = self._from if self.active else usable
        self.known = min(self.known, before, usable)
        self.stop()
        if self._failed_at is not None and now - self._failed_at < SAME:
            return
        if self._failed_at is not None and now - self._failed_at > STEADY:
            self._wait = FIRST_WAIT
        elif self._failed_at is not None:
            self._wait = min(self._wait * PATIENCE, LONGEST_WAIT)
        self._failed_at = now

    def proven(self, now: timedelta, trip: timedelta, usable: int) -> int | None:
        """The bit rate of a step that has passed, once; the next step begins with `bytes_due`."""
        if not self.active or now - self._began_at < LISTEN + trip:
            return None
        if len(self._heard) < ENOUGH:
            if now - self._began_at > SILENCE + trip:
                self.failed(now, usable)
            return None
        is_clear = sum(self._heard[-2:]) > 2 * CLEAR
        if len(self._heard) == ENOUGH and not is_clear and max(self._heard[-2:]) > BUSY:
            return None  # a queue that is full now, or chance: one more tells
        if is_clear or sum(self._heard[-3:]) > BUSY * len(self._heard[-3:]):
            self.failed(now, usable)
            return None
        self.known, self.target = self.target, 0
        self._wait, self._failed_at = FIRST_WAIT, None
        return self.known

    def take(self, size: int) -> bool:
        """Whether a repeat of so many bytes that was asked for goes in place of padding."""
        if not self.active or self._due < -AHEAD:
            return False
        self._due -= size
        return True

    def bytes_due(self, now: timedelta, wanted: int, sent: int, least: int) -> int:
        """Bytes to send now beside `sent`; begins a step above what is known, at least `least`.

        What the viewer's own estimate allows is not known: on a thin link it can be twice too much.
        """
        if not self.active:
            if self._failed_at is not None and now - self._failed_at < self._wait:
                return 0
            times = STEP if self._failed_at is None else CAREFUL
            step = max(least, int(max(sent, self.known) * times))
            self.target = wanted if wanted < step * REST else step
            self._from = int(self.target / times)
            self._began_at = self._asked_at = now
            self._due = 0.0
            self._heard.clear()
        passed = min(now - self._asked_at, BURST)
        self._asked_at = now
        self._due += max(0, self.target - sent) * passed.total_seconds() / 8
        if self._due < CHUNK:
            return 0
        due, self._due = int(self._due), 0.0
        return due
