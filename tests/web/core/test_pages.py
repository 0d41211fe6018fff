"""Forms, notices and error pages, through pages made for the purpose."""

from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Annotated, Literal

import pytest
from aiohttp import web
from pydantic import BaseModel, Field, field_validator

from interviews.bookings.refusals import SlotClosed
from interviews.refusals import Malformed
from tests.support.site import Browser, Page, Site, running_site
from web.middleware.throttle import TooManyAttempts
from web.pages import form, render, see_other, typed
from web.sitemap import ANYONE, Route


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Wish(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=5)]
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[int, Field(gt=0, lt=100)] = 50
    on: date = date(2026, 11, 23)
    at: time = time(9)
    colour: Colour = Colour.RED
    size: Literal["s", "l"] = "s"
    panel: Annotated[tuple[int, ...], Field(max_length=2)] = ()
    tags: list[str] | None = None
    password: str = ""

    @field_validator("name")
    @classmethod
    def _not_a_number(cls, value: str) -> str:
        if value.isdigit():
            raise ValueError("Choose one of the options.")
        return value


async def wish(request: web.Request) -> web.Response:
    try:
        wanted = await form(request, Wish)
    except Malformed as refusal:
        fields = "|".join(f"{name}: {text}" for name, text in sorted(refusal.fields.items()))
        kept = await typed(request)
        return web.Response(text=f"{fields}\n{sorted(kept)}", status=refusal.status)
    return web.Response(text=wanted.model_dump_json())


async def tell(request: web.Request) -> web.Response:
    see_other(request, "/probe/heard", "Choose at least %(min_length)s.", min_length="<b>3</b>")


async def heard(request: web.Request) -> web.Response:
    return render(request, "identity/mail_sent.html", subject="sign-up")


async def slow_down(_request: web.Request) -> web.Response:
    raise TooManyAttempts(timedelta(seconds=90))


async def refuse(_request: web.Request) -> web.Response:
    raise SlotClosed


async def break_down(_request: web.Request) -> web.Response:
    raise ZeroDivisionError("a bug with a secret in its text")


async def teapot(_request: web.Request) -> web.Response:
    raise web.HTTPGone(text="gone for good")


async def read_much(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.post())))


PROBES = (
    Route("POST", "/probe/wish", wish, ANYONE),
    Route("POST", "/probe/tell", tell, ANYONE),
    Route("GET", "/probe/heard", heard, ANYONE),
    Route("GET", "/probe/slow", slow_down, ANYONE),
    Route("GET", "/probe/refuse", refuse, ANYONE),
    Route("GET", "/probe/bug", break_down, ANYONE),
    Route("GET", "/probe/gone", teapot, ANYONE),
    Route("POST", "/probe/much", read_much, ANYONE),
)


@pytest.fixture
async def probed(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(sqlite_url, tmp_path, more=PROBES) as site:
        yield site


async def wished(visitor: Browser, *pairs: tuple[str, str]) -> Page:
    proof = (await visitor.get("/sign-in/link")).csrf
    return await visitor.ask("POST", "/probe/wish", data=[("csrf", proof), *pairs])


async def test_a_form_becomes_typed_values_and_what_is_empty_is_left_to_the_default(probed: Site):
    answer = await wished(
        probed.browser(),
        ("name", "云小溪"),
        ("count", "3"),
        ("on", "2026-12-01"),
        ("at", "14:20"),
        ("colour", "blue"),
        ("size", ""),
        ("panel", "7"),
        ("panel", ""),
        ("panel", "9"),
        ("tags", "x"),
        ("unknown", "left alone"),
    )
    assert Wish.model_validate_json(answer.text) == Wish(
        name="云小溪",
        count=3,
        on=date(2026, 12, 1),
        at=time(14, 20),
        colour=Colour.BLUE,
        panel=(7, 9),
        tags=["x"],
    )


BAD = (
    ("count", "many"),
    ("share", "0"),
    ("on", "tomorrow"),
    ("at", "noon"),
    ("colour", "green"),
    ("size", "m"),
    ("panel", "1"),
    ("panel", "2"),
    ("panel", "3"),
    ("password", "hush"),
)


async def test_every_bad_field_is_told_in_the_readers_language(probed: Site):
    english = await wished(probed.browser(), *BAD)
    assert english.status == 422
    assert english.text.splitlines()[0].split("|") == [
        "at: This should be a time such as 09:30.",
        "colour: Choose one of the options.",
        "count: This should be a whole number.",
        "name: This field is needed.",
        "on: This should be a date such as 2026-11-25.",
        "panel: Choose at most 2.",
        "share: This should be more than 0.",
        "size: Choose one of the options.",
    ]
    chinese = await wished(probed.browser(Accept_Language="zh-CN"), *BAD)
    assert "panel: 最多选择 2 项。" in chinese.text
    assert "needed" not in chinese.text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "x", "This is too short: at least 2 characters."),
        ("name", "abcdef", "This is too long: at most 5 characters."),
        ("name", "123", "Choose one of the options."),
        ("count", "0", "This should be at least 1."),
        ("count", "10", "This should be at most 9."),
        ("share", "100", "This should be less than 100."),
        ("panel", "x", "This should be a whole number."),
    ],
)
async def test_a_bound_is_named(probed: Site, field: str, value: str, says: str):
    pairs = {"name": "abc", field: value}
    answer = await wished(probed.browser(), *pairs.items())
    assert answer.text.splitlines()[0] == f"{field}: {says}"


