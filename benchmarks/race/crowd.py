"""`python -m benchmarks.race.crowd`: clients that race for slots, in a process of their own.

Reads one JSON object from standard input (`Task`), writes one to standard output (`Outcome`).
HTTP/1.1 is written by hand, so that the clients cost little beside the server.
"""

import asyncio
import html
import json
import random
import re
import sys
from collections import deque
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

from interviews.consents.service import SHARE_PROFILE, TEXT_VERSIONS

CSRF = re.compile(rb'name="csrf" value="([^"]+)"')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
FORM_PAGE = "/me/profile"  # where a graduate's form stands, with its token
WON, TAKEN = 303, 409


@dataclass(frozen=True, slots=True)
class Task:
    """Who races for what."""

    host: str
    port: int
    clients: int
    slots: list[int]
    tokens: list[str]  # one session for each graduate; whoever wins makes room for the next
    everybody: bool  # whether each client tries every slot, or each slot is tried once


@dataclass(slots=True)
class Outcome:
    """What the clients saw; times in seconds."""

    began: float = 0.0
    seconds: float = 0.0
    won: dict[int, int] = field(default_factory=dict)  # slot -> times that somebody was told yes
    taken: list[float] = field(default_factory=list)  # how long each "no" took
    booked: list[float] = field(default_factory=list)  # how long each "yes" took
    other: dict[int, int] = field(default_factory=dict)  # any other status -> how often


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in graduate and the token of a form that was given to them."""

    session: str
    csrf: str


class Connection:
    """One keep-alive connection."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, session: str, body: str = "") -> tuple[int, bytes]:
        """The status and the body of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._task.host, self._task.port)
        reader, writer = self._streams
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {self._task.host}:{self._task.port}\r\n"
            f"Cookie: daigang-session={session}\r\nAccept-Language: zh-CN\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        return int(head[9:12]), await reader.readexactly(int(length[1]) if length else 0)

    def close(self) -> None:
        """Nothing more to ask."""
        if self._streams is not None:
            self._streams[1].close()


async def visit(connection: Connection, tokens: deque[str], visitors: deque[Visitor]) -> None:
    """Open a page with a form for one graduate after the other."""
    while tokens:
        session = tokens.popleft()
        status, body = await connection.ask("GET", FORM_PAGE, session)
        found = CSRF.search(body)
        if found is None:
            raise RuntimeError(f"{FORM_PAGE} answered {status} without a form")
        visitors.append(Visitor(session, html.unescape(found[1].decode())))


def wanted(task: Task) -> list[deque[int]]:
    """For each client the slots to try, all in the same order: so all are after the same one."""
    dice = random.Random(len(task.slots))  # noqa: S311  a repeatable order, no secret
    order = dice.sample(task.slots, len(task.slots))
    if task.everybody:
        return [deque(order) for _ in range(task.clients)]
    return [deque(order)] * task.clients  # one list for all, from which each takes the next


async def race(
    connection: Connection, slots: deque[int], visitors: deque[Visitor], outcome: Outcome
) -> None:
    """Try slots until none is left."""
    visitor = visitors.popleft()
    version = TEXT_VERSIONS[SHARE_PROFILE]
    while slots:
        slot = slots.popleft()
        body = f"csrf={visitor.csrf}&text_version={version}"
        began = perf_counter()
        status, _ = await connection.ask("POST", f"/slots/{slot}/booking", visitor.session, body)
        spent = perf_counter() - began
        if status == WON:
            outcome.won[slot] = outcome.won.get(slot, 0) + 1
            outcome.booked.append(spent)
            visitor = visitors.popleft()
        elif status == TAKEN:
            outcome.taken.append(spent)
        else:
            outcome.other[status] = outcome.other.get(status, 0) + 1


async def main(task: Task) -> Outcome:
    """Fetch everybody's form, then let all clients go at once."""
    connections = [Connection(task) for _ in range(task.clients)]
    tokens, visitors = deque(task.tokens), deque[Visitor]()
    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(visit(connection, tokens, visitors))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    outcome = Outcome(began=perf_counter())
    async with asyncio.TaskGroup() as group:
        for connection, slots in zip(connections, wanted(task), strict=True):
            group.create_task(race(connection, slots, visitors, outcome))
    outcome.seconds = perf_counter() - outcome.began
    for connection in connections:
        connection.close()
    return outcome


if __name__ == "__main__":
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    print(json.dumps(asdict(asyncio.run(main(Task(**told))))))
