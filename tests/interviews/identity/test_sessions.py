from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from interviews.database import Database
from interviews.identity.models import Account, SignInSession
from interviews.identity.refusals import AccountDisabled
from interviews.identity.service.sessions import (
    open_session,
    recognise,
    see_again,
    sessions_of,
    sign_out,
    sign_out_everywhere,
)
from interviews.people.models import PersonId
from tests.support.accounts import Register
from tests.support.clock import START


async def opened(database: Database, person: PersonId, now: datetime = START, **more: Any):
    async with database.writing() as session:
        return await open_session(session, person, agent="Firefox", now=now, **more)


async def who(database: Database, token: str, now: datetime = START):
    async with database.reading() as session:
        return await recognise(session, token, now=now)


async def test_a_token_says_who_somebody_is(database: Database, register: Register):
    person = await register("li@example.com")
    seen = await who(database, await opened(database, person))
    assert seen is not None
    assert (seen.person_id, seen.email, seen.role) == (person, "li@example.com", "graduate")
    assert seen.email_verified_at == START
    assert await who(database, "another token") is None


async def test_the_database_never_holds_a_token(database: Database, register: Register):
    token = await opened(database, await register("li@example.com"))
    async with database.reading() as session:
        rows = await session.execute(text("SELECT * FROM signinsession"))
        assert token not in str(rows.mappings().all())


async def test_an_unused_session_ends_after_thirty_days(database: Database, register: Register):
    token = await opened(database, await register("li@example.com"))
    assert await who(database, token, START + timedelta(days=30, seconds=-1)) is not None
    assert await who(database, token, START + timedelta(days=30)) is None


async def test_a_used_session_goes_on_but_not_beyond_ninety_days(
    database: Database, register: Register
):
    token = await opened(database, await register("li@example.com"))
    for day in (25, 50, 75):
        now = START + timedelta(days=day)
        seen = await who(database, token, now)
        async with database.writing() as session:
            await see_again(session, seen, now=now)
    assert await who(database, token, START + timedelta(days=89)) is not None
    assert await who(database, token, START + timedelta(days=90)) is None


async def test_a_new_session_ends_the_one_that_the_browser_had(
    database: Database, register: Register
):
    person = await register("li@example.com")
    planted = await opened(database, person)
    before = await who(database, planted)
    token = await opened(database, person, instead_of=before.session_id)
    assert await who(database, planted) is None
    assert await who(database, token) is not None


async def test_opening_a_session_sweeps_the_dead_ones_of_everybody(
    database: Database, register: Register
):
    await opened(database, await register("wu@example.com"))
    await opened(database, await register("li@example.com"), now=START + timedelta(days=31))
    async with database.reading() as session:
        left = (await session.execute(select(col(SignInSession.created_at)))).scalars().all()
    assert left == [START + timedelta(days=31)]


async def test_a_disabled_account_neither_opens_nor_keeps_a_session(
    database: Database, register: Register
):
    person = await register("li@example.com")
    token = await opened(database, person)
    async with database.writing() as session:
        (await session.get(Account, person)).disabled_at = START
    assert await who(database, token) is None
    with pytest.raises(AccountDisabled):
        await opened(database, person)


async def test_somebody_without_an_account_opens_no_session(database: Database):
    with pytest.raises(AccountDisabled):
        await opened(database, PersonId(99))


async def test_signing_out_ends_one_session_and_only_ones_own(
    database: Database, register: Register
):
    person, other = await register("li@example.com"), await register("wu@example.com")
    first, second = await opened(database, person), await opened(database, person)
    theirs = await opened(database, other)
    async with database.writing() as session:
        mine = await who(database, first)
        foreign = await who(database, theirs)
        await sign_out(session, mine.session_id, person_id=person)
        await sign_out(session, foreign.session_id, person_id=person)
    assert await who(database, first) is None
    assert await who(database, second) is not None
    assert await who(database, theirs) is not None


async def test_signing_out_everywhere_may_spare_the_browser_that_asks(
    database: Database, register: Register
):
    person = await register("li@example.com")
    tokens = [await opened(database, person) for _ in range(3)]
    spared = await who(database, tokens[1])
    async with database.writing() as session:
        await sign_out_everywhere(session, person, but=spared.session_id)
    assert [await who(database, token) is not None for token in tokens] == [False, True, False]
    async with database.writing() as session:
        await sign_out_everywhere(session, person)
    assert await who(database, tokens[1]) is None


async def test_the_list_of_sessions_starts_with_the_last_used(
    database: Database, register: Register
):
    person = await register("li@example.com")
    await opened(database, person)
    await opened(database, person, now=START + timedelta(hours=1))
    async with database.reading() as session:
        listed = await sessions_of(session, person, now=START + timedelta(hours=2))
    assert [one.last_seen_at for one in listed] == [START + timedelta(hours=1), START]
