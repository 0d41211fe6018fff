import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from interviews.database import Database
from interviews.identity.models import Account, LinkPurpose, MailedLink
from interviews.identity.passwords import Verdict
from interviews.identity.refusals import AccountDisabled, LinkSpent, WrongCredentials
from interviews.identity.service.links import look_at_link
from interviews.identity.service.sessions import recognise
from interviews.identity.service.sign_in import (
    Browser,
    Kept,
    ask_for_link,
    ask_for_verification,
    kept_for,
    reset_password,
    sign_in_by_link,
    sign_in_by_password,
    verify_email,
)
from interviews.people.models import PersonId
from interviews.refusals import NotFound
from tests.support.accounts import LINKS, PASSWORD, Register, cheap_passwords, last_token, letters
from tests.support.clock import START

HERE = Browser("Firefox")
SOON = START + timedelta(minutes=14)


async def by_password(database: Database, email: str, password: str):
    async with database.reading() as session:
        kept = await kept_for(session, email)
    verdict = await cheap_passwords().check(kept.password_hash, password)
    async with database.writing() as session:
        return await sign_in_by_password(session, kept, verdict, HERE, now=START)


async def asked(database: Database, purpose: LinkPurpose, email: str):
    async with database.writing() as session:
        await ask_for_link(session, purpose, email, links=LINKS, now=START)


async def account(database: Database, person: PersonId) -> Account:
    async with database.reading() as session:
        return await session.get(Account, person)


async def who(database: Database, token: str):
    async with database.reading() as session:
        return await recognise(session, token, now=START)


async def test_address_and_password_open_a_session(database: Database, register: Register):
    person = await register("li@example.com")
    token = await by_password(database, "LI@Example.com", PASSWORD)
    assert (await who(database, token)).person_id == person


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("li@example.com", "another password"),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("mail-only@example.com", PASSWORD),
    ],
)
async def test_every_wrong_pair_gets_the_same_answer(
    database: Database, register: Register, email: str, password: str
):
    await register("li@example.com")
    await register("mail-only@example.com", password="")
    with pytest.raises(WrongCredentials):
        await by_password(database, email, password)


async def test_a_password_that_changed_while_it_was_checked_is_wrong(
    database: Database, register: Register
):
    person = await register("li@example.com")
    stale = Kept(person, "the hash of a moment ago")
    with pytest.raises(WrongCredentials):
        async with database.writing() as session:
            await sign_in_by_password(session, stale, Verdict(right=True), HERE, now=START)


async def test_a_fresh_hash_is_kept_when_the_parameters_changed(
    database: Database, register: Register
):
    person = await register("li@example.com")
    async with database.writing() as session:
        kept = await kept_for(session, "li@example.com")
        verdict = Verdict(right=True, rehashed="a fresh hash")
        await sign_in_by_password(session, kept, verdict, HERE, now=START)
    assert (await account(database, person)).password_hash == "a fresh hash"


async def test_a_mailed_link_signs_in_once(database: Database, register: Register):
    person = await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    (letter,) = await letters(database)
    assert letter["letter"] == "sign-in"
    assert letter["link"].startswith("http://daigang.example/sign-in/link/")
    link = await last_token(database)
    async with database.writing() as session:
        token = await sign_in_by_link(session, link, HERE, now=SOON)
    assert (await who(database, token)).person_id == person
    with pytest.raises(LinkSpent):
        async with database.writing() as session:
            await sign_in_by_link(session, link, HERE, now=SOON)


async def test_of_ten_who_press_one_link_at_once_one_gets_in(
    database: Database, register: Register
):
    await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    link = await last_token(database)

    async def press() -> bool:
        try:
            async with database.writing() as session:
                await sign_in_by_link(session, link, HERE, now=SOON)
        except LinkSpent:
            return False
        return True

    assert sum(await asyncio.gather(*(press() for _ in range(10)))) == 1


async def test_looking_at_a_link_leaves_it_whole(database: Database, register: Register):
    person = await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    link = await last_token(database)
    for _ in range(3):
        async with database.reading() as session:
            live = await look_at_link(session, LinkPurpose.SIGN_IN, link, now=SOON)
    assert live.person_id == person
    async with database.writing() as session:
        await sign_in_by_link(session, link, HERE, now=SOON)


