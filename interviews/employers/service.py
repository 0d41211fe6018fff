"""Registers firms and the people who recruit for them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.employers import uscc
from interviews.employers.models import Firm, FirmId, Recruiter, Tier
from interviews.employers.refusals import (
    FirmAlreadyKnown,
    FirmNotFound,
    RecruiterElsewhere,
    UsccMalformed,
)
from interviews.employers.regions import region_read_out
from interviews.employers.rules import next_recheck
from interviews.people.models import Person, PersonId
from interviews.refusals import Malformed
from interviews.texts import N_

NOON_IN_BEIJING = time(4, tzinfo=UTC)  # only the day of a check is known


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """What an organiser types about a firm; `checked_on` is the day of the last verification."""

    uscc: str
    legal_name_zh: str
    display_name_zh: str
    display_name_en: str = ""
    city_name: str = ""
    industry_section: str = ""
    tier: str = Tier.NONE
    tier_valid_until: date | None = None
    intro_zh: str = ""
    intro_en: str = ""
    website: str = ""
    checked_on: date | None = field(default=None)


async def register_firm(session: AsyncSession, facts: FirmFacts, *, now: datetime) -> Firm:
    """A new firm under its code.

    Raises:
        Malformed: a code that does not check out, or a fact of the wrong form.
        FirmAlreadyKnown: the code belongs to a registered firm.
    """
    code = _checked(facts, now=now)
    known = await session.scalar(select(col(Firm.id)).where(col(Firm.uscc) == code.code))
    if known is not None:
        raise FirmAlreadyKnown(uscc=code.code)
    firm = Firm(uscc=code.code, slug=code.code.lower(), legal_name_zh="", display_name_zh="",
                region_code=code.region_code)  # fmt: skip
    _fill(firm, facts, now=now)
    try:
        async with session.begin_nested():
            session.add(firm)
    except IntegrityError as error:  # somebody registered it at the same moment
        raise FirmAlreadyKnown(uscc=code.code) from error
    return firm


async def change_firm(
    session: AsyncSession, firm_id: FirmId, facts: FirmFacts, *, now: datetime
) -> Firm:
    """The firm with other facts; its code and its address (slug) stay for life.

    Raises:
        FirmNotFound: there is no such firm.
        Malformed: a fact of the wrong form.
    """
    firm = await firm_by_id(session, firm_id)
    _checked(facts, now=now)
    _fill(firm, facts, now=now)
    await session.flush()
    return firm


def _checked(facts: FirmFacts, *, now: datetime) -> uscc.Uscc:
    problems = _problems(facts, today=now.date())
    try:
        code = uscc.parse(facts.uscc)
    except UsccMalformed as refusal:
        raise Malformed({"uscc": refusal.message} | problems, **refusal.parameters) from refusal
    if problems:
        raise Malformed(problems)
    return code


def _problems(facts: FirmFacts, *, today: date) -> dict[str, str]:
    tiered = facts.tier != Tier.NONE
    checks = {
        "legal_name_zh": (facts.legal_name_zh.strip(), N_("Write the name on the licence.")),
        "display_name_zh": (facts.display_name_zh.strip(), N_("Give the firm a short name.")),
        "tier": (facts.tier in list(Tier), N_("Choose one of the tiers.")),
        "tier_valid_until": (
            facts.tier_valid_until or not tiered,
            N_("A tier lapses after three years; say until when it is valid."),
        ),
        "website": (is_web_address(facts.website), N_("Write the address with https://.")),
        "checked_on": (
            facts.checked_on is None or facts.checked_on <= today,
            N_("The day of the check cannot be in the future."),
        ),
    }
    return {name: message for name, (right, message) in checks.items() if not right}


def is_web_address(text: str) -> bool:
    """Whether the text may become a link: empty, or http(s) with a host."""
    parts = urlsplit(text.strip())
    return not text.strip() or (parts.scheme in {"http", "https"} and bool(parts.hostname))


def _fill(firm: Firm, facts: FirmFacts, *, now: datetime) -> None:
    firm.legal_name_zh = facts.legal_name_zh.strip()
    firm.display_name_zh = facts.display_name_zh.strip()
    firm.display_name_en = facts.display_name_en.strip()
    firm.region_name = region_read_out(firm.region_code) or ""
    firm.city_name = facts.city_name.strip()
    firm.industry_section = facts.industry_section
    firm.tier = facts.tier
    firm.tier_valid_until = facts.tier_valid_until if facts.tier != Tier.NONE else None
    firm.intro_zh, firm.intro_en = facts.intro_zh.strip(), facts.intro_en.strip()
    firm.website = facts.website.strip()
    firm.recheck_due_on = next_recheck(facts.checked_on) if facts.checked_on else None
    firm.verified_at = _moment_of_check(facts.checked_on, now) if facts.checked_on else None


def _moment_of_check(day: date, now: datetime) -> datetime:
    return min(datetime.combine(day, NOON_IN_BEIJING), now)


async def firm_by_id(session: AsyncSession, firm_id: FirmId) -> Firm:
    """The firm with this number.

    Raises:
        FirmNotFound: there is no such firm.
    """
    firm = await session.get(Firm, firm_id)
    if firm is None:
        raise FirmNotFound
    return firm


async def firm_by_slug(session: AsyncSession, slug: str) -> Firm:
    """The firm at this address.

    Raises:
        FirmNotFound: there is no such firm.
    """
    firm = await session.scalar(select(Firm).where(col(Firm.slug) == slug))
    if firm is None:
        raise FirmNotFound
    return firm


async def firms(session: AsyncSession) -> tuple[Firm, ...]:
    """Every firm, by name."""
    return tuple(await session.scalars(select(Firm).order_by(col(Firm.display_name_zh))))


async def recruiters_of(session: AsyncSession, firm_id: FirmId) -> tuple[Person, ...]:
    """The people who act for a firm, the first to join first."""
    return tuple(
        await session.scalars(
            select(Person)
            .join(Recruiter, col(Recruiter.person_id) == col(Person.id))
            .where(col(Recruiter.firm_id) == firm_id)
            .order_by(col(Person.id))
        )
    )


async def join_firm(
    session: AsyncSession, firm_id: FirmId, person_id: PersonId, *, post: str = ""
) -> Recruiter:
    """Let a person act for a firm.

    Raises:
        FirmNotFound: there is no such firm.
        RecruiterElsewhere: the person already acts for another firm.
    """
    await firm_by_id(session, firm_id)
    known = await session.get(Recruiter, person_id)
    if known is not None and known.firm_id != firm_id:
        person = await session.get_one(Person, person_id)
        raise RecruiterElsewhere(email=person.email)
    recruiter = known or Recruiter(person_id=person_id, firm_id=firm_id)
    recruiter.post = post.strip()
    session.add(recruiter)
    await session.flush()
    return recruiter
