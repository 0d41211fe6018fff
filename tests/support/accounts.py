"""Real parts of signing in, made cheap: hashing with small parameters, letters read back."""

from collections.abc import Awaitable, Callable

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlmodel import col

from interviews.database import Database
from interviews.identity.passwords import Passwords
from interviews.outbox import Outbox
from interviews.people.models import PersonId
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
