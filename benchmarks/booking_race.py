"""Claim: 200 clients, each after every slot, go through HTTP, and each slot is booked exactly once.

Prints one JSON line: for SQLite and for PostgreSQL, races of 10 and of 200 clients against the
real service, and what a booking costs the server beside the same statements said by synchronous
SQLAlchemy Core. Counts and ratios are bars (exit status 1 when one is missed); absolute figures
are printed with the machine and its load.

    python benchmarks/booking_race.py [--slots 25]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.common.machine import machine, moment
from benchmarks.race.judge import missed
from benchmarks.race.measure import measure
from tests.services.postgres import TEMPLATE, PostgresServer


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, list[str]]]:
    """For each kind of database the URLs of three empty ones: to race, record and replay on."""
    server = PostgresServer()
    server.start()
    try:
        names = [server.create(), *(server.create(template=TEMPLATE) for _ in range(2))]
        yield {
            "sqlite": [f"sqlite+aiosqlite:///{folder / name}.sqlite3" for name in ("a", "b", "c")],
            "postgresql": [server.url(name) for name in names],
        }
    finally:
        server.stop()


async def measured(slots: int) -> dict[str, Any]:
    """The figures of both databases."""
    with tempfile.TemporaryDirectory(prefix="daigang-race-") as name:
        folder = Path(name)
        with databases(folder) as found:
            return {
                kind: await measure(urls, folder / kind, slots=slots)
                for kind, urls in found.items()
            }


def main() -> int:
    """Measure, print one line, and answer the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=25, help="slots that every client tries")
    slots = parser.parse_args().slots
    zoneinfo.reset_tzpath(to=[])
    began = moment()
    results = asyncio.run(measured(slots))
    bars = missed(results)
    line = {
        "benchmark": "booking_race",
        "slots_that_every_client_tries": slots,
        "machine": machine(began),
        "results": results,
        "missed": bars,
    }
    print(json.dumps(line, ensure_ascii=False))
    return 1 if bars else 0


if __name__ == "__main__":
    sys.exit(main())
