"""The people of the sample, and the four who sign in to the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.consents.models import Consent
from interviews.consents.service import TERMS, TEXT_VERSIONS
from interviews.employers.models import Recruiter
from interviews.graduates.models import Graduate
from interviews.identity.models import Account, Role
from interviews.people.models import Person, PersonId
from web.demo.places import Firms
from web.demo.rows import insert_facts, insert_rows
from web.demo.sample import Shift, sample

JOINED = timedelta(days=40)  # before now: when everybody signed up
DEMO_EMAILS = MappingProxyType(
    {
        Role.GRADUATE: "grad001@example.com",
        Role.RECRUITER: "yunsuo.hr@example.com",
        Role.ORGANISER: "sponsor@example.com",
        Role.ADMINISTRATOR: "admin@example.com",
    }
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the sample with the role of their account; `key` is how the sample names them."""

    key: str
    role: Role
    email: str
    name: str
    name_latin: str
    locale: str = "zh_CN"


async def add_people(
    session: AsyncSession,
    firms: Firms,
    shift: Shift,
    *,
    hashes: Mapping[Role, str],
    now: datetime,
) -> dict[str, PersonId]:
    """Everybody with an account; answers their numbers by the sample's key and by e-mail."""
    joined = now - JOINED
    everybody = _everybody()
    ids = await insert_rows(session, [_person(one, joined) for one in everybody])
    numbers = {one.key: PersonId(number) for one, number in zip(everybody, ids, strict=True)}
    accounts = [_account(one, numbers[one.key], hashes, joined) for one in everybody]
    await insert_facts(session, accounts)
    await insert_facts(session, _recruiters(firms, numbers))
    await insert_facts(session, [_profile(row, numbers, shift) for row in sample("graduates")])
    await insert_rows(session, [_terms(numbers[one.key], joined) for one in everybody])
    return numbers | {"organiser": numbers[DEMO_EMAILS[Role.ORGANISER]]}


def _everybody() -> list[Somebody]:
    graduates = [
        Somebody(row["id"], Role.GRADUATE, row["email"], row["name"], row["name_latin"],
                 "en" if row["ui_language"] == "en" else "zh_CN")
        for row in sample("graduates")
    ]  # fmt: skip
    recruiters = [
        Somebody(one["email"], Role.RECRUITER, one["email"], one["name"], one["name_latin"])
        for firm in sample("firms")
        for one in firm["recruiters"]
    ]
    organisers = [
        Somebody(row["email"], Role.ORGANISER, row["email"], row["name_zh"], row["name_en"])
        for row in sample("organisers")
    ]
    email = DEMO_EMAILS[Role.ADMINISTRATOR]
    administrator = Somebody(
        email, Role.ADMINISTRATOR, email, "示例管理员", "Example Administrator"
    )
    return [*graduates, *recruiters, *organisers, administrator]


def _person(one: Somebody, joined: datetime) -> Person:
    return Person(
        email=one.email,
        name=one.name,
        name_latin=one.name_latin,
        locale=one.locale,
        created_at=joined,
    )


def _account(
    one: Somebody, person_id: PersonId, hashes: Mapping[Role, str], joined: datetime
) -> Account:
    signs_in = one.email == DEMO_EMAILS[one.role]
    return Account(
        person_id=person_id,
        role=one.role,
        password_hash=hashes.get(one.role) if signs_in else None,
        email_verified_at=joined,
        created_at=joined,
    )


def _recruiters(firms: Firms, numbers: dict[str, PersonId]) -> list[Recruiter]:
    return [
        Recruiter(person_id=numbers[one["email"]], firm_id=firms.ids[firm["id"]], post=one["title"])
        for firm in sample("firms")
        for one in firm["recruiters"]
    ]


def _profile(row: dict[str, Any], numbers: dict[str, PersonId], shift: Shift) -> Graduate:
    return Graduate(
        person_id=numbers[row["id"]],
        school=row["university_name"],
        level=row["education"],
        major_name=row["major_name"],
        major_category=row["major_category"],
        graduation_month=shift.month(row["graduation_month"]),
    )


def _terms(person_id: PersonId, joined: datetime) -> Consent:
    return Consent(
        person_id=person_id, purpose=TERMS, text_version=TEXT_VERSIONS[TERMS], given_at=joined
    )
