"""What processes of the tests inherit."""

import os


def unmeasured() -> dict[str, str]:
    """For one that is killed, may not write, or repeats what tests run themselves: no coverage."""
    return {
        key: value
        for key, value in os.environ.items()  # noqa: TID251  a child process inherits it
        if not key.startswith("COVERAGE_")
    }
