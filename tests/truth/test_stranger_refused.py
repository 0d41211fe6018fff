"""What a stranger does wrong is answered as the reference pages say: status, words, headers."""

import gzip
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from aiortc import RTCPeerConnection

from tests.support.clock import FakeClock
from tests.truth.conftest import ROOM
from tests.truth.stranger import PLAIN, Stranger

PAGES = Path(__file__).parents[2] / "docs" / "reference"
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
WHIP, WHEP = f"/whip/{ROOM}", f"/whep/{ROOM}"
RESTART = f"a=ice-ufrag:none\r\na=ice-pwd:{'n' * 22}\r\n"


@dataclass(frozen=True)
class Told:
    """A row of refusals.md."""

    status: int
    sentence: str
    next_step: str


def told() -> dict[str, Told]:
    """Every refusal by its code, as refusals.md has it."""
    row = r"^\| `([\w-]+)` \| (\d+) \| (.*) \| (.*) \|$"
    rows = re.findall(row, (PAGES / "refusals.md").read_text("utf-8"), re.MULTILINE)
    return {code: Told(int(status), *words) for code, status, *words in rows}


def says(pattern: str, text: str) -> bool:
    """Whether the text is the page's, with values for its `%(name)s`."""
    parts = re.split(r"%\(\w+\)s", pattern.replace("\\*", "*"))
    return re.fullmatch(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


class Clumsy:
    """Sends one request after the other and compares each answer with the pages."""

    def __init__(self, stranger: Stranger) -> None:
        self.stranger = stranger
        self.pages = told()

    async def refused(
        self,
        code: str,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        **headers: str,
    ) -> None:
        """Send it; the answer is this refusal, in every part."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        address = urljoin(self.stranger.server, path)
        async with self.stranger.http.request(method, address, data=body, headers=given) as answer:
            problem = json.loads(await answer.text())
            assert answer.content_type == "application/problem+json"
            assert problem["code"] == code, problem
            assert answer.status == problem["status"] == self.pages[code].status, code
            assert problem["type"] == f"urn:daigang:refusal:{code}"
            assert re.fullmatch(r"[A-Z][a-z ]+", problem["title"]), problem["title"]
            assert says(self.pages[code].sentence, problem["detail"]), problem
            assert says(self.pages[code].next_step, problem["next_step"]), problem
            self._names_what_the_status_asks_for(code, answer.status, set(answer.headers))

    def _names_what_the_status_asks_for(self, code: str, status: int, headers: set[str]) -> None:
        needed = {401: "WWW-Authenticate", 405: "Allow", 503: "Retry-After", 429: "Retry-After"}
        if status in needed:
            assert needed[status] in headers
        if status == 415:
            assert {"Accept-Post", "Accept-Patch", "Accept-Encoding"} & headers
        if code == "publication-absent":
            assert "Retry-After" in headers

    async def error(self, code: str, kind: str, *, about: bool = True, **fields: Any) -> None:
        """Say it on the socket; the error is this refusal, in every part."""
        await self.stranger.say(kind, **fields)
        error = await self.stranger.hear("error")
        assert error["code"] == code, error
        assert error["about"] == (kind if about else None)
        assert says(self.pages[code].sentence, error["message"]), error
        assert says(self.pages[code].next_step, error["next_step"]), error
        assert set(error["parameters"]) == parameters_of(code), error


def parameters_of(code: str) -> set[str]:
    """The parameters that room-socket.md gives this error."""
    text = (PAGES / "room-socket.md").read_text("utf-8").split("## Errors")[1]
    (cell, *_) = re.findall(rf"^\| `{code}` \| (.*?) ?\|", text, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", cell.split(":")[0]))


async def offer() -> str:
    peer = RTCPeerConnection(PLAIN)
    for kind in ("audio", "video"):
        peer.addTransceiver(kind, direction="sendrecv")
    await peer.setLocalDescription(await peer.createOffer())
    sdp: str = peer.localDescription.sdp
    await peer.close()
    return sdp


@pytest.mark.services
async def test_every_slip_of_a_client_is_answered_as_the_pages_say(
    panel_and_candidate: tuple[Stranger, Stranger], wall: FakeClock
):
    li, chen = panel_and_candidate
    clumsy = Clumsy(li)
    await before_the_room(clumsy, chen)
    await in_the_room(clumsy, chen)
    await with_requests(clumsy, await offer())
    await with_a_session(clumsy, chen, await offer())
    await too_late(clumsy, chen, await offer(), wall)


async def before_the_room(clumsy: Clumsy, chen: Stranger) -> None:
    """At the door: the socket itself, and one who waits."""
    await clumsy.refused("upgrade-expected", "GET", f"/socket/{ROOM}")
    await clumsy.refused("method-unknown", "POST", f"/socket/{ROOM}")
    await clumsy.refused("origin-foreign", "GET", f"/socket/{ROOM}", Origin="https://x.example")
    token, clumsy.stranger.token = clumsy.stranger.token, "mine"
    with pytest.raises(AssertionError):
        await clumsy.stranger.connect()
    error = clumsy.stranger.heard[-1]
    assert (error["code"], await clumsy.stranger.closed()) == ("token-invalid", 4000)
    clumsy.stranger.token = token
    await clumsy.stranger.connect()
    await chen.connect()
    waiting = Clumsy(chen)
    await waiting.error("panel-only", "end", outcome="done")
    await waiting.error("seat-not-yours", "take-over")
    await waiting.error("message-malformed", "ping", about=False, nonce=-1)
    await clumsy.error("too-early-for-no-show", "end", outcome="no-show")


async def in_the_room(clumsy: Clumsy, chen: Stranger) -> None:
    """Both have come in."""
    await clumsy.stranger.say("admit", participant="42")
    await chen.hear("admitted")
    await chen.hear("grants")
    await clumsy.error("nobody-waits", "admit", participant="42")
    await clumsy.error("nobody-shares", "stop-screen")
    await clumsy.error("candidate-is-present", "end", outcome="no-show")
    await clumsy.error("chat-not-private", "send-chat", text="x", key="1", to="42")
    await clumsy.error("hello-expected", "hello", token="x", device="device-of-7")
    await Clumsy(chen).error("panel-only", "admit", participant="7")
    for number in range(8):
        await chen.say("send-chat", text="x", key=str(number))
    await Clumsy(chen).error("chat-too-fast", "send-chat", text="x", key="9")


async def with_requests(clumsy: Clumsy, sdp: str) -> None:
    """Requests that open nothing; the grant stays unused for all of them."""
    up = clumsy.stranger.grants["publish"]["token"]
    down = clumsy.stranger.grants["subscribe"]["token"]
    for method, path in (("POST", WHIP), ("GET", WHEP), ("PATCH", f"{WHIP}/x")):
        await clumsy.refused("token-missing", method, path)
        await clumsy.refused("token-invalid", method, path, "mine")
    await clumsy.refused("method-unknown", "PUT", WHIP, up)
    await clumsy.refused("method-unknown", "POST", f"{WHIP}/x", up)
    await clumsy.refused("address-unknown", "GET", f"{WHIP}/x/y", up)
    await clumsy.refused("session-unknown", "DELETE", f"{WHIP}/x", up)
    await clumsy.refused("grant-too-narrow", "POST", WHIP, down, sdp, Content_Type=SDP)
    await clumsy.refused("grant-too-narrow", "POST", "/whip/other", up, sdp, Content_Type=SDP)
    await clumsy.refused("media-type-unsupported", "POST", WHIP, up, sdp, Content_Type="text/plain")
    await clumsy.refused(
        "content-encoding-unsupported", "POST", WHIP, up, gzip.compress(sdp.encode()),
        Content_Type=SDP, Content_Encoding="gzip",
    )  # fmt: skip
    large = "x" * (256 * 1024 + 1)
    await clumsy.refused("body-too-large", "POST", WHIP, up, large, Content_Type=SDP)
    await clumsy.refused("sdp-malformed", "POST", WHIP, up, "hello", Content_Type=SDP)
    wrong = sdp.replace("a=sendrecv", "a=inactive")
    await clumsy.refused("offer-unsupported", "POST", WHIP, up, wrong, Content_Type=SDP)
    for name, code in (("42", "publication-name-malformed"), ("42:camera", "publication-absent")):
        address = f"{WHEP}?publication={name}"
        await clumsy.refused(code, "POST", address, down, sdp, Content_Type=SDP)


async def with_a_session(clumsy: Clumsy, chen: Stranger, sdp: str) -> None:
    """What a session and a shared screen refuse."""
    session = await clumsy.stranger.subscribe(1)
    used, path = session.token, session.url
    await clumsy.refused("grant-used", "POST", WHEP, used, sdp, Content_Type=SDP)
    patch = {"Content_Type": FRAGMENT}
    await clumsy.refused("if-match-missing", "PATCH", path, used, RESTART, **patch)
    await clumsy.refused("if-match-wrong", "PATCH", path, used, RESTART, If_Match='"x"', **patch)
    other = chen.grants["subscribe"]["token"]
    await clumsy.refused("grant-too-narrow", "PATCH", path, other, RESTART, If_Match="*", **patch)
    limits = [{"mid": "none", "height": 0}]
    await clumsy.error("section-unknown", "set-limits", limits=limits)
    screen = await chen.post(chen.grants["publish_screen"], sdp)
    assert screen.status == 201
    mine = clumsy.stranger.grants["publish_screen"]["token"]
    await clumsy.refused("screen-taken", "POST", WHIP, mine, sdp, Content_Type=SDP)


async def too_late(clumsy: Clumsy, chen: Stranger, sdp: str, wall: FakeClock) -> None:
    """After two minutes, after leaving, after the end."""
    unused = clumsy.stranger.grants["publish"]["token"]
    of_chen = chen.grants["publish"]["token"]
    wall.advance(timedelta(minutes=2))
    await clumsy.refused("grant-expired", "POST", WHIP, unused, sdp, Content_Type=SDP)
    await chen.say("leave")
    assert await chen.closed() == 1000
    await clumsy.refused("not-admitted", "POST", WHIP, of_chen, sdp, Content_Type=SDP)
    await clumsy.stranger.say("end", outcome="done")
    assert await clumsy.stranger.closed() == 4002
    await clumsy.refused("interview-over", "POST", WHIP, unused, sdp, Content_Type=SDP)
