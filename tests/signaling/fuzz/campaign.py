"""Runs one target over many inputs: what it found, and the smallest input that still shows it."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from tests.signaling.fuzz.mutation import Mutator

CORPUS: Final = Path(__file__).parent / "corpus"
MEASURED: Final = 50  # one example in so many is run under tracemalloc, which is slow
SMALL: Final = 1 << 20  # bytes that any example may take
RUNS: Final = 3  # of an input whose time is measured
SPENT: Final = 0.05  # seconds, after which there is no need for another
PER_BYTE: Final = 64  # bytes more for each byte of input


@dataclass(frozen=True)
class Target:
    """Something that reads foreign bytes.

    `run` answers a short text about what it made of them: inputs with new texts are built on. It
    may raise nothing; what its subject may raise it catches itself.
    """

    name: str
    seeds: tuple[bytes, ...]
    run: Callable[[bytes], str]
    words: tuple[bytes, ...] = ()
    most: int = 1500  # bytes of an input

    @property
    def corpus(self) -> Path:
        """Where inputs are kept that once broke something."""
        return CORPUS / self.name

    def found(self) -> tuple[Path, ...]:
        """The inputs that once broke something."""
        return tuple(sorted(self.corpus.glob("*.bin")))


def inflated(target: Target, size: int) -> Iterator[bytes]:
    """Lines, attributes, units or blocks repeated up to that size, alone and behind real ones."""
    for piece in (*target.seeds, *target.words):
        many = (piece * (size // len(piece) + 1))[:size]
        yield many
        yield (target.seeds[0] + many)[: max(size, len(target.seeds[0]))]


class TooMuchMemory(Exception):  # noqa: N818  a finding
    """An input took more memory than any input of its size should."""


@dataclass(frozen=True)
class Finding:
    """An input that broke the target, as small as we could make it."""

    data: bytes
    error: BaseException


@dataclass
class Campaign:
    """What happened so far."""

    target: Target
    seed: int
    examples: int = 0
    outcomes: int = 0
    slowest: float = 0.0  # seconds
    slowest_data: bytes = b""
    finding: Finding | None = None

    def run(self, examples: int | None = None, until: float | None = None) -> "Campaign":
        """Try so many inputs, or until time.monotonic() says so, or until one breaks the target."""
        seen: set[str] = set()
        mutator = Mutator(
            Random(self.seed),  # noqa: S311  a test that can be repeated
            self.target.seeds,
            self.target.words,
            self.target.most,
        )
        for data in islice(self._inputs(mutator), examples):
            if until is not None and time.monotonic() > until:
                break
            outcome = self._try(data)
            if self.finding is not None:
                break
            if outcome not in seen:
                seen.add(outcome)
                mutator.remember(data)
        self.outcomes = len(seen)
        return self

    def _inputs(self, mutator: Mutator) -> Iterator[bytes]:
        yield from self.target.seeds
        while True:
            yield mutator.next()

    def _try(self, data: bytes) -> str:
        self.examples += 1
        begun = time.perf_counter()
        try:
            if self.examples % MEASURED:
                outcome = self.target.run(data)
            else:
                outcome = run_measured(self.target, data)
                begun = time.perf_counter()  # tracemalloc's time is not the target's
        except Exception as error:  # noqa: BLE001  that none is raised is what we test
            self.finding = Finding(self._smallest(data, type(error)), error)
            return ""
        spent = time.perf_counter() - begun
        if spent > self.slowest:
            self.slowest, self.slowest_data = spent, data
        return outcome

    def _smallest(self, data: bytes, kind: type[Exception]) -> bytes:
        """The input without whatever it can lose and still raise the same."""
        size = len(data) // 2
        while size:
            at = 0
            while at < len(data):
                shorter = data[:at] + data[at + size :]
                if _raises(self.target, shorter, kind):
                    data = shorter
                else:
                    at += size
            size //= 2
        return data


def _raises(target: Target, data: bytes, kind: type[Exception]) -> bool:
    try:
        run_measured(target, data) if kind is TooMuchMemory else target.run(data)
    except kind:
        return True
    except Exception:  # noqa: BLE001  another finding, for another day
        return False
    return False


def slowness(target: Target, size: int) -> tuple[float, bytes]:
    """How much more time a byte takes in the slowest inflated input than in real ones, and it."""
    for seed in target.seeds:
        target.run(seed)  # what is made once is not counted
    real = sum(_seconds(target, seed) for seed in target.seeds) / sum(map(len, target.seeds))
    worst = 0.0, b""
    for data in inflated(target, size):
        ratio = _seconds(target, data) / len(data) / real
        worst = max(worst, (ratio, data))
    return worst


def _seconds(target: Target, data: bytes) -> float:
    """What an input takes of a processor: the least of some runs, for what comes between."""
    took = []
    while not took or (len(took) < RUNS and sum(took) < SPENT):
        begun = time.process_time()
        target.run(data)
        took.append(time.process_time() - begun)
    return min(took)


def run_measured(target: Target, data: bytes) -> str:
    """Run one input; raises TooMuchMemory when it takes more than it may."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        outcome = target.run(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    allowed = SMALL + PER_BYTE * len(data)
    if peak - before > allowed:
        raise TooMuchMemory(f"{peak - before} bytes for an input of {len(data)}")
    return outcome
