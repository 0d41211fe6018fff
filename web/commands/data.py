"""`daigang migrate` and `daigang demo`."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console
from sqlalchemy import select
from sqlmodel import col

from interviews.database import Database
from interviews.identity.models import Account, Role
from interviews.identity.passwords import Passwords
from interviews.identity.service.accounts import account_of, throw_out
from interviews.people.models import Person, PersonId
from web.app import Parts
from web.cli import Trouble
from web.clock import SystemClock
from web.compose import opened_database
from web.demo.load import DatabaseNotEmpty, DemoAccount, DemoAccounts, is_empty, load_demo
from web.demo.people import DEMO_EMAILS
from web.settings import Settings

KNOWN = "daigang-demo"  # only ever used on loopback, SQLite and without a public URL


@dataclass(frozen=True, slots=True)
class DemoSignIns:
    """The demo's accounts, as the terminal shows them."""

    accounts: DemoAccounts
    base_url: str

    def lines(self) -> Iterator[str]:
        """One line an account."""
        yield f"Demo sign-ins for {self.base_url}/sign-in :"
        for account in self.accounts:
            yield f"  {account.role:<14} {account.email:<28} {account.password or '(mailed link)'}"


async def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision."""
    async with opened_database(settings):
        pass


async def demo(settings: Settings) -> None:
    """Load the demo into an empty database and print its sign-ins."""
    async with opened_database(settings) as database:
        clock = SystemClock(settings.clock_offset)
        passwords = demo_passwords(settings)
        try:
            accounts = await load_demo(
                database, now=clock.now(), passwords=passwords, hash_password=Passwords().hash
            )
        except DatabaseNotEmpty as refusal:
            raise Trouble(str(refusal)) from refusal
    for line in DemoSignIns(accounts, settings.base_url).lines():
        Console(soft_wrap=True, highlight=False).print(line)


def is_playground(settings: Settings) -> bool:
    """Whether nobody but this machine can use a known password."""
    return settings.is_local and not settings.database_url


def demo_passwords(settings: Settings) -> dict[Role, str]:
    """The known password on a playground, a random one for each role elsewhere."""
    if is_playground(settings):
        return dict.fromkeys(Role, KNOWN)
    return {role: secrets.token_urlsafe(12) for role in Role}


async def first_demo(parts: Parts, *, demo: bool) -> DemoSignIns | None:
    """Load the demo into an empty database: by itself on a playground, else when asked for."""
    playground = is_playground(parts.settings)
    async with parts.database.reading() as session:
        fresh = await is_empty(session)
    if fresh and (playground or demo):
        passwords = demo_passwords(parts.settings)
        accounts = await load_demo(
            parts.database,
            now=parts.clock.now(),
            passwords=passwords,
            hash_password=Passwords().hash,
        )
        return DemoSignIns(accounts, parts.settings.base_url)
    there = {} if fresh else await _demo_accounts(parts.database)
    if not playground:
        return await _replaced(parts, await _with_known_password(there))
    # Not tried here: four hashes would cost a start as much as all the rest of it.
    known = tuple(DemoAccount(role, DEMO_EMAILS[role], KNOWN) for role in Role if role in there)
    return DemoSignIns(known, parts.settings.base_url) if known else None


async def _demo_accounts(database: Database) -> dict[Role, Account]:
    """The accounts with a password that an earlier start loaded for the demo."""
    wanted = {email: role for role, email in DEMO_EMAILS.items()}
    async with database.reading() as session:
        rows = await session.execute(
            select(col(Person.email), Account)
            .join(Account, col(Account.person_id) == col(Person.id))
            .where(col(Person.email).in_(wanted), col(Account.password_hash).is_not(None))
        )
        return {wanted[email]: account for email, account in rows}


async def _with_known_password(accounts: Mapping[Role, Account]) -> dict[Role, PersonId]:
    """Those that the known password opens."""
    passwords = Passwords()
    async with asyncio.TaskGroup() as group:
        checks = {
            role: group.create_task(passwords.check(account.password_hash, KNOWN))
            for role, account in accounts.items()
        }
    return {
        role: accounts[role].person_id
        for role in Role
        if role in checks and checks[role].result().right
    }


async def _replaced(parts: Parts, known: Mapping[Role, PersonId]) -> DemoSignIns | None:
    """Random passwords where known ones would let strangers in: the house has become public."""
    if not known:
        return None
    passwords = demo_passwords(parts.settings)
    hashes = {role: await Passwords().hash(passwords[role]) for role in known}
    async with parts.database.writing() as session:
        for role, person in known.items():
            account = await account_of(session, person)
            account.password_hash = hashes[role]
            await throw_out(session, person)
    accounts = tuple(DemoAccount(role, DEMO_EMAILS[role], passwords[role]) for role in known)
    return DemoSignIns(accounts, parts.settings.base_url)
