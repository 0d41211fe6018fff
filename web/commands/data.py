"""`daigang migrate` and `daigang demo`."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from sqlalchemy import select
from sqlmodel import col

from interviews.identity.models import Role
from interviews.identity.passwords import Passwords
from interviews.people.models import Person
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
    if not (playground or demo):
        return None
    async with parts.database.reading() as session:
        fresh = await is_empty(session)
    if fresh:
        passwords = demo_passwords(parts.settings)
        accounts = await load_demo(
            parts.database,
            now=parts.clock.now(),
            passwords=passwords,
            hash_password=Passwords().hash,
        )
        return DemoSignIns(accounts, parts.settings.base_url)
    return await known_sign_ins(parts) if playground else None


async def known_sign_ins(parts: Parts) -> DemoSignIns | None:
    """The sign-ins of a demo that an earlier start loaded here."""
    async with parts.database.reading() as session:
        wanted = col(Person.email).in_(DEMO_EMAILS.values())
        there = set(await session.scalars(select(col(Person.email)).where(wanted)))
    if there != set(DEMO_EMAILS.values()):
        return None
    accounts = tuple(DemoAccount(role, DEMO_EMAILS[role], KNOWN) for role in Role)
    return DemoSignIns(accounts, parts.settings.base_url)
