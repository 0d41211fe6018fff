"""What processes of the tests inherit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def unmeasured() -> dict[str, str]:
    """For one that is killed, may not write, or repeats what tests run themselves: no coverage."""
    return {
        key: value
        for key, value in os.environ.items()  # noqa: TID251  a child process inherits it
        if not key.startswith("COVERAGE_")
    }


@contextmanager
def starting_unmeasured() -> Iterator[None]:
    """What starts in the block is such a process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(unmeasured()):  # noqa: TID251  processes inherit it
            patch.delenv(name)
        yield
