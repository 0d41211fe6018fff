import asyncio

from sqlalchemy import func, select

from interviews.database import Database
from interviews.identity.models import Account, Role
from interviews.identity.service.sign_up import sign_up
from interviews.people.models import Person
from interviews.people.service import Details
from tests.support.accounts import LINKS, Register, letters
from tests.support.clock import START
from tests.support.world import a_person

LI = Details("li@example.com", "李伟", "en", "Europe/Berlin")


async def signed_up(database: Database, details: Details = LI):
    async with database.writing() as session:
        return await sign_up(session, details, "hash", links=LINKS, now=START)


async def test_signing_up_opens_an_unverified_account_and_mails_a_link(database: Database):
    number = await signed_up(database)
    async with database.reading() as session:
        account, person = await session.get(Account, number), await session.get(Person, number)
    assert (account.role, account.email_verified_at) == (Role.GRADUATE, None)
    assert (person.locale, person.zone) == ("en", "Europe/Berlin")
    (letter,) = await letters(database)
    assert letter["letter"] == "verify-email"
    assert letter["link"].startswith("http://daigang.example/verify/")


async def test_a_known_address_changes_nothing_and_tells_its_owner(
    database: Database, register: Register
):
    number = await register("li@example.com")
    assert await signed_up(database) is None
    async with database.reading() as session:
        assert (await session.get(Account, number)).password_hash != "hash"
        assert (await session.get(Person, number)).name == "云小溪"
    assert await letters(database) == [
        {"letter": "already-registered", "link": "http://daigang.example/sign-in"}
    ]


async def test_signing_up_again_before_verifying_sends_the_link_again(database: Database):
    await signed_up(database)
    assert await signed_up(database) is None
    assert [letter["letter"] for letter in await letters(database)] == ["verify-email"] * 2


async def test_a_disabled_account_hears_nothing(database: Database, register: Register):
    number = await register("li@example.com")
    async with database.writing() as session:
        (await session.get(Account, number)).disabled_at = START
    await signed_up(database)
    assert await letters(database) == []


async def test_somebody_whom_we_only_wrote_to_gets_an_account_under_their_own_name(
    database: Database,
):
    async with database.writing() as session:
        await a_person(session, email="li@example.com", name="Herr Li")
    number = await signed_up(database)
    async with database.reading() as session:
        assert (await session.get(Person, number)).name == "李伟"


async def test_ten_sign_ups_with_one_address_open_one_account(database: Database):
    opened = await asyncio.gather(*(signed_up(database) for _ in range(10)))
    assert sum(number is not None for number in opened) == 1
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Account)) == 1
    assert len(await letters(database)) == 10
