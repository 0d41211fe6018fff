"""Claim: one core of ours carries several times the viewers that Janus' streaming plugin carries.

One publisher, N viewers with real ICE and DTLS, first at Debian's Janus, then at our server with
and without UDP segmentation; each server is pinned to one core of a network namespace, the load
to another. The figure is the CPU of the server's processes divided by the packets that viewers
received and decrypted. The servers take turns for some rounds, since a machine that others share
changes from minute to minute; of the sound rounds, which have to be most, the one with the middle
ratio counts, and all ratios are printed.
Prints one JSON line; ratios are bars (exit status 1 when one is missed).

    python benchmarks/fanout.py [--viewers 200] [--peer janus] [--traffic h264 --traffic vp8 ...]
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.common.machine import machine, moment
from benchmarks.media import floor, servers
from benchmarks.media.janus import configuration
from benchmarks.media.network import Network, NoNetworkError, network
from benchmarks.media.replay import TRAFFIC, is_there, packets_of
from benchmarks.media.server import supports_no_gso

# times Janus' viewers per core
BARS: Final = {"h264": 3.0, "vp8": 3.0, "simulcast": 3.0, "equal": 4.0}
BARS_AT: Final = 200  # viewers
VOID_ABOVE: Final = 20.0  # microseconds a packet: a Janus that is slower is set up wrongly
AIM_MS: Final = 10.0  # p99 in the server at 60 % of its capacity
BUSY: Final = "h264"  # the traffic by which delay is measured
LOOKED_AT: Final = 4  # then one viewer in so many: the load has one core for all of them
ENOUGH: Final = 0.999  # of the packets sent have to arrive and be decrypted
Result = dict[str, Any]


def measured(net: Network, traffic: str, options: argparse.Namespace) -> list[Result]:
    """The same traffic through each server in turn, for some rounds."""
    return [a_round(net, traffic, options) for _ in range(options.rounds)]


def middle(kept: list[Result], rounds: list[Result]) -> Result:
    """Of those kept the one with the middle ratio, or the lower one of two; and all ratios."""
    chosen = sorted(kept, key=_worth)[(len(kept) - 1) // 2]
    if "janus" not in chosen:
        return chosen
    ratios = [one["ours"]["times_janus"] for one in rounds]
    return {**chosen, "ours": {**chosen["ours"], "times_janus_by_round": ratios}}


def _worth(one: Result) -> float:
    """The ratio, or where there is no peer how many packets a microsecond is enough for."""
    ours = one["ours"]
    return float(ours.get("times_janus", 1 / ours["microseconds_per_packet"]))


def a_round(net: Network, traffic: str, options: argparse.Namespace) -> Result:
    """The same traffic through each server."""
    more = ["--traffic", traffic, "--viewers", str(options.viewers)]
    more += ["--seconds", str(options.seconds)]
    found: Result = {}
    if options.peer == "janus":
        with servers.janus(net, traffic) as server:
            found["janus"] = servers.load(net, server, *more)
    with servers.ours(net) as server:
        found["ours"] = servers.load(net, server, *more)
    if options.segmentation == "both" and supports_no_gso():
        with servers.ours(net, "--no-gso") as server:
            found["ours_without_gso"] = servers.load(net, server, *more)
    if options.peer == "janus":
        for name in [name for name in found if name != "janus"]:
            found[name]["times_janus"] = round(
                found["janus"]["microseconds_per_packet"] / found[name]["microseconds_per_packet"],
                2,
            )
    return found


def at_sixty_percent(net: Network, capacity: int, options: argparse.Namespace) -> Result:
    """How long packets stay in the server at 60 % of the viewers that one core could carry.

    A real Chromium watches another publication meanwhile, as at the other loads.
    """
    told: Result = {}
    with servers.ours(net) as server, servers.canary(net, server, told):
        run = delayed(net, server, int(capacity * 0.6), options)
    return {**run, "canary": told}


def at_possible_use(net: Network, capacity: int, options: argparse.Namespace) -> Result:
    """The same at the highest use at which a perfect server's p99 is still within the aim."""
    use = floor.most_use(packets_of(BUSY), AIM_MS)
    with servers.ours(net) as server:
        return delayed(net, server, int(capacity * use), options)


def delayed(
    net: Network, server: servers.Running, viewers: int, options: argparse.Namespace
) -> Result:
    """The delays of the busy traffic to so many, beside those of a perfect server as busy."""
    more = ["--traffic", BUSY, "--viewers", str(viewers), "--looked-at", str(LOOKED_AT)]
    run = servers.load(net, server, *more, "--seconds", str(options.seconds))
    return {**run, "perfect_server_ms": floor.perfect(packets_of(BUSY), run["core_in_use"])}


