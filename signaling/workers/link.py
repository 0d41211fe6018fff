"""One worker as the control plane sees it: commands out, answers and events back."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from signaling.workers.frames import FrameError, encode, read_report
from signaling.workers.messages import (
    Command,
    Connected,
    Disconnected,
    Done,
    Failed,
    Flight,
    Hello,
    LayersWanted,
    MediaStarted,
    Statistics,
    VoiceChanged,
)

Answer = Done | Statistics | Flight
ANSWER_WITHIN = timedelta(
    seconds=5
)  # a worker answers in milliseconds; a hung one must not hold a POST
Outcome = Answer | Failed | None  # None: the worker went away
Event = Connected | Disconnected | MediaStarted | VoiceChanged | LayersWanted


class LinkError(Exception):
    """The command was not answered: whether it was carried out is unknown."""


class LinkLostError(LinkError):
    """The worker closed the link, or broke its protocol."""


class NoAnswerError(LinkError):
    """The worker did not answer in time."""


class CommandFailedError(Exception):
    """The worker answered that it would not: `code` as `messages.Failed` names them."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


class WorkerLink:
    """A connected worker. `events` must be read, or answers do not arrive either."""

    def __init__(
        self, hello: Hello, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.hello = hello
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Outcome]] = {}
        self._is_open = True

    async def ask(
        self, build: Callable[[int], Command], *, within: timedelta = ANSWER_WITHIN
    ) -> Answer:
        """Send the command that `build` makes of a request number, and wait for its answer.

        Raises:
            CommandFailedError: the worker refused it.
            NoAnswerError: no answer within that time.
            LinkLostError: the worker is gone.
        """
        number, loop = next(self._numbers), asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._waiting[number] = answer
        late = NoAnswerError(f"no answer within {within}")
        timer = loop.call_later(within.total_seconds(), _give_up, answer, late)
        try:
            self._send(build(number))
            outcome = await answer
        finally:
            timer.cancel()
            self._waiting.pop(number, None)
        if outcome is None:
            raise LinkLostError("the worker went away")
        if isinstance(outcome, Failed):
            raise CommandFailedError(outcome.code, outcome.detail)
        return outcome

    def _send(self, command: Command) -> None:
        """Write a command; who asks waits for the answer, so no more wait than are asked."""
        if not self._is_open or self._writer.is_closing():
            raise LinkLostError("the link is closed")
        self._writer.write(encode(command))

    async def events(self) -> AsyncIterator[Event]:
        """What happens in the worker, until the link ends; hands answers to who asked meanwhile."""
        try:
            while (report := await read_report(self._reader)) is not None:
                match report:
                    case Done() | Failed() | Statistics() | Flight():
                        self._resolve(report)
                    case Hello():
                        break  # a second greeting: not our protocol
                    case _:
                        yield report
        except FrameError:
            pass  # the same as a closed link: the worker is of no more use
        finally:
            self.close()

    def _resolve(self, report: Answer | Failed) -> None:
        answer = self._waiting.get(report.request)
        if answer is not None and not answer.done():
            answer.set_result(report)

    def close(self) -> None:
        """Close the link, which ends the worker; whoever waits gets LinkLostError."""
        self._is_open = False
        self._writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(None)


def _give_up(answer: asyncio.Future[Outcome], late: NoAnswerError) -> None:
    if not answer.done():
        answer.set_exception(late)


async def greet(reader: asyncio.StreamReader, *, within: timedelta) -> Hello | None:
    """The greeting that a new connection starts with; None if it does not in time."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            report = await read_report(reader)
    except (TimeoutError, FrameError):
        return None
    return report if isinstance(report, Hello) else None
