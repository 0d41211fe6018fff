"""Reads and keeps graduates' profiles."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.graduates.models import Graduate, School
from interviews.graduates.rules import profile_problems
from interviews.people.models import PersonId
from interviews.refusals import Malformed


@dataclass(frozen=True, slots=True)
class ProfileAnswers:
    """What a graduate tells about their studies; every answer may be empty."""

    school: str = ""
    level: str = ""
    major_name: str = ""
    major_category: str = ""
    graduation_month: str = ""


async def profile(session: AsyncSession, person_id: PersonId) -> Graduate:
    """The profile of a person, an empty one (not yet kept) before the first answer."""
    return await session.get(Graduate, person_id) or Graduate(person_id=person_id)


async def keep_profile(
    session: AsyncSession, person_id: PersonId, answers: ProfileAnswers, *, today: date
) -> Graduate:
    """Keep a graduate's answers.

    Raises:
        Malformed: an answer that no catalogue or calendar knows.
    """
    problems = profile_problems(
        level=answers.level,
        major_category=answers.major_category,
        graduation_month=answers.graduation_month,
        today=today,
    )
    if problems:
        raise Malformed(problems)
    graduate = await session.get(Graduate, person_id) or await _begun(session, person_id)
    graduate.school = answers.school.strip()
    graduate.level = answers.level
    graduate.major_name = answers.major_name.strip()
    graduate.major_category = answers.major_category
    graduate.graduation_month = answers.graduation_month
    await session.flush()
    return graduate


async def _begun(session: AsyncSession, person_id: PersonId) -> Graduate:
    """A new, empty profile; or the one that another tab began at the same moment."""
    graduate = Graduate(person_id=person_id)
    try:
        async with session.begin_nested():
            session.add(graduate)
    except IntegrityError:
        return await session.get_one(Graduate, person_id)
    return graduate


async def schools(session: AsyncSession) -> tuple[School, ...]:
    """Every school that the campaign knows, by name; a graduate may type another."""
    return tuple(await session.scalars(select(School).order_by(col(School.name_zh))))
