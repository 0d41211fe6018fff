"""What processes of the tests inherit."""

import os


def unmeasured() -> dict[str, str]:
    """The environment of one that is killed, or repeats what tests run themselves: no coverage."""
    return {
        key: value
        for key, value in os.environ.items()  # noqa: TID251  a child process inherits it
        if not key.startswith("COVERAGE_")
    }
