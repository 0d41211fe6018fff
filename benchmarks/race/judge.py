"""Which bars a race has missed."""

import statistics
from collections.abc import Iterator
from typing import Any

CROWD_KEEPS = 0.8  # of the throughput with 10 clients
SLOWEST = 3.0  # p99 over p50
COST = 2.0  # server CPU over synchronous Core
AIM = 300  # bookings per second


def missed(results: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each bar that a database has missed; adds the ratios to the results."""
    return [f"{kind}: {bar}" for kind, found in results.items() for bar in _missed(found)]


def _missed(found: dict[str, Any]) -> Iterator[str]:
    few, many = found["clients_10"], found["clients_200"]
    ratios = {
        "throughput_200_over_10": many["requests_per_second"] / few["requests_per_second"],
        "p99_over_p50_at_200": many["p99_ms"] / many["p50_ms"],
        "server_over_core": statistics.median(found["server_over_core_by_turn"]),
    }
    found |= {name: round(ratio, 2) for name, ratio in ratios.items()}
    found["aim_bookings_per_second"] = AIM
    if found["double_bookings"] != 0:
        yield f"double_bookings is {found['double_bookings']}, not 0"
    if found["winners"] != found["slots"] or found["told_yes"] != found["slots"]:
        yield f"{found['winners']} winners of {found['slots']} slots"
    for name in ("apart", "clients_10", "clients_200"):
        if found[name]["other"]:
            yield f"{name}: other answers {found[name]['other']}"
    if ratios["throughput_200_over_10"] < CROWD_KEEPS:
        yield f"throughput at 200 clients is below {CROWD_KEEPS} of that at 10"
    if ratios["p99_over_p50_at_200"] > SLOWEST:
        yield f"p99 is above {SLOWEST} of p50"
    if ratios["server_over_core"] > COST:
        yield f"a booking costs the server more than {COST} of synchronous Core"