async def test_what_was_typed_is_kept_but_no_password(probed: Site):
    answer = await wished(probed.browser(), ("count", "many"), ("password", "hush"))
    assert answer.text.splitlines()[1] == "['count', 'csrf']"


async def test_a_notice_is_shown_once_and_escaped(probed: Site):
    visitor = probed.browser(Accept_Language="zh-CN")
    proof = (await visitor.get("/sign-in/link")).csrf
    answer = await visitor.post("/probe/tell", csrf=proof)
    assert (answer.status, answer.target) == (303, "/probe/heard")
    page = await visitor.get("/probe/heard")
    assert "请至少选择 &lt;b&gt;3&lt;/b&gt; 项。" in page.text
    assert "请至少选择" not in (await visitor.get("/probe/heard")).text


async def test_a_notice_that_we_did_not_sign_is_not_shown(probed: Site):
    visitor = probed.browser()
    visitor.take_cookie("notice", '"You have won a prize".AAAA')
    assert "prize" not in (await visitor.get("/probe/heard")).text


async def test_a_refusal_becomes_a_page_with_its_status_and_next_step(probed: Site):
    english = await probed.browser().get("/probe/refuse")
    assert english.status == SlotClosed.status
    assert SlotClosed.message in english.words
    assert SlotClosed.next_step in english.words
    chinese = await probed.browser(Accept_Language="zh-CN").get("/probe/refuse")
    assert SlotClosed.message not in chinese.words
    assert 'lang="zh-CN"' in chinese.text


async def test_who_must_wait_is_told_how_long(probed: Site):
    answer = await probed.browser().get("/probe/slow")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "90")
    assert "2 min" in answer.words


async def test_a_fault_is_a_page_without_its_text(probed: Site):
    answer = await probed.browser().get("/probe/bug")
    assert answer.status == 500
    assert "Something broke on our side." in answer.words
    assert "secret" not in answer.text


async def test_other_answers_of_http_pass_as_they_are(probed: Site):
    answer = await probed.browser().get("/probe/gone")
    assert (answer.status, answer.text) == (410, "gone for good")


async def test_too_much_at_once_is_refused(probed: Site):
    visitor = probed.browser()
    proof = (await visitor.get("/sign-in/link")).csrf
    headers = {"X-CSRF-Token": proof, "Content-Type": "application/x-www-form-urlencoded"}
    body = BytesIO(b"text=" + b"x" * (1 << 20))
    answer = await visitor.ask("POST", "/probe/much", data=body, headers=headers)
    assert answer.status == 413
    assert "That was too much at once." in answer.words


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "This address does not take that kind of request."), ("zh-CN", "这个地址")],
)
async def test_a_verb_that_a_page_does_not_take_is_told_with_those_that_it_does(
    probed: Site, language: str, says: str
):
    visitor = probed.browser(Accept_Language=language)
    proof = (await visitor.get("/sign-in/link")).csrf
    answer = await visitor.post("/jobs", csrf=proof)
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(",")) >= {"GET"}
    assert says in answer.words


async def test_an_unknown_address_leads_home(probed: Site):
    answer = await probed.browser().get("/no/such/page")
    assert answer.status == 404
    assert 'href="/"' in answer.text
