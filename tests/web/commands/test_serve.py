"""`daigang serve` from start to stop, as a process of its own."""

import asyncio
import html
import os
import re
import signal
import sqlite3
import stat
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from signaling.endpoints.paths import socket_path
from signaling.rooms.messages.parts import SUBPROTOCOL
from tests.support.mailbox import mailbox
from tests.support.service import Service, serving
from tests.support.waiting import until

pytestmark = pytest.mark.services
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
ROOM = re.compile(r"/interviews/\d+/room")
STAGE = re.compile(r'data-room="([^"]+)" data-grant="([^"]+)"')
SIGN_IN = re.compile(r"^  (\w+) +(\S+@\S+) +(\S+)$")
KNOWN = "daigang-demo"


async def sign_ins(service: Service) -> dict[str, tuple[str, str]]:
    """Role -> address and password, as the terminal shows them."""

    async def shown() -> bool:
        return any("administrator" in line for line in service.output)

    await until(shown)
    found = [match for line in service.output if (match := SIGN_IN.match(line))]
    return {role: (email, password) for role, email, password in (one.groups() for one in found)}


def browser(service: Service) -> ClientSession:
    return ClientSession(service.url, cookie_jar=CookieJar(unsafe=True))


async def send(http: ClientSession, path: str, on: str, **fields: str) -> tuple[int, str]:
    async with http.get(on) as page:
        found = CSRF.search(await page.text())
    assert found is not None
    data = {"csrf": found[1], **fields}
    async with http.post(path, data=data, allow_redirects=False) as answer:
        return answer.status, await answer.text()


def shown_at_once(service: Service) -> list[str]:
    """The lines with a sign-in so far."""
    return [line for line in service.output if SIGN_IN.match(line)]


async def hello_to_the_room(http: ClientSession) -> tuple[str, dict[str, object]]:
    """The room that the recruiter's page of today leads to: its socket, and the first message."""
    async with http.get("/hr") as today:
        found = ROOM.search(await today.text())
    assert found is not None
    async with http.get(found[0]) as page:
        text = await page.text()
    uid, grant = (html.unescape(one) for one in STAGE.findall(text)[0])
    hello = {"type": "hello", "version": 1, "token": grant, "device": "a-device-of-tests"}
    return socket_path(uid), hello


async def test_a_playground_starts_with_known_passwords_and_stops_in_good_order(tmp_path: Path):
    async with serving(tmp_path / "data") as service:
        shown = await sign_ins(service)
        assert list(shown) == ["graduate", "recruiter", "organiser", "administrator"]
        assert {password for _, password in shown.values()} == {KNOWN}
        async with browser(service) as http:
            for path, text in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
                async with http.get(path) as answer:
                    assert (answer.status, await answer.text()) == (200, text)
            email, password = shown["administrator"]
            status, _ = await send(http, "/sign-in", "/sign-in", email=email, password=password)
            assert status == 303
            async with http.get("/admin/mail") as answer:
                assert answer.status == 200
        secret = tmp_path / "data" / "secret.key"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert await service.stop() == 0
    async with serving(tmp_path / "data", measured=False) as again:
        assert await sign_ins(again) == shown


async def test_a_public_house_loads_no_demo_by_itself(tmp_path: Path):
    settings = {"PUBLIC_URL": "http://example.com"}
    async with serving(tmp_path / "data", settings, measured=False) as service:
        assert shown_at_once(service) == []
        assert service.url == "http://example.com"
    with sqlite3.connect(tmp_path / "data" / "daigang.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM person").fetchone() == (0,)


