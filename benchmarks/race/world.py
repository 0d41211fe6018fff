"""A campaign with many slots and many graduates, each with a session; the same on each database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.database import Database, table_of
from interviews.employers.models import FirmId
from interviews.graduates.models import Graduate
from interviews.identity.models import Account, Role
from interviews.identity.service.sessions import open_session
from interviews.jobs.models import JobId
from interviews.people.models import Person, PersonId
from interviews.slots.models import Slot, SlotInterviewer
from tests.support.world import a_campaign, a_firm, a_job, a_recruiter, id_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
PER_JOB = 20  # slots that one recruiter offers for one job
FIRST_PERSON, FIRST_SLOT = 1_000, 1  # ids that no builder has given yet
LENGTH = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class World:
    """The slots that may be raced for, and the session tokens of those who may race."""

    slots: list[int]
    tokens: list[str]

    def split(self, count: int) -> "tuple[World, World]":
        """The first so many slots and graduates, and the others."""
        return (
            World(self.slots[:count], self.tokens[:count]),
            World(self.slots[count:], self.tokens[count:]),
        )


async def build(database: Database, *, slots: int, graduates: int, now: datetime) -> World:
    """So many open slots of several jobs, so many signed-in graduates who meet the conditions."""
    async with database.writing() as session:
        today = now.astimezone(SHANGHAI).date()
        await a_campaign(session, first=today - timedelta(days=9), last=today + timedelta(days=40))
        for first in range(0, slots, PER_JOB):
            await _offer(session, range(first, min(first + PER_JOB, slots)), now)
        people = range(FIRST_PERSON, FIRST_PERSON + graduates)
        await _enrol(session, people, now)
        tokens = [
            await open_session(session, PersonId(person), agent="benchmark", now=now)
            for person in people
        ]
    return World(list(range(FIRST_SLOT, FIRST_SLOT + slots)), tokens)


async def _offer(session: AsyncSession, numbers: range, now: datetime) -> None:
    """One firm, one recruiter, one job, and its slots back to back from tomorrow on."""
    firm = await a_firm(session, recheck_due_on=(now + timedelta(days=150)).date())
    recruiter = id_of(await a_recruiter(session, FirmId(firm.id or 0)))
    job = await a_job(session, FirmId(firm.id or 0), valid_through=now + timedelta(days=40))
    tomorrow = (now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    rows = []
    for place, number in enumerate(numbers):
        start = tomorrow + place * LENGTH
        rows.append(
            {
                "id": FIRST_SLOT + number,
                "job_id": JobId(job.id or 0),
                "starts_at": start,
                "ends_at": start + LENGTH,
                "local_start": start.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S"),
                "zone": SHANGHAI.key,
                "buffer_before": timedelta(0),
                "buffer_after": timedelta(0),
                "capacity": 1,
                "state": "open",
                "published_by": recruiter,
                "published_at": now,
            }
        )
    await session.execute(insert(table_of(Slot)), rows)
    panel = [{"slot_id": row["id"], "person_id": recruiter} for row in rows]
    await session.execute(insert(table_of(SlotInterviewer)), panel)


async def _enrol(session: AsyncSession, people: range, now: datetime) -> None:
    """Graduates with verified accounts and complete profiles."""
    await session.execute(
        insert(table_of(Person)),
        [
            {
                "id": person,
                "email": f"graduate{person}@example.com",
                "name": "云小溪",
                "name_latin": f"Graduate {person}",
                "locale": "zh_CN",
                "zone": SHANGHAI.key,
                "created_at": now,
            }
            for person in people
        ],
    )
    account = {"role": Role.GRADUATE, "email_verified_at": now, "created_at": now}
    await session.execute(
        insert(table_of(Account)), [{"person_id": person, **account} for person in people]
    )
    studies = {
        "school": "星河大学",
        "level": "benke",
        "major_name": "软件工程",
        "major_category": "08",
        "graduation_month": "2027-06",
    }
    await session.execute(
        insert(table_of(Graduate)), [{"person_id": person, **studies} for person in people]
    )


def this_moment() -> datetime:
    """The time by which the service under test goes, too."""
    return datetime.now(UTC)  # noqa: TID251  the service is a process with a real clock
