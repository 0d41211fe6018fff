"""Whatever reaches the media endpoints over HTTP, path and query too, is answered or cut."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import cast

import pytest

from signaling.endpoints import room_socket
from signaling.endpoints.crowd import Crowd
from signaling.endpoints.room_socket import Rooms
from signaling.endpoints.throttle import Rate
from signaling.rooms.messages.parts import SUBPROTOCOL
from tests.signaling.endpoints.exchange import FRAGMENT, RESTART, SDP
from tests.signaling.endpoints.house import House, served
from tests.signaling.endpoints.reading_house import ReadingHouse
from tests.signaling.fuzz.mutation import Mutator
from tests.signaling.sdp.offers import offer

pytestmark = pytest.mark.services
SEED = 20261126
EXAMPLES = 100  # of each way to spoil a request
AT_ONCE = 30
MEDIA = re.compile(rb"/wh[ie]p(?:[/?#]|$)")
MEMBERS = {"type", "title", "status", "detail", "code", "next_step"}
PATIENCE = 0.2  # seconds; a request whose end does not come is left waiting
WORDS = (
    b"\r\n",
    b"\r\n\r\n",
    b": ",
    b"%00",
    b"%ff",
    b"..",
    b"/",
    b"?_HLS_msn=1&x=%zz&",
    b"#",
    b"\x00",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Expect: tea\r\n",
    b"If-Match: *\r\n",
    b'If-Match: W/"x", "\r\n',
    b"Authorization: Bearer \xff\r\n",
    b"Content-Type: application/sdp; charset=utf-7\r\n",
    b"Origin: null\r\n",
    b"9" * 30,
    b"x" * 9000,
)


@dataclass(frozen=True)
class Request:
    """A request in parts, each of which can be spoiled without spoiling the others."""

    method: bytes
    path: bytes
    token: bytes
    body: bytes = b""
    kind: bytes = SDP.encode()
    match: bytes = b'"etag"'
    origin: bytes = b"https://house"
    upgrade: bytes = b""

    def raw(self) -> bytes:
        named = {
            b"Host": b"house",
            b"Connection": b"close",
            b"Content-Length": str(len(self.body)).encode(),
            b"Content-Type": self.kind,
            b"Authorization": b"Bearer " + self.token,
            b"If-Match": self.match,
            b"Origin": self.origin,
        }
        head = b"".join(name + b": " + value + b"\r\n" for name, value in named.items())
        if self.upgrade:
            named |= {
                b"Connection": b"Upgrade",
                b"Upgrade": self.upgrade,
                b"Sec-WebSocket-Key": b"dGhlIHNhbXBsZSBub25jZQ==",
                b"Sec-WebSocket-Version": b"13",
                b"Sec-WebSocket-Protocol": SUBPROTOCOL.encode(),
            }
            head = b"".join(name + b": " + value + b"\r\n" for name, value in named.items())
        return self.method + b" " + self.path + b" HTTP/1.1\r\n" + head + b"\r\n" + self.body


def _requests(house: House) -> Iterator[bytes]:
    """Real ones, then each with one part spoiled, then with anything spoiled."""
    up, down = (house.token(action).encode() for action in ("publish", "subscribe"))
    fragment = FRAGMENT.encode()
    real = (
        Request(b"POST", b"/whip/room", up, offer("obs_like_whip").encode()),
        Request(b"POST", b"/whep/room", down, offer("aiortc_whep").encode()),
        Request(
            b"POST",
            b"/whep/room?publication=42:camera",
            down,
            offer("aiortc_whep").encode(),
        ),
        Request(b"PATCH", b"/whip/room/session", up, RESTART.encode(), fragment),
        Request(b"DELETE", b"/whip/room/session", up),
        Request(b"OPTIONS", b"/whip/room?a=1&b=%20", up),
        Request(b"GET", b"/whep/room/session?x", down),
        Request(b"HEAD", b"/whep/room", down),
        Request(b"PUT", b"/whip/room", up),
        Request(b"GET", b"/socket/room", up, upgrade=b"websocket"),
        Request(b"GET", b"/socket/room", up, origin=b"http://house", upgrade=b"websocket"),
        Request(b"PUT", b"/whip/room/a/b/c", up),
    )
    yield from (request.raw() for request in real)
    random = Random(SEED)  # noqa: S311
    for part in ("method", "path", "token", "body", "kind", "match", "origin"):
        mutator = Mutator(random, [getattr(one, part) for one in real], WORDS, 64 * 1024)
        for _ in range(EXAMPLES):
            spoiled = mutator.next()
            if part != "body":
                spoiled = spoiled.translate(None, b"\r\n\x00")
            yield replace(random.choice(real), **{part: spoiled}).raw()
    mutator = Mutator(random, [request.raw() for request in real], WORDS, 64 * 1024)
    yield from (mutator.next() for _ in range(EXAMPLES))


async def test_no_request_breaks_an_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    house = ReadingHouse()
    requests = list(_requests(house))
    statuses: Counter[str] = Counter()
    sockets = room_socket.routes(cast("Rooms", None), frozenset(), crowd=Crowd(10**6))
    async with served(house, Rate(10**6, timedelta(milliseconds=1)), sockets) as client:
        port = client.server.port
        for start in range(0, len(requests), AT_ONCE):
            batch = requests[start : start + AT_ONCE]
            answers = await asyncio.gather(*(_ask(port, request) for request in batch))
            for request, answer in zip(batch, answers, strict=True):
                _check(request, answer)
                statuses[answer[9:12].decode() or "none"] += 1
        async with client.get("/whip/room") as response:
            assert response.status == 401  # it still answers
    with capsys.disabled():
        print(f"\nfuzz requests: {len(requests)} examples, seed {SEED}, {statuses}", end="")  # noqa: T201
    assert {"200", "201", "204", "400", "401", "404", "405", "101"} <= statuses.keys()


async def _ask(port: int, request: bytes) -> bytes:
    answer = b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            while piece := await reader.read(1 << 16):
                answer += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return answer


def _check(request: bytes, answer: bytes) -> None:
    status = answer[9:12]
    assert answer == b"" or answer.startswith(b"HTTP/"), (request, answer)
    assert not status.startswith(b"5"), (request, answer)
    if status[:1] != b"4" or _is_no_request(status, answer):
        return
    method, path = request.split(b" ")[:2]
    if MEDIA.match(path):
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"Content-Type: application/problem+json" in head, (request, answer)
        assert b"Access-Control-Allow-Origin: *" in head, (request, answer)
        if method != b"HEAD":
            problem = json.loads(body)
            assert problem.keys() >= MEMBERS, (request, answer)
            assert problem["status"] == int(status), (request, answer)


def _is_no_request(status: bytes, answer: bytes) -> bool:
    """Whether the parser of HTTP refused it: no address was looked at."""
    return status == b"400" and answer.startswith(b"HTTP/1.0 ")
