"""How often one address or one account may try: token buckets."""

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from interviews.refusals import Refusal
from interviews.texts import N_
from web.keys import CLOCK
from web.proxies import client_address, household

MOST_BUCKETS = 50_000  # some 20 MB; the one that was used longest ago is forgotten first


class TooManyAttempts(Refusal):
    """Too often from one place or for one account; `retry_after` is in seconds."""

    code = "too-many-attempts"
    status = 429
    message = N_("That was tried too often in a short time.")
    next_step = N_("Please try again in %(minutes)s min.")

    def __init__(self, wait: timedelta) -> None:
        seconds = max(1, math.ceil(wait.total_seconds()))
        super().__init__(retry_after=seconds, minutes=math.ceil(seconds / 60))


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, then one in every `each`."""

    burst: int
    each: timedelta


@dataclass(frozen=True, slots=True)
class Bucket:
    """How full a bucket was at a moment."""

    tokens: float
    at: datetime

    def filled(self, rate: Rate, *, now: datetime) -> "Bucket":
        """The bucket now."""
        gained = max(0.0, (now - self.at) / rate.each)
        return Bucket(min(float(rate.burst), self.tokens + gained), now)


class Limiter(Protocol):
    """Counts attempts."""

    def take(self, key: str, rate: Rate, *, now: datetime) -> timedelta | None:
        """None when the attempt is allowed and counted, else how long to wait."""
        ...


class MemoryLimiter:
    """Buckets of this process; with several processes each counts for itself."""

    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._most = most

    def take(self, key: str, rate: Rate, *, now: datetime) -> timedelta | None:
        """None when the attempt is allowed and counted, else how long to wait."""
        bucket = self._buckets.get(key, Bucket(rate.burst, now)).filled(rate, now=now)
        allowed = bucket.tokens >= 1
        self._buckets[key] = Bucket(bucket.tokens - 1, now) if allowed else bucket
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return None if allowed else (1 - bucket.tokens) * rate.each


LIMITER: web.AppKey[Limiter] = web.AppKey("limiter")


@dataclass(frozen=True, slots=True)
class Gate:
    """How often one thing may be tried from one address and for one account.

    A campus shares one address, so an address may try far more often than an account.
    """

    name: str
    by_address: Rate
    by_account: Rate


SIGN_IN = Gate("sign-in", Rate(200, timedelta(seconds=1)), Rate(10, timedelta(minutes=1)))
ASK_FOR_LINK = Gate("link", Rate(60, timedelta(seconds=10)), Rate(3, timedelta(minutes=5)))
SIGN_UP = Gate("sign-up", Rate(60, timedelta(seconds=10)), Rate(3, timedelta(minutes=5)))
PRESS_LINK = Gate("press", Rate(60, timedelta(seconds=2)), Rate(20, timedelta(minutes=1)))


def pass_gate(request: web.Request, gate: Gate, account: str = "") -> None:
    """Count one attempt; `account` is whatever names the account, known to us or not.

    Raises:
        TooManyAttempts: says when the next one is allowed.
    """
    limiter = request.app[LIMITER]
    now = request.app[CLOCK].now()
    address = household(client_address(request))
    waits = [limiter.take(f"{gate.name}:address:{address}", gate.by_address, now=now)]
    if account:
        name = hashlib.sha256(account.strip().lower().encode()).hexdigest()
        waits.append(limiter.take(f"{gate.name}:account:{name}", gate.by_account, now=now))
    blocked = [wait for wait in waits if wait is not None]
    if blocked:
        raise TooManyAttempts(max(blocked))
