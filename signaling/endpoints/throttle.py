"""How often one address may ask: a token bucket for each, bounded in number. Pure."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from signaling.refusals import TooManyRequests


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, and one more for each `every` that passes."""

    burst: int
    every: timedelta


# A whole campus may sit behind one address, and an interview day starts for all at once.
DEFAULT_RATE = Rate(burst=200, every=timedelta(milliseconds=50))
MAX_ADDRESSES = 20_000  # some 4 MB; beyond it whoever has been quiet longest is forgotten


@dataclass(frozen=True, slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class Throttle:
    """Counts requests by key, usually an address."""

    def __init__(self, rate: Rate = DEFAULT_RATE, *, max_keys: int = MAX_ADDRESSES) -> None:
        self._rate = rate
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, *, now: datetime) -> None:
        """Count one request.

        Raises:
            TooManyRequests: with the whole seconds until the next one is welcome.
        """
        tokens = self._tokens(key, now)
        if tokens < 1:
            missing = (1 - tokens) * self._rate.every
            raise TooManyRequests(seconds=max(1, -(-missing // timedelta(seconds=1))))
        self._keep(key, _Bucket(tokens - 1, now))

    def charge(self, key: str, requests: int, *, now: datetime) -> None:
        """Count so many requests more, after the fact; what is owed is never more than a burst."""
        owed = max(self._tokens(key, now) - requests, -float(self._rate.burst))
        self._keep(key, _Bucket(owed, now))

    def _keep(self, key: str, bucket: _Bucket) -> None:
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)

    def _tokens(self, key: str, now: datetime) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            return float(self._rate.burst)
        gained = max(now - bucket.filled_at, timedelta(0)) / self._rate.every
        return min(bucket.tokens + gained, float(self._rate.burst))
