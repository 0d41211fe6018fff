import asyncio
from typing import Any

import pytest

from interviews.database import Database
from interviews.identity.models import Account, LinkPurpose, Role
from interviews.identity.passwords import Verdict
from interviews.identity.refusals import (
    AccountExists,
    LinkSpent,
    OwnAccount,
    PasswordNotConfirmed,
)
from interviews.identity.service.accounts import (
    NewAccount,
    account_of,
    change_password,
    create_account,
    disable,
    enable,
    list_accounts,
    throw_out,
)
from interviews.identity.service.links import look_at_link
from interviews.identity.service.sessions import open_session, recognise
from interviews.identity.service.sign_in import Browser, Kept, ask_for_link, kept_for
from interviews.people.models import PersonId
from interviews.people.service import Details
from interviews.refusals import NotFound
from tests.support.accounts import LINKS, Register, last_token, letters
from tests.support.clock import START

HERE = Browser("Firefox")
ANNA = NewAccount(Details("anna@example.com", "Anna"), Role.ORGANISER)


async def created(database: Database, new: NewAccount = ANNA, **more: Any):
    async with database.writing() as session:
        return await create_account(session, new, now=START, **more)


async def test_an_account_without_a_password_gets_its_first_link_by_mail(database: Database):
    number = await created(database, links=LINKS)
    (letter,) = await letters(database)
    assert letter["letter"] == "verify-email"
    async with database.reading() as session:
        account = await account_of(session, number)
    assert (account.role, account.password_hash, account.email_verified_at) == (
        "organiser",
        None,
        None,
    )


async def test_the_command_line_opens_a_verified_account_and_mails_nobody(database: Database):
    new = NewAccount(ANNA.details, Role.ADMINISTRATOR, password_hash="hash", verified=True)
    number = await created(database, new)
    async with database.reading() as session:
        assert (await account_of(session, number)).email_verified_at is not None
    assert await letters(database) == []


async def test_one_address_has_one_account(database: Database, register: Register):
    await register("anna@example.com")
    with pytest.raises(AccountExists):
        await created(database)


async def test_of_ten_administrators_one_opens_the_account(database: Database):
    async def attempt() -> bool:
        try:
            await created(database)
        except AccountExists:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(10)))) == 1


async def test_switching_off_ends_sessions_and_links_and_switching_on_brings_none_back(
    database: Database, register: Register
):
    number, admin = await register("li@example.com"), await register("admin@example.com")
    async with database.writing() as session:
        token = await open_session(session, number, agent="", now=START)
        await ask_for_link(session, LinkPurpose.SIGN_IN, "li@example.com", links=LINKS, now=START)
    link = await last_token(database)
    async with database.writing() as session:
        await disable(session, number, by=admin, now=START)
        await enable(session, number)
        assert await recognise(session, token, now=START) is None
        with pytest.raises(LinkSpent):
            await look_at_link(session, LinkPurpose.SIGN_IN, link, now=START)
        assert (await session.get(Account, number)).disabled_at is None


async def test_nobody_switches_off_themselves_or_nobody(database: Database, register: Register):
    admin = await register("admin@example.com", Role.ADMINISTRATOR)
    async with database.writing() as session:
        with pytest.raises(OwnAccount):
            await disable(session, admin, by=admin, now=START)
        with pytest.raises(NotFound):
            await disable(session, PersonId(99), by=admin, now=START)


async def test_somebody_can_be_thrown_out_and_come_back(database: Database, register: Register):
    number = await register("li@example.com")
    async with database.writing() as session:
        token = await open_session(session, number, agent="", now=START)
        await throw_out(session, number)
        assert await recognise(session, token, now=START) is None
        assert await open_session(session, number, agent="", now=START)


async def test_changing_a_password_leaves_one_fresh_session(database: Database, register: Register):
    number = await register("li@example.com")
    async with database.writing() as session:
        old = await open_session(session, number, agent="", now=START)
        kept = await kept_for(session, "li@example.com")
        new = await change_password(session, kept, Verdict(right=True), "new hash", HERE, now=START)
        assert await recognise(session, old, now=START) is None
        assert (await recognise(session, new, now=START)).person_id == number
        assert (await account_of(session, number)).password_hash == "new hash"


async def test_changing_a_password_needs_the_present_one(database: Database, register: Register):
    number = await register("li@example.com")
    async with database.writing() as session:
        kept = await kept_for(session, "li@example.com")
        with pytest.raises(PasswordNotConfirmed):
            await change_password(session, kept, Verdict(right=False), "new", HERE, now=START)
        with pytest.raises(PasswordNotConfirmed):
            await change_password(
                session, Kept(number, "older"), Verdict(right=True), "new", HERE, now=START
            )
        with pytest.raises(NotFound):
            await change_password(session, Kept(), Verdict(right=True), "new", HERE, now=START)


async def test_who_never_had_a_password_may_choose_one(database: Database, register: Register):
    number = await register("li@example.com", password="")
    async with database.writing() as session:
        kept = await kept_for(session, "li@example.com")
        await change_password(session, kept, Verdict(right=False), "first", HERE, now=START)
        assert (await account_of(session, number)).password_hash == "first"


async def test_people_are_found_by_words_and_role_a_page_at_a_time(
    database: Database, register: Register
):
    for number in range(5):
        await register(f"grad{number}@example.com")
    await register("hr@example.com", Role.RECRUITER)
    async with database.reading() as session:
        first, total = await list_accounts(session, page=1, size=4)
        rest, _ = await list_accounts(session, page=2, size=4)
        recruiters, _ = await list_accounts(session, role=Role.RECRUITER, size=4)
        found, _ = await list_accounts(session, words="GRAD3", size=4)
        literal, _ = await list_accounts(session, words="%", size=4)
    assert (len(first), len(rest), total) == (4, 2, 6)
    assert [one.person.email for one in recruiters] == ["hr@example.com"]
    assert [one.person.email for one in found] == ["grad3@example.com"]
    assert literal == []
