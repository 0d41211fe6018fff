"""Builders that put people, firms, jobs, graduates, a campaign and slots into a database.

Every builder adds rows to the session that it is given, flushes, and answers the row.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.campaigns.models import Campaign, CampaignId, CampaignPhase
from interviews.employers.models import Firm, FirmId, Recruiter
from interviews.graduates.models import Graduate
from interviews.identity.models import Account, Role
from interviews.jobs.models import Job, JobId, JobState
from interviews.people.models import Person, PersonId
from interviews.slots.models import Slot, SlotId, SlotInterviewer
from tests.support.clock import START

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015
_numbers = count(1)


async def a_person(
    session: AsyncSession,
    *,
    name: str = "云小溪",
    email: str = "",
    locale: str = "zh_CN",
    zone: str = "Asia/Shanghai",
) -> Person:
    number = next(_numbers)
    person = Person(
        email=email or f"person{number}@example.com",
        name=name,
        name_latin=f"Person {number}",
        locale=locale,
        zone=zone,
        created_at=START,
    )
    session.add(person)
    await session.flush()
    return person


async def an_account(
    session: AsyncSession, role: Role, *, password_hash: str | None = None, email: str = ""
) -> Person:
    """A person with a verified account of this role."""
    person = await a_person(session, email=email)
    session.add(
        Account(
            person_id=id_of(person),
            role=role,
            password_hash=password_hash,
            email_verified_at=START,
            created_at=START,
        )
    )
    await session.flush()
    return person


async def a_graduate(
    session: AsyncSession,
    *,
    level: str = "benke",
    major_category: str = "08",
    name: str = "云小溪",
    email: str = "",
    locale: str = "zh_CN",
    zone: str = "Asia/Shanghai",
) -> Person:
    """A person with a complete graduate profile: software engineering at 星河大学."""
    person = await a_person(session, name=name, email=email, locale=locale, zone=zone)
    session.add(
        Graduate(
            person_id=id_of(person),
            school="星河大学",
            level=level,
            major_name="软件工程",
            major_category=major_category,
            graduation_month="2027-06",
        )
    )
    await session.flush()
    return person


async def a_firm(session: AsyncSession, *, recheck_due_on: date | None = None) -> Firm:
    number = next(_numbers)
    firm = Firm(
        uscc=a_uscc(number),
        slug=f"yunsuo-{number}",
        legal_name_zh="杭州云梭示例智能装备有限公司",
        display_name_zh="云梭智能",
        display_name_en="Yunsuo Intelligent Equipment",
        region_code="330108",
        region_name="滨江区",
        city_name="杭州市",
        industry_section="C",
        verified_at=START - timedelta(days=30),
        recheck_due_on=recheck_due_on or START.date() + timedelta(days=150),
    )
    session.add(firm)
    await session.flush()
    return firm


async def a_recruiter(
    session: AsyncSession, firm_id: FirmId, *, name: str = "季云梭", email: str = ""
) -> Person:
    person = await a_person(session, name=name, email=email)
    session.add(Recruiter(person_id=id_of(person), firm_id=firm_id, post="人事"))
    await session.flush()
    return person


async def a_job(
    session: AsyncSession,
    firm_id: FirmId,
    *,
    state: JobState = JobState.APPROVED,
    level_min: str = "benke",
    major_categories: tuple[str, ...] = ("08",),
    valid_through: datetime = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC),
) -> Job:
    job = Job(
        firm_id=firm_id,
        title_zh="机械结构工程师",
        title_en="Mechanical Design Engineer",
        headcount=4,
        city_code="330100",
        city_name="杭州市",
        level_min=level_min,
        major_categories=list(major_categories),
        pay_min=9000,
        pay_max=14000,
        months_per_year=14,
        duties_zh="负责送经与卷取机构的三维设计、样机装配和现场调试。",
        duties_en="3D design, prototype assembly and on-site tuning.",
        requirements_zh="会用任一三维软件，看得懂公差与配合。",
        requirements_en="Any 3D CAD tool; can read tolerances and fits.",
        state=state,
        posted_at=START - timedelta(days=40),
        valid_through=valid_through,
    )
    session.add(job)
    await session.flush()
    return job


async def a_campaign(
    session: AsyncSession,
    *,
    first: date = date(2026, 10, 12),
    last: date = date(2026, 11, 30),
    notice_minutes: int = 10,
    moves_allowed: int = 2,
    move_until_hours: int = 12,
) -> Campaign:
    """The sample campaign with one phase from `first` to `last`, both included."""
    campaign = Campaign(
        slug=f"100days-{next(_numbers)}",
        name_zh="2026 年示例中小企业网上百日招聘高校毕业生活动",
        name_en="2026 Example 100-Day Online SME Graduate Recruitment",
        slogan_zh="小企业有大天地，百日里见真机会",
        slogan_en="Small firms, wide skies; a hundred days of real openings",
        notice_minutes=notice_minutes,
        moves_allowed=moves_allowed,
        move_until_hours=move_until_hours,
    )
    session.add(campaign)
    await session.flush()
    await a_phase(session, CampaignId(campaign.id or 0), first=first, last=last)
    return campaign


async def a_phase(
    session: AsyncSession, campaign_id: CampaignId, *, first: date, last: date, seq: int = 2
) -> CampaignPhase:
    phase = CampaignPhase(
        campaign_id=campaign_id,
        seq=seq,
        name_zh="第二阶段：线上线下结合",
        name_en="Phase 2: online and campus",
        starts_on=first,
        ends_on=last,
        onsite_allowed=True,
    )
    session.add(phase)
    await session.flush()
    return phase


async def a_slot(
    session: AsyncSession,
    job_id: JobId,
    panel: tuple[PersonId, ...],
    *,
    starts_at: datetime = START + timedelta(days=1),
    length: timedelta = timedelta(minutes=30),
    buffer_before: timedelta = timedelta(0),
    buffer_after: timedelta = timedelta(0),
    capacity: int = 1,
    zone: ZoneInfo = SHANGHAI,
) -> Slot:
    slot = Slot(
        job_id=job_id,
        starts_at=starts_at,
        ends_at=starts_at + length,
        local_start=starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        zone=zone.key,
        buffer_before=buffer_before,
        buffer_after=buffer_after,
        capacity=capacity,
        published_by=panel[0],
        published_at=START - timedelta(days=1),
    )
    session.add(slot)
    await session.flush()
    for person_id in panel:
        session.add(SlotInterviewer(slot_id=SlotId(slot.id or 0), person_id=person_id))
    await session.flush()
    return slot


@dataclass(frozen=True, slots=True)
class Place:
    """One firm with one recruiter and one approved job in an open campaign."""

    campaign_id: CampaignId
    firm_id: FirmId
    recruiter_id: PersonId
    job_id: JobId


async def a_place(session: AsyncSession) -> Place:
    """The smallest world in which a graduate can book."""
    campaign = await a_campaign(session)
    firm = await a_firm(session)
    firm_id = FirmId(firm.id or 0)
    recruiter = await a_recruiter(session, firm_id)
    job = await a_job(session, firm_id)
    return Place(CampaignId(campaign.id or 0), firm_id, id_of(recruiter), JobId(job.id or 0))


def id_of(person: Person) -> PersonId:
    """The id of a person who is in the database."""
    if person.id is None:
        raise LookupError("the person was not flushed")
    return person.id


def a_uscc(number: int) -> str:
    """A valid unified social credit code (GB 32100-2015), a different one for each number."""
    letters = "MAFAKE" + f"{number % 100:02}"
    code = "91330108" if number < 100 else f"91{330000 + number // 100:06}"
    first = code + letters + _organisation_check(letters)
    total = sum(ALPHABET.index(letter) * pow(3, i, 31) for i, letter in enumerate(first))
    return first + ALPHABET[-total % 31]


def _organisation_check(letters: str) -> str:
    """GB 11714: the ninth character of an organisation code."""
    values = [int(letter) if letter.isdigit() else ord(letter) - 55 for letter in letters]
    pairs = zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    rest = 11 - sum(value * weight for value, weight in pairs) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
