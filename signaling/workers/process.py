"""`python -m signaling.workers.process`: one media worker in a process of its own."""

import argparse
import asyncio
import gc
import ipaddress
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from signaling.transport.kernels import kernels
from signaling.transport.sieve import Sieve
from signaling.workers.advertised import Advertised
from signaling.workers.worker import MOST_SESSIONS, Worker, WorkerOptions

DRAIN: Final = timedelta(seconds=8)  # the whole service has to end within ten
BAD_START: Final = 2


def parse(arguments: Sequence[str]) -> tuple[Path, WorkerOptions]:
    """The control plane's socket and the worker's options; exits with 2 when they make no sense."""
    parser = argparse.ArgumentParser(prog="python -m signaling.workers.process")
    parser.add_argument("--socket", type=Path, required=True, help="the control plane's socket")
    parser.add_argument("--worker", required=True, help="the name of this worker")
    parser.add_argument("--host", type=_address, default="127.0.0.1", help="IP to listen at")
    parser.add_argument("--port", type=int, default=0, help="UDP port; 0 takes any")
    parser.add_argument("--tcp-port", type=int, help="TCP port; 0 takes any; without it no TCP")
    parser.add_argument(
        "--advertise",
        action="append",
        type=_advertised,
        default=[],
        metavar="ADDRESS[:PORT]",
        help="address to put into answers instead; may be repeated",
    )
    parser.add_argument("--sessions", type=int, default=MOST_SESSIONS, help="refuse more than this")
    parser.add_argument(
        "--no-gso", dest="segments", action="store_false", help="send every packet by itself"
    )
    values = parser.parse_args(arguments)
    options = WorkerOptions(
        worker=values.worker,
        host=values.host,
        port=values.port,
        tcp_port=values.tcp_port,
        advertise=tuple(values.advertise),
        most_sessions=values.sessions,
        segments=values.segments,
    )
    return values.socket, options


def _address(text: str) -> str:
    """The text, if it is an IP address; argparse says so in one line if not."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no IP address") from error


def _advertised(text: str) -> str:
    try:
        return str(Advertised.read(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


async def serve(path: Path, options: WorkerOptions) -> None:
    """Connect to the control plane and work for it until it goes away; raises OSError."""
    reader, writer = await asyncio.open_unix_connection(path)
    worker = Worker(options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.drain, DRAIN)
    await worker.run(reader, writer)


def main() -> None:
    """Run until the control plane goes away or a drain is over."""
    path, options = parse(sys.argv[1:])
    kernels()  # now, not when the first viewers wait
    Sieve()
    gc.collect()
    gc.freeze()  # else each full collection looks through all modules, and no packet moves
    try:
        asyncio.run(serve(path, options))
    except* OSError as group:
        for error in group.exceptions:
            sys.stderr.write(f"media worker {options.worker}: {error}\n")
        sys.exit(BAD_START)


if __name__ == "__main__":
    main()
