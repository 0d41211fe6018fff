"""What Prometheus is told: the process, rooms and media doors, mail on its way, bookings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from typing_extensions import override

from interviews.bookings.models import Booking, BookingState
from interviews.outbox import Outbox
from signaling.workers.messages import Statistics
from web.media_metrics import media_metrics

MOMENTARY = {  # the engine's numbers of this moment; its other ones only grow
    "rooms": "Rooms that are open.",
    "sockets": "Room sockets that are open.",
    "media_order_failures": "Orders to media workers that failed, in the rooms that are open.",
}
COUNTED = {
    "connections": "Room sockets that said a valid hello.",
    "slow_readers": "Room sockets that were dropped because they read too slowly.",
    "refused_messages": "Messages on room sockets that were malformed or too many.",
    "faults": "Bugs that were kept inside one room.",
    "media_freezes": "Freezes of pictures that viewers' browsers counted.",
    "notes_lost": "Times that notes about a room could not be written.",
    "events_dropped": "Room events that were dropped because nobody took them.",
}


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What the database says at this moment."""

    waiting: int  # mails that were neither sent nor given up
    failed: int  # mails that were given up
    oldest: timedelta  # how long the longest waiting mail has been due; zero when none is
    bookings: Mapping[BookingState, int]


async def outbox_state(session: AsyncSession, *, now: datetime) -> DatabaseState:
    """Mail and bookings, counted by the database."""
    waits = col(Outbox.sent_at).is_(None) & col(Outbox.failed_at).is_(None)
    due = select(func.count(), func.min(col(Outbox.due_at))).where(waits)
    waiting, longest = (await session.execute(due)).one()
    gave_up = col(Outbox.failed_at).is_not(None) & col(Outbox.sent_at).is_(None)
    failed = await session.scalar(select(func.count()).select_from(Outbox).where(gave_up))
    states = await session.execute(
        select(col(Booking.state), func.count()).group_by(col(Booking.state))
    )
    found = {BookingState(state): count for state, count in states}
    return DatabaseState(
        waiting=waiting,
        failed=failed or 0,
        oldest=max(now - (longest or now), timedelta(0)),
        bookings={state: found.get(state, 0) for state in BookingState},
    )


class OurNumbers(Collector):
    """Turns one reading into metrics."""

    def __init__(
        self,
        engine: Mapping[str, int],
        state: DatabaseState | None,
        workers: Sequence[Statistics],
    ) -> None:
        self._engine = engine
        self._workers = workers
        self._state = state

    @override
    def collect(self) -> Iterator[Metric]:
        """The engine's numbers, the workers', then the database's."""
        for name, value in self._engine.items():
            if name in MOMENTARY:
                yield GaugeMetricFamily(f"daigang_{name}", MOMENTARY[name], value)
            else:
                text = COUNTED.get(name, name.replace("_", " "))
                yield CounterMetricFamily(f"daigang_{name}", text, value)
        yield from media_metrics(self._workers)
        reachable = self._state is not None
        yield GaugeMetricFamily("daigang_database_up", "1 while the database answers.", reachable)
        if self._state is not None:
            yield from _of_the_database(self._state)


def _of_the_database(state: DatabaseState) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "daigang_mail_waiting", "Mails that were neither sent nor given up.", state.waiting
    )
    yield GaugeMetricFamily(
        "daigang_mail_failed", "Mails that were given up and wait for a resend.", state.failed
    )
    yield GaugeMetricFamily(
        "daigang_mail_oldest_seconds",
        "How long the mail that waits longest has been due.",
        state.oldest.total_seconds(),
    )
    bookings = GaugeMetricFamily("daigang_bookings", "Bookings by their state.", labels=("state",))
    for booking, count in state.bookings.items():
        bookings.add_metric((str(booking),), count)
    yield bookings


def exposition(
    engine: Mapping[str, int],
    state: DatabaseState | None,
    workers: Sequence[Statistics] = (),
) -> bytes:
    """Prometheus' text format: the process first, then what is ours."""
    ours = CollectorRegistry(auto_describe=False)
    ours.register(OurNumbers(engine, state, workers))
    return generate_latest(REGISTRY) + generate_latest(ours)
