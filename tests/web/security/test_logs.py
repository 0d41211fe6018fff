"""Personal data and tokens never reach a log: driven through real pages, read from real lines."""

import io
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from tests.support.accounts import PASSWORD, last_token
from tests.support.site import Browser, Site, running_site
from web.logs import Pii, configure, scrubbed


@pytest.fixture
async def logged(stream: io.StringIO, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that logs into the stream."""
    assert stream.getvalue() == ""
    async with running_site(sqlite_url, tmp_path) as site:
        yield site


NAME, EMAIL = "云小溪", "li.wei.secret@example.com"


async def journey(site: Site) -> list[str]:
    """Sign up, verify, sign out, sign in twice, reset, follow a link; answers the secrets."""
    secrets = [NAME, EMAIL, "li.wei", PASSWORD, "a quite different phrase"]
    visitor = site.browser()
    fields = {"name": NAME, "email": EMAIL, "password": PASSWORD, "terms": "yes"}
    await visitor.send("/sign-up", on="/sign-up", **fields)
    secrets.append(await press(site, visitor, "/verify"))
    secrets.append(visitor.cookie("session"))
    await visitor.send("/sign-out", on="/me/account")
    await visitor.send("/sign-in", email=EMAIL, password="a wrong guess of mine")
    await visitor.send("/sign-in", email=EMAIL, password=PASSWORD)
    secrets += ["a wrong guess of mine", visitor.cookie("session")]
    await visitor.send("/sign-in/link", email=EMAIL)
    secrets.append(await press(site, visitor, "/sign-in/link"))
    await visitor.send("/forgotten", email=EMAIL)
    secrets.append(await press(site, visitor, "/reset", password="a quite different phrase"))
    secrets += [visitor.cookie("session"), visitor.cookie("visitor")]
    link = site.links.for_booking("room", 77, 1).rpartition("/")[2]
    await visitor.get(f"/i/{link}/room")
    await visitor.get(f"/i/{link}/nothing/here?email={EMAIL}")
    await visitor.get(f"/no-such-page/{EMAIL}?name={NAME}")
    return [*(secret for secret in secrets if secret), link]


async def press(site: Site, visitor: Browser, start: str, **fields: str) -> str:
    token = await last_token(site.database)
    path = f"{start}/{token}"
    await visitor.send(path, on=path, **fields)
    return token


async def test_nothing_personal_and_no_token_is_in_any_line(logged: Site, stream: io.StringIO):
    secrets = await journey(logged)
    lines = stream.getvalue()
    assert len(secrets) >= 12
    for secret in secrets:
        assert secret not in lines, secret
        assert json.dumps(secret)[1:-1] not in lines, secret
    assert "127.0.0.1" not in lines


async def test_the_access_log_names_routes_instead_of_paths(logged: Site, stream: io.StringIO):
    await journey(logged)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    routes = {line["route"] for line in lines if line["event"] == "request"}
    assert {"/verify/{token}", "/sign-in/link/{token}", "/reset/{token}"} <= routes
    requests = [line for line in lines if line["event"] == "request"]
    assert {"method", "route", "status", "milliseconds"} <= set(requests[0])


async def test_a_fault_is_logged_with_its_traceback_but_without_its_data(
    logged: Site, stream: io.StringIO
):
    async with logged.database.writing() as session:
        await session.execute(text("ALTER TABLE person RENAME COLUMN name TO called"))
    fields = {"name": NAME, "email": EMAIL, "password": PASSWORD, "terms": "yes"}
    answer = await logged.browser().send("/sign-up", on="/sign-up", **fields)
    assert answer.status == 500
    lines = stream.getvalue()
    assert "handler-failed" in lines
    assert "Traceback" in lines
    assert "SELECT" in lines
    for secret in (EMAIL, "li.wei", NAME, PASSWORD):
        assert secret not in lines


def test_wrapped_data_is_three_stars_however_it_is_printed():
    data = Pii("云小溪")
    assert (str(data), repr(data), f"{data:>10}", f"{[data]}") == ("***", "***", "***", "[***]")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("mail to li.wei@stu.edu.cn failed", "mail to *** failed"),
        ("<grad001@example.com>", "<***>"),
        ("call 13812345678 or +86 138 1234 5678", "call *** or ***"),
        ("GET /verify/AbC-9_x?next=/", "GET ***?next=/"),
        ("http://h/i/WzMsMSwzXQ.GnoM-cMx6M8Rea4v/room", "http://h***"),
        ("token 4fT9aBcDeFgHiJkLmNoPqRsTuV", "token ***"),
        ("WzMsMSwzXQabcdefghijk1.GnoM-cMx6M8Rea4v", "***"),
        ("slot 1234567 at 2026-11-22T09:00:00+00:00", "slot 1234567 at 2026-11-22T09:00:00+00:00"),
        ("203.0.113.7: no such protocol", "***: no such protocol"),
        ("from 2001:db8:1:2:3:4:5:6, ::1 or fe80::1", "from ***, *** or ***"),
        ("at 09:30:12 in version 1.2.3", "at 09:30:12 in version 1.2.3"),
        ("signaling.workers.supervisor", "signaling.workers.supervisor"),
        ('File "/srv/daigang/web/handlers/identity/sign_in.py", line 12',) * 2,
    ],
)
def test_what_looks_like_an_address_a_number_or_a_token_is_scrubbed(written: str, kept: str):
    assert scrubbed(written) == kept


def test_every_kind_of_field_is_cleaned(stream: io.StringIO):
    structlog.get_logger().info(
        "tried",
        who=Pii(NAME),
        deep={"to": [EMAIL, 3, None, True]},
        several=(EMAIL,),
        error=ValueError(EMAIL),
        route="/verify/{token}",
    )
    line = json.loads(stream.getvalue())
    assert (line["who"], line["deep"]) == ("***", {"to": ["***", 3, None, True]})
    assert (line["several"], line["error"], line["route"]) == (["***"], "***", "/verify/{token}")


def test_lines_of_libraries_are_cleaned_too(stream: io.StringIO):
    logging.getLogger("some.library").warning("could not write to %s", EMAIL)
    assert json.loads(stream.getvalue())["event"] == "could not write to ***"


def test_a_line_for_people_is_plain_text(stream: io.StringIO):
    configure("info", "console", stream=stream)
    structlog.get_logger().info("daigang-ready", who=EMAIL)
    assert "daigang-ready" in stream.getvalue()
    assert EMAIL not in stream.getvalue()


def test_quiet_levels_are_left_out(stream: io.StringIO):
    configure("warning", "json", stream=stream)
    structlog.get_logger().info("not this")
    logging.getLogger("library").info("nor this")
    assert stream.getvalue() == ""
