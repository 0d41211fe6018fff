"""One request is one transaction, seen through pages made for the purpose, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from interviews.database import ATTEMPTS, Database, Stale
from interviews.people.models import Person
from interviews.refusals import NotAllowed
from tests.support.site import Page, Site, running_site
from tests.support.world import a_person
from web.sitemap import ANYONE, Route
from web.unit import after_commit, undo, unit


class Story:
    """What the handlers did, and what they are to do next."""

    def __init__(self) -> None:
        self.tries = 0
        self.fail: list[Exception] = []
        self.acts: list[str] = []


STORY: web.AppKey[Story] = web.AppKey("story", Story)


async def _written(request: web.Request) -> Story:
    story = request.app[STORY]
    story.tries += 1
    await a_person(await unit(request))
    after_commit(request, lambda: story.acts.append("done"))
    return story


async def write(request: web.Request) -> web.Response:
    story = await _written(request)
    if story.fail:
        raise story.fail.pop(0)
    return web.Response(text="kept")


async def move_on(request: web.Request) -> web.Response:
    await _written(request)
    raise web.HTTPSeeOther("/jobs")


async def show_the_refusal(request: web.Request) -> web.Response:
    await _written(request)
    await undo(request, NotAllowed())
    count = await (await unit(request)).scalar(select(func.count()).select_from(Person))
    return web.Response(text=str(count), status=403)


async def stumble_afterwards(request: web.Request) -> web.Response:
    story = await _written(request)

    def stumble() -> None:
        story.acts.append("stumbled")
        raise LookupError("nothing is there any more")

    after_commit(request, stumble)
    after_commit(request, lambda: story.acts.append("went on"))
    return web.Response(text="kept")


async def read_and_write(request: web.Request) -> web.Response:
    await a_person(await unit(request))
    return web.Response(text="never")


PAGES = (
    Route("POST", "/probe/write", write, ANYONE),
    Route("POST", "/probe/move-on", move_on, ANYONE),
    Route("POST", "/probe/undo", show_the_refusal, ANYONE),
    Route("POST", "/probe/stumble", stumble_afterwards, ANYONE),
    Route("GET", "/probe/read", read_and_write, ANYONE),
)


@pytest.fixture
async def probed(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(database_url, tmp_path, more=PAGES) as site:
        yield site


@pytest.fixture
def story(probed: Site, monkeypatch: pytest.MonkeyPatch) -> Story:
    story = Story()
    monkeypatch.setitem(probed.app._state, STORY, story)
    return story


async def people(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count(col(Person.id)))) or 0


async def posted(site: Site, name: str) -> Page:
    visitor = site.browser()
    proof = (await visitor.get("/sign-in/link")).csrf
    return await visitor.post(f"/probe/{name}", csrf=proof)


async def test_what_a_handler_wrote_is_kept_before_its_answer_leaves(probed: Site, story: Story):
    assert (await posted(probed, "write")).text == "kept"
    assert await people(probed.database) == 1
    assert story.acts == ["done"]


async def test_a_redirect_is_a_success(probed: Site, story: Story):
    assert (await posted(probed, "move-on")).target == "/jobs"
    assert await people(probed.database) == 1
    assert story.acts == ["done"]


async def test_a_refusal_keeps_nothing(probed: Site, story: Story):
    story.fail = [NotAllowed()]
    assert (await posted(probed, "write")).status == 403
    assert await people(probed.database) == 0
    assert story.acts == []


async def test_a_fault_keeps_nothing_and_is_logged(
    probed: Site, story: Story, capsys: pytest.CaptureFixture[str]
):
    story.fail = [ZeroDivisionError("a bug")]
    assert (await posted(probed, "write")).status == 500
    assert await people(probed.database) == 0
    assert story.acts == []
    assert "handler-failed" in capsys.readouterr().out


async def test_a_refusal_that_is_shown_in_place_undoes_and_then_only_reads(
    probed: Site, story: Story
):
    answer = await posted(probed, "undo")
    assert (answer.status, answer.text) == (403, "0")
    assert await people(probed.database) == 0
    assert story.acts == []


async def test_a_reading_request_cannot_write(probed: Site, story: Story):
    assert (await probed.browser().get("/probe/read")).status == 500
    assert await people(probed.database) == 0
    assert story.tries == 0


async def test_a_stale_read_is_tried_again_from_the_start(probed: Site, story: Story):
    story.fail = [Stale(), Stale()]
    assert (await posted(probed, "write")).text == "kept"
    assert (story.tries, story.acts) == (3, ["done"])
    assert await people(probed.database) == 1


async def test_a_deadlock_is_tried_again_and_another_error_of_the_database_is_not(
    probed: Site, story: Story
):
    story.fail = [_told("40P01"), _told("40001")]
    assert (await posted(probed, "write")).text == "kept"
    assert story.tries == 3
    story.fail = [_told("23505")]
    assert (await posted(probed, "write")).status == 500
    assert story.tries == 4


async def test_after_so_many_tries_it_is_a_fault(probed: Site, story: Story):
    story.fail = [Stale() for _ in range(ATTEMPTS)]
    assert (await posted(probed, "write")).status == 500
    assert story.tries == ATTEMPTS
    assert await people(probed.database) == 0


async def test_a_fault_after_the_commit_does_not_make_it_look_undone(
    probed: Site, story: Story, capsys: pytest.CaptureFixture[str]
):
    assert (await posted(probed, "stumble")).text == "kept"
    assert await people(probed.database) == 1
    assert story.acts == ["done", "stumbled", "went on"]
    assert "after-commit-failed" in capsys.readouterr().out


def _told(sqlstate: str) -> DBAPIError:
    class Told(Exception):  # noqa: N818  as a driver names them
        pass

    told = Told()
    told.sqlstate = sqlstate  # type: ignore[attr-defined]  # as asyncpg does
    return DBAPIError("INSERT", {}, told)
