"""Claim: the free slots of a panel are computed in a few milliseconds, without a cache.

Prints one JSON line: medians and 95th percentiles in milliseconds, with the machine and its load.
The figures are aims, not bars: `aim_ms` is what we hope for on a machine of two cores.

    python benchmarks/slot_rules.py [--rounds 50]
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from interviews.slots.rules import (
    LocalHours,
    OfferedSlot,
    OpeningHours,
    PanelMember,
    SlotShape,
    TimeRange,
    Weekday,
    WeeklyRule,
    free_slots,
    grouped_by_day,
    subtracted,
)

START = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TWENTY = SlotShape(20 * MINUTE, 5 * MINUTE, before=5 * MINUTE, after=5 * MINUTE)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata", "Asia/Urumqi")


def busy_ranges(count: int, days: int, seed: int) -> tuple[TimeRange, ...]:
    """So many busy quarters and half hours, in no order, over the days and those around them."""
    dice = random.Random(seed)  # noqa: S311  repeatable input, no secret
    starts = (START + dice.randrange(-18 * 96, (days + 5) * 96) * 15 * MINUTE for _ in range(count))
    return tuple(TimeRange(start, start + dice.choice((15, 30)) * MINUTE) for start in starts)


def panel(people: int, days: int, busy: int) -> list[PanelMember]:
    """People with office hours of ten hours on workdays, in several zones."""
    office = LocalHours(time(8), time(18))
    weekly = tuple(WeeklyRule(day, office) for day in tuple(Weekday)[:5])
    return [
        PanelMember(
            OpeningHours(ZoneInfo(ZONES[n % len(ZONES)]), weekly), busy_ranges(busy, days, seed=n)
        )
        for n in range(people)
    ]


def question(people: int, days: int, busy: int) -> Callable[[], int]:
    """Ask for the free 20-minute slots of a panel; says how many there are."""
    asked, span = panel(people, days, busy), TimeRange(START, START + days * DAY)
    return lambda: len(free_slots(asked, TWENTY, span=span, now=START))


def subtraction() -> Callable[[], int]:
    """Take 2,000 busy ranges out of a year of days; says how many ranges are left."""
    days = tuple(
        TimeRange(START + n * DAY, START + n * DAY + timedelta(hours=10)) for n in range(365)
    )
    busy = busy_ranges(2000, 365, seed=7)
    return lambda: len(subtracted(days, busy))


def page() -> Callable[[], int]:
    """Group a month of one person's free slots for a viewer elsewhere; says how many days."""
    zone = ZoneInfo(ZONES[0])
    slots = free_slots(
        panel(1, 30, 100), TWENTY, span=TimeRange(START, START + 30 * DAY), now=START
    )
    offers = [OfferedSlot(number, slot, zone) for number, slot in enumerate(slots)]
    viewer = ZoneInfo("America/Vancouver")
    return lambda: len(grouped_by_day(offers, viewer))


def claims() -> dict[str, tuple[Callable[[], int], float]]:
    """Each question with the milliseconds we aim at."""
    return {
        "panel_of_2_month_500_busy_each": (question(2, 30, 500), 5.0),
        "panel_of_2_one_week_50_busy_each": (question(2, 7, 50), 2.0),
        "one_host_month_100_busy": (question(1, 30, 100), 3.0),
        "panel_of_10_60_days_500_busy_each": (question(10, 60, 500), 30.0),
        "year_minus_2000_busy": (subtraction(), 10.0),
        "month_grouped_for_a_viewer": (page(), 6.0),
    }


def measured(ask: Callable[[], int], aim: float, rounds: int) -> dict[str, float | int]:
    """Milliseconds of one question over so many rounds, after one that warms up."""
    answers = ask()
    spent = []
    for _ in range(rounds):
        began = perf_counter()
        ask()
        spent.append((perf_counter() - began) * 1000)
    spent.sort()
    return {
        "median_ms": round(statistics.median(spent), 3),
        "p95_ms": round(spent[int(len(spent) * 0.95)], 3),
        "aim_ms": aim,
        "answers": answers,
    }


def main() -> None:
    """Measure every claim and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    zoneinfo.reset_tzpath(to=[])
    before = os.getloadavg()[0]
    results = {name: measured(ask, aim, rounds) for name, (ask, aim) in claims().items()}
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_before": round(before, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    line = {"benchmark": "slot_rules", "rounds": rounds, "machine": machine, "results": results}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