def watched_by_a_browser(net: Network, traffic: str, options: argparse.Namespace) -> Result:
    """What a real Chromium sees of another publication on the same worker under the same load."""
    more = ["--traffic", traffic, "--viewers", str(options.viewers)]
    told: Result = {}
    with servers.ours(net) as server, servers.canary(net, server, told):
        run = servers.load(net, server, *more, "--seconds", str(options.seconds))
    return {**told, "viewers_beside_it": run["viewers"], "received_share": run["received_share"]}


def sound(traffic: str, rounds: list[Result]) -> list[Result]:
    """The rounds that say something, or all if most of them do not."""
    found = [one for one in rounds if not voids(traffic, one)]
    return found if 2 * len(found) > len(rounds) else rounds


def voids(traffic: str, runs: Result) -> list[str]:
    """Why the figures of a round say nothing, if they do not."""
    found = [
        f"{traffic}: {name} delivered only {run['received_share']:.2%}"
        for name, run in runs.items()
        if run["received_share"] < ENOUGH
    ]
    if "janus" in runs and runs["janus"]["microseconds_per_packet"] > VOID_ABOVE:
        found.append(f"{traffic}: Janus took more than {VOID_ABOVE} µs a packet")
    return found


def reasons(rounds: dict[str, list[Result]]) -> list[str]:
    """Why any of these rounds say nothing."""
    return [why for name, found in rounds.items() for one in found for why in voids(name, one)]


def overtaxed(runs: dict[str, Result]) -> list[str]:
    """Why delays say nothing: the load did not get what it was sent."""
    return [
        f"{name}: only {run['received_share']:.2%} came, so delays are the load's own"
        for name, run in runs.items()
        if run["received_share"] < ENOUGH
    ]


def missed(results: dict[str, Result], viewers: int) -> list[str]:
    """Which bars were missed."""
    if viewers != BARS_AT:
        return []
    ratios = {name: runs["ours"].get("times_janus") for name, runs in results.items()}
    return [
        f"{traffic}: {ratio} times Janus, at least {BARS[traffic]}"
        for traffic, ratio in ratios.items()
        if ratio is not None and ratio < BARS[traffic]
    ]


def complaints(canaries: dict[str, Result]) -> list[str]:
    """What a browser saw that it should not have seen, by load."""
    told = {name: servers.complaints(seen) for name, seen in canaries.items()}
    return [f"{load}: {complaint}" for load, listed in told.items() for complaint in listed]


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=BARS_AT)
    parser.add_argument("--peer", choices=("janus", "none"), default="janus")
    parser.add_argument("--traffic", choices=TRAFFIC, action="append", help="default: all")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument(
        "--rounds",
        type=int,
        choices=range(1, 10),
        default=3,
        help="in which the servers take turns",
    )
    parser.add_argument("--brief", action="store_true", help="neither delay nor canary")
    parser.add_argument("--segmentation", choices=("on", "both"), default="both")
    parser.add_argument(
        "--halves",
        choices=("apart", "together"),
        default="apart",
        help="whether what viewers receive is received on the load's core, or on the server's",
    )
    return parser.parse_args()


def main() -> int:
    """Measure, print one line, and answer the exit status."""
    chosen = options()
    traffics = chosen.traffic or [name for name in TRAFFIC if is_there(name)]
    began = moment()
    try:
        with network(apart=chosen.halves == "apart") as net:
            rounds = {name: measured(net, name, chosen) for name in traffics}
            kept = {name: sound(name, found) for name, found in rounds.items()}
            results = {name: middle(kept[name], found) for name, found in rounds.items()}
            beside: Result = {}
            if not chosen.brief and BUSY in results:
                capacity = results[BUSY]["ours"]["viewers_per_core"]
                beside["at_60_percent"] = at_sixty_percent(net, capacity, chosen)
                beside["at_possible_use"] = at_possible_use(net, capacity, chosen)
            if not chosen.brief:
                beside["canary"] = {
                    name: watched_by_a_browser(net, name, chosen) for name in results
                }
    except NoNetworkError as error:
        print(f"fanout.py needs network namespaces (root on Linux): {error}", file=sys.stderr)
        return 2
    delays = {name: beside[name] for name in ("at_60_percent", "at_possible_use") if name in beside}
    canaries = dict(beside.get("canary", {}))
    if "at_60_percent" in beside:
        canaries["60 %"] = beside["at_60_percent"]["canary"]
    line = {
        "benchmark": "fanout",
        "viewers": chosen.viewers,
        "halves": chosen.halves,
        "machine": machine(began),
        "results": results,
        **beside,
        "aim_delay_ms": AIM_MS,
        "bars": BARS if chosen.viewers == BARS_AT else None,
        "missed": [*missed(results, chosen.viewers), *complaints(canaries)],
        "void": [*reasons(kept), *overtaxed(delays)],
        "void_rounds": reasons(rounds),
    }
    if chosen.peer == "janus":
        line["janus_configuration"] = {
            name: configuration(Path("/tmp"), name)  # noqa: S108  printed
            for name in results
        }
    print(json.dumps(line))
    return 1 if line["missed"] or line["void"] else 0


if __name__ == "__main__":
    sys.exit(main())
