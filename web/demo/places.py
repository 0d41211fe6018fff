"""The campaign, its schools, firms and jobs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.campaigns.models import Campaign, CampaignId, CampaignPhase
from interviews.employers.models import Firm, FirmId
from interviews.employers.rules import next_recheck
from interviews.graduates.models import School
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.rules import EmploymentType
from interviews.people.models import PersonId
from interviews.reviews.models import JobReview
from web.demo.rows import insert_rows
from web.demo.sample import Shift, sample

MORNING = time(1, tzinfo=UTC)  # 09:00 in Beijing


async def add_campaign(session: AsyncSession, shift: Shift) -> None:
    """The campaign with its two phases of fifty days."""
    data = sample("campaign")
    texts = {name: data[name] for name in ("name_zh", "name_en", "slogan_zh", "slogan_en")}
    campaign = Campaign(slug=data["slug"], zone=data["timezone"], **texts)
    [campaign_id] = await insert_rows(session, [campaign])
    phases = [_phase(CampaignId(campaign_id), phase, shift) for phase in data["phases"]]
    await insert_rows(session, phases)


def _phase(campaign_id: CampaignId, phase: dict[str, Any], shift: Shift) -> CampaignPhase:
    return CampaignPhase(
        campaign_id=campaign_id,
        seq=phase["seq"],
        name_zh=phase["name_zh"],
        name_en=phase["name_en"],
        starts_on=shift.day(phase["starts_on"]),
        ends_on=shift.day(phase["ends_on"]),
        onsite_allowed=phase["onsite_allowed"],
    )


async def add_schools(session: AsyncSession) -> None:
    """The eight invented schools."""
    texts = ("name_zh", "name_en", "city_name")
    schools = [School(**{name: row[name] for name in texts}) for row in sample("schools")]
    await insert_rows(session, schools)


@dataclass(frozen=True, slots=True)
class Firms:
    """The numbers of the sample's firms, and which of them are verified."""

    ids: dict[str, FirmId]
    verified: frozenset[str]


async def add_firms(session: AsyncSession, shift: Shift) -> Firms:
    """Twelve firms: one is not verified yet, the re-check of another is overdue."""
    rows = sample("firms")
    ids = await insert_rows(session, [_firm(row, shift) for row in rows])
    numbers = {row["id"]: FirmId(number) for row, number in zip(rows, ids, strict=True)}
    verified = frozenset(row["id"] for row in rows if _is_verified(row))
    return Firms(numbers, verified)


def _is_verified(row: dict[str, Any]) -> bool:
    return bool(row["verification"]["status"] != "pending")


def _firm(row: dict[str, Any], shift: Shift) -> Firm:
    checked_on = row["verification"]["last_checked_on"]
    due = next_recheck(date.fromisoformat(checked_on)).isoformat()
    plain = ("uscc", "slug", "legal_name_zh", "display_name_zh", "display_name_en", "region_code",
             "region_name", "city_name", "industry_section", "tier", "intro_zh", "intro_en",
             "website")  # fmt: skip
    until = row["tier_valid_until"]
    return Firm(
        **{name: row[name] for name in plain},
        tier_valid_until=shift.day(until) if until else None,
        verified_at=_morning(shift.day(checked_on)) if _is_verified(row) else None,
        recheck_due_on=shift.day(due) if _is_verified(row) else None,
    )


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING)


async def add_jobs(
    session: AsyncSession,
    firms: Firms,
    people: dict[str, PersonId],
    shift: Shift,
    *,
    now: datetime,
) -> dict[str, JobId]:
    """The jobs: approved where the firm is verified, else in the review queue; two with a past."""
    rows = sample("jobs") + sample("unpublished")
    jobs = [_job(row, firms, shift, now=now) for row in rows]
    ids = await insert_rows(session, jobs)
    numbers = {row["id"]: JobId(number) for row, number in zip(rows, ids, strict=True)}
    reviewer = people["organiser"]
    reviews = [
        _review(numbers[row["id"]], job, reviewer, row.get("reason", ""))
        for row, job in zip(rows, jobs, strict=True)
        if job.state in {JobState.APPROVED, JobState.RETURNED}
    ]
    await insert_rows(session, reviews)
    return numbers


def _review(job_id: JobId, job: Job, reviewer: PersonId, reason: str) -> JobReview:
    return JobReview(
        job_id=job_id,
        reviewer_id=reviewer,
        decision=job.state,
        reason=reason,
        decided_at=job.posted_at,
    )


def _job(row: dict[str, Any], firms: Firms, shift: Shift, *, now: datetime) -> Job:
    internship = row["employment_type"] == EmploymentType.INTERNSHIP
    approved = JobState.APPROVED if row["sme_id"] in firms.verified else JobState.IN_REVIEW
    posted_at = min(_morning(shift.day(row["posted_on"])), now)
    plain = (
        "title_zh", "title_en", "employment_type", "headcount", "major_categories", "pay_unit",
        "duties_zh", "duties_en", "requirements_zh", "requirements_en",
    )  # fmt: skip
    return Job(
        **{name: row[name] for name in plain},
        firm_id=firms.ids[row["sme_id"]],
        city_code=row["work_city_code"],
        city_name=row["work_city"],
        level_min=row["education_min"],
        pay_min=row["salary_min"],
        pay_max=row["salary_max"],
        months_per_year=0 if internship else row["months_per_year"],
        state=row.get("state", approved),
        submitted_at=posted_at,
        posted_at=posted_at,
        valid_through=shift.moment(row["valid_through"]),
    )
