"""Finding, keeping and changing people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.people.models import Person, PersonId
from interviews.people.rules import (
    DEFAULT_ZONE,
    known_locale,
    known_zone,
    normal_email,
    normal_name,
)
from interviews.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Details:
    """What we need to write to somebody; `zone` is an IANA name."""

    email: str
    name: str
    locale: str = "zh_CN"
    zone: str = DEFAULT_ZONE


def checked(details: Details) -> Details:
    """The same details in their normal spelling.

    Raises:
        EmailMalformed, NameMissing, LocaleUnknown, ZoneUnknown: the first that is wrong.
    """
    return Details(
        email=normal_email(details.email),
        name=normal_name(details.name),
        locale=known_locale(details.locale),
        zone=known_zone(details.zone),
    )


def number_of(person: Person) -> PersonId:
    """The person's number, which every kept person has."""
    if person.id is None:
        raise TypeError(person)
    return person.id


async def find_person(session: AsyncSession, email: str) -> Person | None:
    """The person with this address, in whatever spelling.

    Raises:
        EmailMalformed: it is no address.
    """
    query = select(Person).where(col(Person.email) == normal_email(email))
    return (await session.execute(query)).scalar_one_or_none()


async def ensure_person(
    session: AsyncSession, details: Details, *, now: datetime
) -> tuple[Person, bool]:
    """The person with this address and whether they are new; a known one is left as they are.

    Two requests may write the same address at once: the second finds the first's row.

    Raises:
        EmailMalformed, NameMissing, LocaleUnknown, ZoneUnknown: the details cannot be kept.
    """
    details = checked(details)
    known = await find_person(session, details.email)
    if known is not None:
        return known, False
    person = Person(
        email=details.email,
        name=details.name,
        locale=details.locale,
        zone=details.zone,
        created_at=now,
    )
    try:
        async with session.begin_nested():
            session.add(person)
    except IntegrityError:
        known = await find_person(session, details.email)
        if known is None:
            raise
        return known, False
    return person, True


async def person_of(session: AsyncSession, person_id: PersonId) -> Person:
    """The person with this number.

    Raises:
        NotFound: nobody has it.
    """
    person = await session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


async def change_details(
    session: AsyncSession, person_id: PersonId, *, name: str, locale: str, zone: str
) -> Person:
    """Write a new name, language and zone; answers the changed person.

    Raises:
        NameMissing, LocaleUnknown, ZoneUnknown: one of them cannot be kept.
        NotFound: nobody has that number.
    """
    person = await person_of(session, person_id)
    person.name = normal_name(name)
    person.locale = known_locale(locale)
    person.zone = known_zone(zone)
    await session.flush()
    return person
