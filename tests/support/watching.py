"""Coverage looks at the beginning of what repeats: watched code runs four times as long.

A property's first examples are watched, the others only have to hold; of a test that is marked
`unwatched` nothing is. What the report then calls missing has no plain test.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest

WATCHED = 5  # examples of each property


def leave_unwatched() -> None:
    """Nobody traces this process any more: it will be killed, or repeats what tests run."""
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # None is what it forgets by


@contextmanager
def unwatched() -> Iterator[None]:
    """Nobody traces this thread in the block."""
    watcher = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(watcher)


@contextmanager
def watched_at_first(property_test: Any) -> Iterator[None]:
    """Of this Hypothesis test, only so many examples are traced, and nothing of Hypothesis."""
    watcher, original = sys.gettrace(), property_test.inner_test
    property_test.inner_test = _at_first(original, watcher)
    try:
        with unwatched():
            yield
    finally:
        property_test.inner_test = original


def _at_first(example: Callable[..., object], watcher: Any) -> Callable[..., object]:
    examples = 0

    @wraps(example)
    def run(*args: object, **named: object) -> object:
        nonlocal examples
        examples += 1
        if examples > WATCHED:
            return example(*args, **named)
        sys.settrace(watcher)
        try:
            return example(*args, **named)
        finally:
            sys.settrace(None)

    return run


@contextmanager
def watching(item: pytest.Item) -> Iterator[None]:
    """As much of this test as coverage needs to see."""
    found = getattr(getattr(item, "obj", None), "hypothesis", None)
    if sys.gettrace() is None:
        yield
    elif item.get_closest_marker("unwatched"):
        with unwatched():
            yield
    elif found is not None and not iscoroutinefunction(found.inner_test):
        with watched_at_first(found):
            yield
    else:
        yield
