"""Bodies that are compressed, broken or late, sent byte by byte."""

import asyncio
import gzip
import json
from datetime import timedelta

import pytest

from signaling.endpoints import answers
from signaling.endpoints.throttle import Rate
from tests.signaling.endpoints.exchange import FRAGMENT, SDP, bearer, code
from tests.signaling.endpoints.house import served
from tests.signaling.endpoints.reading_house import ReadingHouse

PATIENCE = 60.0  # seconds until a test gives up; never asserted on


async def sent(house: ReadingHouse, *pieces: bytes, **headers: str) -> tuple[int, str]:
    """Status and code of the answer to a POST whose body comes in these pieces."""
    named = {
        "Host": "house",
        "Connection": "close",
        "Authorization": f"Bearer {house.token('publish')}",
        "Content-Type": SDP,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    async with served(house) as client, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        writer.write(f"POST /whip/room HTTP/1.1\r\n{head}\r\n".encode())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        answer = await reader.readuntil(b"}")
        writer.close()
    body = json.loads(answer[answer.index(b"{") :])
    final = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert f" {body['status']} ".encode() in final.split(b"\r\n")[0]
    return body["status"], body["code"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "GZIP"])
async def test_a_compressed_body_is_not_even_looked_at(encoding: str) -> None:
    bomb = gzip.compress(bytes(100 << 20))
    length = str(len(bomb))
    answer = await sent(ReadingHouse(), bomb, Content_Encoding=encoding, Content_Length=length)
    assert answer == (415, "content-encoding-unsupported")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_compressed_body_learns_which_coding_is_taken(method: str) -> None:
    house = ReadingHouse()
    kind, path = (SDP, "/whip/room") if method == "POST" else (FRAGMENT, "/whip/room/x")
    headers = bearer(house.token("publish"), Content_Type=kind, Content_Encoding="gzip")
    async with served(house) as client:
        body = gzip.compress(b"v=0")
        refused = await client.request(method, path, data=body, headers=headers)
        assert await code(refused) == (415, "content-encoding-unsupported")
        assert refused.headers["Accept-Encoding"] == "identity"


async def test_what_calls_itself_uncompressed_is_read() -> None:
    answer = await sent(ReadingHouse(), b"v=1", Content_Encoding="identity", Content_Length="3")
    assert answer == (400, "sdp-malformed")


@pytest.mark.parametrize("expected", ["100-continue", "tea"])
async def test_what_a_client_expects_but_cannot_have_is_passed_over(expected: str) -> None:
    answer = await sent(ReadingHouse(), b"v=1", Expect=expected, Content_Length="3")
    assert answer == (400, "sdp-malformed")


@pytest.mark.parametrize(
    ("pieces", "headers"),
    [
        ((b"v=0",), {"Content_Length": "50"}),
        ((b"5\r\nv=0\r\n\r\n",), {"Transfer_Encoding": "chunked"}),
        ((), {"Content_Length": "50"}),
    ],
)
async def test_a_body_that_does_not_come_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...], headers: dict[str, str]
) -> None:
    monkeypatch.setattr(answers, "BODY_WITHIN", timedelta(milliseconds=50))
    assert await sent(ReadingHouse(), *pieces, **headers) == (408, "body-too-slow")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_nonsense_costs_its_sender_ten_requests(method: str) -> None:
    house = ReadingHouse()
    kind, path = (SDP, "/whip/room") if method == "POST" else (FRAGMENT, "/whip/room/x")
    headers = bearer(house.token("publish"), Content_Type=kind)
    async with served(house, Rate(burst=12, every=timedelta(seconds=1))) as client:
        refused = await client.request(method, path, data="nonsense", headers=headers)
        assert await code(refused) == (400, "sdp-malformed")
        for _ in range(2):
            assert (await client.delete("/whip/room/x", headers=headers)).status == 200
        refused = await client.delete("/whip/room/x", headers=headers)
        assert await code(refused) == (429, "too-many-requests")
