"""Claim: a start takes little more than importing what it needs.

Starts `python -m web serve` on an existing data folder until /readyz answers 200, and a Python
that only imports the same modules, in turns. The ratio is a bar (exit status 1 when it is
missed); seconds are printed with the machine and its load.

    python benchmarks/start_to_ready.py [--rounds 5]
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from time import perf_counter, sleep
from urllib.error import URLError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.common.machine import machine, moment
from tests.support.service import ROOT, free_port

BAR = 1.6  # start to ready over the bare imports
AIM, LIMIT = 2.0, 4.0  # seconds that we hope for, and that a later start should stay below
IMPORTS = "import web.cli, web.commands.serve, web.service"  # what `serve` imports
PAUSE = 0.01  # seconds between two questions


def ready(url: str) -> bool:
    """Whether everything that a request needs is up."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def start(data: Path) -> float:
    """Seconds from the start of the command to the first "ready"."""
    port = asyncio.run(free_port())
    began = perf_counter()
    process = subprocess.Popen(  # noqa: S603  our own arguments
        [sys.executable, "-m", "web", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "DAIGANG_DATA": str(data)},  # noqa: TID251  a child inherits it
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not ready(f"http://127.0.0.1:{port}"):
            if process.poll() is not None:
                raise RuntimeError(f"the service ended with {process.returncode}")
            sleep(PAUSE)
        return perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def imports() -> float:
    """Seconds that a Python takes that only imports."""
    began = perf_counter()
    subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, check=True)  # noqa: S603  as above
    return perf_counter() - began


def main() -> int:
    """Measure, print one line, and answer the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    began = moment()
    with tempfile.TemporaryDirectory(prefix="daigang-start-") as folder:
        first = start(Path(folder))  # makes the database and loads the demo
        imports()
        pairs = [(start(Path(folder)), imports()) for _ in range(rounds)]
    starts, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    line = {
        "benchmark": "start_to_ready",
        "rounds": rounds,
        "machine": machine(began),
        "first_start_seconds": round(first, 2),
        "start_seconds": round(starts, 2),
        "imports_seconds": round(bare, 2),
        "start_over_imports": round(starts / bare, 2),
        "bar": BAR,
        "aim_seconds": AIM,
        "limit_seconds": LIMIT,
        "rounds_seconds": [[round(value, 2) for value in pair] for pair in pairs],
    }
    print(json.dumps(line))
    return 1 if starts / bare > BAR else 0


if __name__ == "__main__":
    sys.exit(main())
