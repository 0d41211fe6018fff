"""Claim: a viewer joins for little more than its handshake costs, and soon has a picture.

200 viewers join while media flows, the first 100 within a second. Counted are those who got in, how
long it took from POST to a whole key frame, how often the publisher was asked for one, and the CPU
of the server's processes per join, without what forwarding took meanwhile (which two stretches
without joins tell, with few viewers and with all); beside it one DTLS handshake of bare aiortc,
both sides in one process, on the same core while the same media flows. A server pays for one side
only, so a join is printed in sides, too. In a second run a real Chromium publishes and watches
beside them: nothing may freeze or fail to decode.

    python benchmarks/join.py [--viewers 200]
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.common.machine import machine, moment
from benchmarks.media import servers
from benchmarks.media.network import Network, NoNetworkError, network

MOST_CPU: Final = 3.0  # times a bare handshake
MOST_KEY_FRAMES: Final = 2  # asked of the publisher in a second in which 100 join
AIM_MS: Final = 500  # POST to a picture


def bare_alone(net: Network) -> float:
    """The same on the server's core while nothing else goes on, in CPU milliseconds."""
    line = (sys.executable, "-m", "benchmarks.media.bare_handshakes")
    done = subprocess.run(  # noqa: S603  our own line
        net.inside(net.server, *line, core=servers.SERVER_CORE),
        cwd=servers.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout)["both_sides_ms"])


def compared(result: dict[str, Any], alone: float) -> dict[str, Any]:
    """A join beside a bare handshake that went on beside the same media.

    What goes on beside it matters: both cores share their caches, and everybody's are cold.
    """
    cost, beside = result["cpu_ms_per_join"], result["bare_handshake_both_sides_ms"]
    return {
        "times_bare_handshake": round(cost / beside, 2),
        "times_one_side": round(cost / (beside / 2), 2),
        "bare_handshake_alone_both_sides_ms": alone,
        "times_bare_handshake_alone": round(cost / alone, 2),
    }


def missed(result: dict[str, Any]) -> list[str]:
    """Which bars were missed."""
    found = []
    if result["joined"] < result["viewers"]:
        found.append(f"{result['joined']} of {result['viewers']} got a picture")
    if result["times_bare_handshake"] > MOST_CPU:
        found.append(f"{result['times_bare_handshake']} bare handshakes, at most {MOST_CPU}")
    most = MOST_KEY_FRAMES * math.ceil(result["rush_seconds"])
    if result["key_frames_asked_in_rush"] > most:
        found.append(f"{result['key_frames_asked_in_rush']} key frames, at most {most}")
    return found


def watched_by_a_browser(net: Network, more: list[str]) -> dict[str, Any]:
    """What a real Chromium sees of another publication on the same worker while all join."""
    told: dict[str, Any] = {}
    with servers.ours(net) as server, servers.canary(net, server, told):
        result = servers.joins(net, server, *more)
    return {**told, "joined_beside_it": result["joined"]}


def main() -> int:
    """Measure, print one line, and answer the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--traffic", default="vp8")
    parser.add_argument("--brief", action="store_true", help="no canary")
    chosen = parser.parse_args()
    began = moment()
    more = ["--viewers", str(chosen.viewers), "--traffic", chosen.traffic]
    try:
        with network() as net:
            with servers.ours(net) as server:
                result = servers.joins(net, server, *more)
            alone = bare_alone(net)
            seen = {} if chosen.brief else watched_by_a_browser(net, more)
    except NoNetworkError as error:
        print(f"join.py needs network namespaces (root on Linux): {error}", file=sys.stderr)
        return 2
    result |= compared(result, alone)
    line = {
        "benchmark": "join",
        "machine": machine(began),
        "result": result,
        "bars": {"times_bare_handshake": MOST_CPU, "key_frames_asked_in_rush": MOST_KEY_FRAMES},
        "aim_ms": AIM_MS,
        "canary": seen,
        "missed": [*missed(result), *servers.complaints(seen)],
    }
    print(json.dumps(line))
    return 1 if line["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