async def test_a_link_is_dead_after_fifteen_minutes(database: Database, register: Register):
    await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    link = await last_token(database)
    late = START + timedelta(minutes=15)
    async with database.writing() as session:
        with pytest.raises(LinkSpent):
            await look_at_link(session, LinkPurpose.SIGN_IN, link, now=late)
        with pytest.raises(LinkSpent):
            await sign_in_by_link(session, link, HERE, now=late)


async def test_a_link_does_only_what_it_was_mailed_for(database: Database, register: Register):
    await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    link = await last_token(database)
    async with database.writing() as session:
        with pytest.raises(LinkSpent):
            await reset_password(session, link, "hash", HERE, now=SOON)
        with pytest.raises(LinkSpent):
            await verify_email(session, link, HERE, now=SOON)


async def test_no_letter_goes_to_strangers_or_to_disabled_accounts(
    database: Database, register: Register
):
    person = await register("li@example.com")
    async with database.writing() as session:
        (await session.get(Account, person)).disabled_at = START
    for email in ("li@example.com", "nobody@example.com", "no address"):
        await asked(database, LinkPurpose.SIGN_IN, email)
    assert await letters(database) == []


async def test_a_link_of_an_account_that_was_disabled_since_opens_nothing(
    database: Database, register: Register
):
    person = await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    link = await last_token(database)
    async with database.writing() as session:
        (await session.get(Account, person)).disabled_at = START
    with pytest.raises(AccountDisabled):
        async with database.writing() as session:
            await sign_in_by_link(session, link, HERE, now=SOON)


async def test_verifying_proves_the_mailbox_and_ends_sessions_from_before(
    database: Database, register: Register
):
    person = await register("li@example.com", verified=False)
    strangers = await by_password(database, "li@example.com", PASSWORD)
    async with database.writing() as session:
        assert await ask_for_verification(session, person, links=LINKS, now=START)
    link = await last_token(database)
    async with database.writing() as session:
        token = await verify_email(session, link, HERE, now=SOON)
    assert (await account(database, person)).email_verified_at == SOON
    assert await who(database, strangers) is None
    assert await who(database, token) is not None


async def test_the_owner_of_the_mailbox_is_not_bound_by_a_strangers_password(
    database: Database, register: Register
):
    person = await register("li@example.com", verified=False, password="the stranger's choice")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    link = await last_token(database)
    async with database.writing() as session:
        await sign_in_by_link(session, link, HERE, now=SOON)
    kept = await account(database, person)
    assert kept.password_hash is None
    assert kept.email_verified_at == SOON


async def test_a_verified_address_is_not_verified_again(database: Database, register: Register):
    person = await register("li@example.com")
    async with database.writing() as session:
        assert not await ask_for_verification(session, person, links=LINKS, now=START)
        with pytest.raises(NotFound):
            await ask_for_verification(session, PersonId(99), links=LINKS, now=START)
    assert await letters(database) == []


async def test_a_new_password_ends_every_session_and_every_other_link(
    database: Database, register: Register
):
    person = await register("li@example.com")
    old = await by_password(database, "li@example.com", PASSWORD)
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    other_link = await last_token(database)
    await asked(database, LinkPurpose.RESET_PASSWORD, "li@example.com")
    link = await last_token(database)
    new_hash = await cheap_passwords().hash("a quite different phrase")
    async with database.writing() as session:
        token = await reset_password(session, link, new_hash, HERE, now=SOON)
    assert await who(database, old) is None
    assert (await who(database, token)).person_id == person
    with pytest.raises(LinkSpent):
        async with database.writing() as session:
            await sign_in_by_link(session, other_link, HERE, now=SOON)
    with pytest.raises(WrongCredentials):
        await by_password(database, "li@example.com", PASSWORD)
    assert await by_password(database, "li@example.com", "a quite different phrase")


async def test_a_new_letter_sweeps_the_links_that_are_too_old(
    database: Database, register: Register
):
    await register("li@example.com")
    await asked(database, LinkPurpose.SIGN_IN, "li@example.com")
    async with database.writing() as session:
        late = START + timedelta(minutes=15)
        await ask_for_link(session, LinkPurpose.SIGN_IN, "li@example.com", links=LINKS, now=late)
        left = (await session.execute(select(col(MailedLink.created_at)))).scalars().all()
    assert left == [late]