async def test_a_playground_that_becomes_public_gets_other_passwords(tmp_path: Path):
    async with serving(tmp_path / "data", measured=False) as service:
        before = await sign_ins(service)
        async with browser(service) as http:
            email, password = before["graduate"]
            await send(http, "/sign-in", "/sign-in", email=email, password=password)
            cookie = next(one.value for one in http.cookie_jar if one.key == "daigang-session")
    port = service.url.rpartition(":")[2]
    settings = {"HOST": "0.0.0.0", "PORT": port}  # noqa: S104  what the test is about
    async with serving(tmp_path / "data", settings) as service:
        after = await sign_ins(service)
        assert {role: email for role, (email, _) in after.items()} == {
            role: email for role, (email, _) in before.items()
        }
        assert len({password for _, password in after.values()} - {KNOWN}) == 4
        base = f"http://127.0.0.1:{port}"
        async with ClientSession(base, cookie_jar=CookieJar(unsafe=True)) as http:
            known = {"email": email, "password": KNOWN}
            assert (await send(http, "/sign-in", "/sign-in", **known))[0] != 303
            new = {"email": email, "password": after["graduate"][1]}
            assert (await send(http, "/sign-in", "/sign-in", **new))[0] == 303
        async with (
            ClientSession(base, cookies={"daigang-session": cookie}) as http,
            http.get("/me/account", allow_redirects=False) as answer,
        ):
            assert answer.status == 303
    async with serving(tmp_path / "data", settings, measured=False) as service:
        assert shown_at_once(service) == []


class Slow:
    """A mail server's handler that answers DATA when it is told to."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()


async def test_a_stop_tells_the_room_and_finishes_the_mail_that_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    slow = Slow()
    async with mailbox() as box:
        take = box.handle_DATA

        async def take_slowly(server: object, session: object, envelope: object) -> str:
            slow.begun.set()
            await slow.may_end.wait()
            return await take(server, session, envelope)  # type: ignore[arg-type]  # handed on

        monkeypatch.setattr(box, "handle_DATA", take_slowly)
        settings = {
            "MAIL__HOST": "127.0.0.1",
            "MAIL__PORT": str(box.port),
            "MAIL__SECURITY": "none",
            "DRAIN_TIMEOUT": "PT60S",
        }
        async with serving(tmp_path / "data", settings) as service, browser(service) as http:
            email, password = (await sign_ins(service))["recruiter"]
            await send(http, "/sign-in", "/sign-in", email=email, password=password)
            path, hello = await hello_to_the_room(http)
            async with http.ws_connect(path, protocols=[SUBPROTOCOL]) as socket:
                await socket.send_json(hello)
                said = [await socket.receive_json(timeout=20)]
                async with ClientSession(service.url, cookie_jar=CookieJar(unsafe=True)) as other:
                    await send(other, "/sign-in/link", "/sign-in/link", email=email)
                async with asyncio.timeout(60):
                    await slow.begun.wait()
                os.kill(service.process.pid, signal.SIGTERM)
                while said[-1].get("type") != "server-restart":
                    said.append(await socket.receive_json(timeout=20))
                assert service.process.returncode is None
                assert (await socket.receive(timeout=20)).data == 1001
            with pytest.raises(OSError, match="Cannot connect"):
                await http.get("/healthz")
            assert box.mails == []
            slow.may_end.set()
            async with asyncio.timeout(60):
                assert await service.process.wait() == 0
        assert [str(mail["To"]) for mail in box.mails] == [box.mails[0]["To"]]
        assert email in str(box.mails[0]["To"])
    with sqlite3.connect(tmp_path / "data" / "daigang.sqlite3") as database:
        waiting = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
        assert database.execute(waiting).fetchone() == (0,)


async def until_up(service: Service, workers: int) -> None:
    """Wait until so many workers have come up since the start."""

    async def are_up() -> bool:
        return sum("media-worker-up" in line for line in service.output) == workers

    await until(are_up)


async def test_a_house_with_two_workers_renews_both_when_it_is_told_to(tmp_path: Path):
    workers = ["--media-workers", "2"]
    async with serving(tmp_path / "data", arguments=workers, measured=False) as service:
        await until_up(service, 2)
        service.process.send_signal(signal.SIGHUP)
        await until_up(service, 4)
        async with browser(service) as http, http.get("/readyz") as answer:
            assert answer.status == 200
        assert await service.stop() == 0
        assert not any("Traceback" in line for line in service.output)
