"""The simulcast layers of one track as viewers may choose them, and which of them are needed."""

from collections import deque
from datetime import timedelta
from statistics import median_low
from typing import Final

from signaling.forwarding.inbound import InboundTrack
from signaling.forwarding.layers import Layer

PATIENCE: Final = timedelta(seconds=3)  # from asking for a layer until it counts as not to be had
REFUSED: Final = timedelta(seconds=60)  # what was not to be had is not asked for again so soon
REST: Final = timedelta(seconds=2)  # a layer that nobody watches is paused after so long
SAMPLE: Final = timedelta(milliseconds=200)  # how often the rate of a layer is looked at
SAMPLES: Final = 15  # three seconds: the second in which a key frame counts is outvoted
USUAL: Final = (150_000, 500_000, 1_700_000)  # bits per second that our pages allow each layer


class Layering:
    """What was asked of the publisher, and what is known of each layer."""

    def __init__(self, track: InboundTrack) -> None:
        self._track = track
        self._asked = frozenset(track.rids)  # a publisher begins with all of them
        self._asked_at: timedelta | None = None
        self._spare_since: timedelta | None = None
        self._refused_at: dict[str, timedelta] = {}
        self._rates: dict[str, deque[int]] = {}
        self._sampled_at: timedelta | None = None

    def layers(self, now: timedelta) -> tuple[Layer, ...]:
        """The layers that can be had, ascending: those that come, and those that we had paused."""
        if self._sampled_at is None or now - self._sampled_at >= SAMPLE:
            self._sample(now)
        return tuple(
            self._layer(place, rid)
            for place, rid in enumerate(self._track.rids)
            if self._track.alive(rid, now) or not self._was_refused(rid, now)
        )

    def _sample(self, now: timedelta) -> None:
        self._sampled_at = now
        for rid, stream in self._track.layers.items():
            rates = self._rates.setdefault(rid, deque(maxlen=SAMPLES))
            if stream.rate.bitrate and self._track.alive(rid, now):
                rates.append(stream.rate.bitrate)
            else:
                rates.clear()

    def _was_refused(self, rid: str, now: timedelta) -> bool:
        """Whether it was asked for and does not come: the publisher's link is too thin."""
        if self._is_withheld(rid, now):
            self._refused_at[rid] = now
            return True
        refused_at = self._refused_at.get(rid)
        return refused_at is not None and now - refused_at < REFUSED

    def _is_withheld(self, rid: str, now: timedelta) -> bool:
        if rid not in self._asked or self._asked_at is None:
            return False
        stream = self._track.layers.get(rid)
        has_come = stream is not None and stream.newest_at > self._asked_at
        return has_come or now - self._asked_at > PATIENCE

    def _layer(self, place: int, rid: str) -> Layer:
        stream = self._track.layers.get(rid)
        usual = USUAL[min(place, len(USUAL) - 1)]
        height = stream.height if stream is not None and stream.height else self._guess(place)
        rates = self._rates.get(rid)
        return Layer(rid, height, median_low(rates) if rates else usual)

    def _guess(self, place: int) -> int:
        """The height of a layer by that of another: each has twice that of the one below."""
        for other, rid in enumerate(self._track.rids):
            stream = self._track.layers.get(rid)
            if stream is not None and stream.height:
                return int(stream.height * 2.0 ** (place - other))
        return 0

    def news(self, now: timedelta) -> tuple[str, ...] | None:
        """The layers to ask the publisher for, if that has changed; the lowest is always one."""
        if self._asked_at is None:
            self._asked_at = now
        wanted = self._track.wanted() | {self._track.rids[0]}
        if wanted == self._asked:
            self._spare_since = None
            return None
        if wanted < self._asked:
            self._spare_since = self._spare_since or now
            if now - self._spare_since < REST:
                return None
        self._asked, self._asked_at, self._spare_since = wanted, now, None
        return tuple(rid for rid in self._track.rids if rid in wanted)
