"""A process of its own that has imported already: forked from one that did nothing else.

A command imports for one to three seconds and works for a tenth of one. What has to start as people
start it (`tests/web/commands/test_serve.py`, `python -m web`) does not come here.
"""

import asyncio
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from tests.support.watching import leave_unwatched

ROOT = Path(__file__).resolve().parents[2]
IMPORTED = [
    "alembic.command",
    "alembic.runtime.migration",
    "interviews.postgres_driver",
    "interviews.sqlite_driver",
    "tests.scheduler.drain.crashing",
    "tests.support.booking_loop",
    "tests.support.forked",
    "web.cli",
    "web.commands.config",
    "web.commands.data",
    "web.commands.people",
    "web.commands.serve",
    "web.service",
]


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process wrote, and its exit status: negative when a signal ended it."""

    status: int
    out: str
    err: str


@cache
def _nursery() -> ForkServerContext:
    """One process for each pytest process; it ends with it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def end() -> None:
    """Wait until the process from which others were forked has ended, and told its coverage."""
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # else it outlives the tests


async def forked(
    work: Callable[..., object],
    *words: str,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    typed: str = "",
) -> Ended:
    """Call `work`, which finds the words in `sys.argv`, and wait until its process has ended."""
    with TemporaryDirectory() as kept:
        streams = Path(kept)
        (streams / "in").write_text(typed)
        order = (streams, work, words, None if environment is None else dict(environment), folder)
        process = _nursery().Process(target=_perform, args=order)
        process.start()
        try:
            await asyncio.to_thread(process.join)
        except asyncio.CancelledError:  # whoever waits has waited long enough
            process.kill()
            raise
        status = process.exitcode
        process.close()
        assert status is not None
        return Ended(status, (streams / "out").read_text(), (streams / "err").read_text())


def _perform(
    streams: Path,
    work: Callable[[], object],
    words: Sequence[str],
    environment: Mapping[str, str] | None,
    folder: Path,
) -> None:
    """In the new process: become what `python -m …` in that folder would be."""
    _redirect(streams)
    os.chdir(folder)
    sys.argv = ["daigang", *words]
    if environment is not None:
        os.environ.clear()  # noqa: TID251  this is the environment of another program
        os.environ.update(environment)  # noqa: TID251  as above
    work()


def _redirect(streams: Path) -> None:
    files: list[tuple[str, int, str]] = [("in", 0, "r"), ("out", 1, "w"), ("err", 2, "w")]
    for name, number, mode in files:
        with (streams / name).open(mode) as file:
            os.dup2(file.fileno(), number)
        setattr(sys, f"std{name}", os.fdopen(number, mode, encoding="utf-8", closefd=False))


@contextmanager
def speaking(work: Callable[..., object], *args: object) -> Iterator[TextIO]:
    """Call `work` in a process of its own; yields what it prints, line by line, then kills it."""
    heard, said = _nursery().Pipe(duplex=False)
    process = _nursery().Process(target=_speak, args=(said, work, *args))
    process.start()
    said.close()
    with heard, os.fdopen(os.dup(heard.fileno()), encoding="utf-8") as lines:
        try:
            yield lines
        finally:
            process.kill()
            process.join()
            process.close()


def _speak(said: Connection, work: Callable[..., object], *args: object) -> None:
    leave_unwatched()
    warnings.simplefilter("error")
    os.dup2(said.fileno(), 1)
    said.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    work(*args)
