"""Loads the demo campaign into an empty database, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.database import Database
from interviews.identity.models import Role
from interviews.people.models import Person
from interviews.refusals import Refusal
from interviews.texts import N_
from web.demo.meetings import add_demo_interview, add_meetings
from web.demo.people import DEMO_EMAILS, add_people
from web.demo.places import add_campaign, add_firms, add_jobs, add_schools
from web.demo.sample import sample, shift_to


class DatabaseNotEmpty(Refusal):
    """Demo data never mixes with real data."""

    code = "database-not-empty"
    message = N_("The database already holds people; the demo is loaded into an empty one only.")
    next_step = N_("Choose another data folder or database for the demo.")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who may sign in to the demo; without a password only by a mailed link."""

    role: Role
    email: str
    password: str | None


DemoAccounts = tuple[DemoAccount, ...]


async def is_empty(session: AsyncSession) -> bool:
    """Whether nobody is in the database yet."""
    return await session.scalar(select(col(Person.id)).limit(1)) is None


async def load_demo(
    database: Database,
    *,
    now: datetime,
    passwords: Mapping[Role, str],
    hash_password: Callable[[str], Awaitable[str]],
) -> DemoAccounts:
    """The sample campaign around `now`, and one sign-in per role, in the order of the roles.

    A role that `passwords` leaves out signs in by a mailed link only. No mail is sent.

    Raises:
        DatabaseNotEmpty: somebody is in the database already.
    """
    hashes = {role: await hash_password(password) for role, password in passwords.items()}
    zone = ZoneInfo(sample("campaign")["timezone"])
    shift = shift_to(now.astimezone(zone).date())
    async with database.writing() as session:
        if not await is_empty(session):
            raise DatabaseNotEmpty
        await add_campaign(session, shift)
        await add_schools(session)
        firms = await add_firms(session, shift)
        people = await add_people(session, firms, shift, hashes=hashes, now=now)
        jobs = await add_jobs(session, firms, people, shift, now=now)
        await add_meetings(session, firms, jobs, people, shift, now=now)
        await add_demo_interview(session, firms, jobs, people, now=now)
    return tuple(DemoAccount(role, DEMO_EMAILS[role], passwords.get(role)) for role in Role)
