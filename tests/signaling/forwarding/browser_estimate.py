"""How a browser estimates what arrives (REMB): a model of libwebrtc's, as far as it shows to us.

A delay that grows, packet group by group, is a queue that fills: then the estimate falls to 0.85
of what arrives. A queue that *stays* full tells it nothing, and the estimate grows on: by 8 % a
second, near the rate at which it fell last by a packet a trip only, never above 1.5 times what
arrives.
"""

from collections import deque
from datetime import timedelta
from typing import Final

SECOND: Final = timedelta(seconds=1)
MS: Final = timedelta(milliseconds=1)
WINDOW: Final = 20  # groups
GAIN: Final = 4.0
SMOOTHING: Final = 0.9
MOST_DELTAS: Final = 60
FIRST_THRESHOLD, LEAST_THRESHOLD, MOST_THRESHOLD = 12.5, 6.0, 600.0
UP, DOWN = 0.0087, 0.039  # how fast the threshold follows
BETA: Final = 0.85
FIRST: Final = 5 * SECOND  # of clean media, until it speaks
SOONEST: Final = 200 * MS  # between two falls
NEAR: Final = 3.0  # deviations from the rate of the last falls


class BrowserEstimate:
    """Takes groups of packets as they arrive; `bitrate` is 0 until it has an opinion."""

    def __init__(self, now: timedelta) -> None:
        self.bitrate = 0.0
        self._began_at = now
        self._arrived: deque[tuple[timedelta, int]] = deque()
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._smoothed = 0.0
        self._last: tuple[timedelta, timedelta] | None = None  # arrival, way
        self._delay = 0.0
        self._deltas = 0
        self._slope = 0.0
        self._threshold = FIRST_THRESHOLD
        self._over_since: timedelta | None = None
        self._fell_at: timedelta | None = None
        self._mode = "normal"
        self._holds = False
        self._capacity: float | None = None
        self._deviation = 0.4
        self._updated_at = now

    def packet(self, at: timedelta, size: int) -> None:
        self._arrived.append((at, size))

    def arriving(self, now: timedelta) -> float:
        """Bits per second of the last second."""
        while self._arrived and self._arrived[0][0] < now - SECOND:
            self._arrived.popleft()
        return 8.0 * sum(size for _, size in self._arrived)

    def group(self, at: timedelta, way: timedelta) -> None:
        """A group has arrived whole, after so long a way."""
        last, self._last = self._last, (at, way)
        if last is None:
            return
        passed = (at - last[0]) / MS
        self._deltas = min(self._deltas + 1, 1000)
        self._delay += (way - last[1]) / MS
        self._smoothed = SMOOTHING * self._smoothed + (1 - SMOOTHING) * self._delay
        self._points.append(((at - self._began_at) / MS, self._smoothed))
        if len(self._points) < WINDOW:
            return
        slope = _slope(self._points)
        self._judge(slope, passed, at)
        self._slope = slope
        if self._mode == "over":
            self._fall(at)

    def _judge(self, slope: float, passed: float, now: timedelta) -> None:
        trend = slope * min(self._deltas, MOST_DELTAS) * GAIN
        if trend > self._threshold:
            self._over_since = self._over_since or now
            if now - self._over_since > 10 * MS and slope >= self._slope:
                self._mode = "over"
        elif trend < -self._threshold:
            self._mode, self._over_since = "under", None
        else:
            self._mode, self._over_since = "normal", None
        if abs(trend) < self._threshold + 15:
            rate = UP if abs(trend) > self._threshold else DOWN
            self._threshold += rate * (abs(trend) - self._threshold) * min(passed, 100.0)
            self._threshold = max(LEAST_THRESHOLD, min(self._threshold, MOST_THRESHOLD))

    def _fall(self, now: timedelta) -> None:
        if self._fell_at is not None and now - self._fell_at < SOONEST:
            return
        arriving = self.arriving(now)
        if now - self._began_at < SECOND:
            return
        self._fell_at, self._holds = now, True
        fallen = BETA * arriving
        if self.bitrate:
            fallen = min(fallen, self.bitrate)
        if self._capacity is not None:
            sigma = (self._deviation * self._capacity) ** 0.5
            if arriving < self._capacity - NEAR * sigma:
                self._capacity = None
        kilo = arriving / 1000
        before = self._capacity if self._capacity is not None else kilo
        self._capacity = 0.95 * before + 0.05 * kilo
        error = self._capacity - kilo
        self._deviation = 0.95 * self._deviation + 0.05 * error * error / max(self._capacity, 1)
        self._deviation = max(0.4, min(2.5, self._deviation))
        self.bitrate = fallen
        self._updated_at = now

    def report(self, now: timedelta) -> int:
        """What the browser tells now, 0 for nothing."""
        arriving = self.arriving(now)
        passed, self._updated_at = (now - self._updated_at) / SECOND, now
        if not self.bitrate:
            if now - self._began_at > FIRST:
                self.bitrate = arriving
            return int(self.bitrate)
        if self._mode == "under":
            self._holds = True
        elif self._mode == "normal" and self._holds:
            self._holds = False
        elif self._mode == "normal":
            if self._capacity is not None:
                sigma = (self._deviation * self._capacity) ** 0.5
                if arriving / 1000 > self._capacity + NEAR * sigma:
                    self._capacity = None
            most = 1.5 * arriving + 10_000
            if self._capacity is not None:
                grown = self.bitrate + max(4000.0, 9600 / 0.3) * passed
            else:
                grown = self.bitrate * 1.08 ** min(passed, 1) + 1000 * passed
            self.bitrate = max(self.bitrate, min(grown, most))
        return int(self.bitrate)


def _slope(points: deque[tuple[float, float]]) -> float:
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    under = sum((x - mean_x) ** 2 for x, _ in points)
    return over / under if under else 0.0
