"""An interview from its booking to its end: nothing personal of it is in any log line."""

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from interviews.graduates.models import Graduate
from interviews.people.models import Person
from tests.support.site import Site, running_site
from tests.support.verbs import TEN
from tests.web.bookings.people import Cast, press, seated

VERSION = "2026-11-22"
CHAT, REASON = "my number is at the end of my letter", "my grandmother is in hospital"


@pytest.fixture
async def site(stream: io.StringIO, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that logs into the stream."""
    assert stream.getvalue() == ""
    async with running_site(sqlite_url, tmp_path) as site:
        yield site


async def personal(cast: Cast) -> list[str]:
    """What the database knows of everybody."""
    async with cast.site.database.reading() as session:
        people = list(await session.scalars(select(Person)))
        graduates = list(await session.scalars(select(Graduate)))
    texts = [text for one in people for text in (one.name, one.name_latin, one.email)]
    return [text for text in (*texts, *(one.school for one in graduates)) if text]


async def test_nothing_of_an_interview_is_logged(cast: Cast, stream: io.StringIO):
    slot, picker = await cast.world.slot(), f"/jobs/{cast.world.place.job_id}/slots"
    held = await press(cast.graduate, f"/slots/{slot}/hold", on=picker)
    booked = await press(
        cast.graduate, f"/slots/{slot}/booking", on=held.target, text_version=VERSION
    )
    cast.site.clock.advance(TEN - cast.site.clock.now() - timedelta(minutes=5))
    async with seated(cast.graduate, f"{booked.target}/room") as socket:
        await socket.send_json({"type": "send-chat", "text": CHAT, "key": "first"})
        while CHAT not in await socket.receive_str():
            pass
    cancelled = await press(
        cast.graduate,
        f"{booked.target}/cancellation",
        on=f"{booked.target}/cancellation",
        reason=REASON,
    )
    assert cancelled.status == 303

    lines = stream.getvalue()
    assert '"route": "/interviews/{id}/room"' in lines
    secrets = [*await personal(cast), CHAT, REASON, "127.0.0.1", cast.graduate.cookie("session")]
    assert len(secrets) >= 8
    for secret in secrets:
        assert secret not in lines, secret
        assert json.dumps(secret)[1:-1] not in lines, secret
