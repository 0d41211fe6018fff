"""A media worker whose clock goes 31 seconds forward on SIGUSR1; else like any other."""

import signal
from datetime import timedelta

from typing_extensions import override

from signaling.workers import process
from signaling.workers.worker import Worker


class LateWorker(Worker):
    """Its clock is as late as it was told to be."""

    late = timedelta(0)

    @override
    def now(self) -> timedelta:
        return super().now() + self.late


def jump(*_: object) -> None:
    LateWorker.late += timedelta(seconds=31)  # consent lives for 30


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, jump)
    process.Worker = LateWorker  # type: ignore[misc]
    process.main()
