"""Real parts of signing in, made cheap: hashing with small parameters, letters read back."""

from collections.abc import Awaitable, Callable

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlmodel import col

from interviews.database import Database
from interviews.identity.models import Account, Role
from interviews.identity.passwords import Passwords
from interviews.outbox import Outbox
from interviews.people.models import PersonId
from interviews.people.service import number_of
from tests.support.clock import START
from tests.support.world import a_person
from web.links import SignedLinks

BASE = "http://daigang.example"
LINKS = SignedLinks(BASE, [b"the only key of the tests"])
Register = Callable[..., Awaitable[PersonId]]
PASSWORD = "four unrelated plain words"


def cheap_passwords() -> Passwords:
    """Argon2id as in production, but a thousand times faster."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def letters(database: Database) -> list[dict[str, str]]:
    """The payloads of all letters, the oldest first."""
    async with database.reading() as session:
        return list(await session.scalars(select(Outbox.payload).order_by(col(Outbox.id))))


async def last_token(database: Database) -> str:
    """The token of the link in the newest letter."""
    return (await letters(database))[-1]["link"].rpartition("/")[2]


def registrar(database: Database) -> Register:
    """Opens accounts: `await register("li@example.com", Role.RECRUITER, verified=False)`."""

    async def register(
        email: str,
        role: Role = Role.GRADUATE,
        *,
        verified: bool = True,
        password: str = PASSWORD,
        name: str = "云小溪",
        locale: str = "en",
    ) -> PersonId:
        password_hash = await cheap_passwords().hash(password) if password else None
        async with database.writing() as session:
            person = number_of(await a_person(session, email=email, name=name, locale=locale))
            account = Account(
                person_id=person,
                role=role,
                password_hash=password_hash,
                email_verified_at=START if verified else None,
                created_at=START,
            )
            session.add(account)
        return person

    return register
