"""What a job asks, whether a graduate has it, and which steps a job may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from interviews.graduates.studies import CATEGORIES, level_of
from interviews.jobs.models import JobState
from interviews.jobs.refusals import JobStepNotAllowed
from interviews.texts import N_

LONGEST_ADVERT = timedelta(days=366)  # an advert that nobody renews for a year is stale
PAYMENTS_A_YEAR = range(12, 25)  # twelve months and up to twelve more as a bonus
EDITABLE = frozenset({JobState.DRAFT, JobState.IN_REVIEW, JobState.APPROVED, JobState.RETURNED})


class EmploymentType(StrEnum):
    """What the contract is; an internship is paid by the day."""

    FULL_TIME = "full_time"
    INTERNSHIP = "internship"


class PayUnit(StrEnum):
    """The stretch of time that `pay_min` and `pay_max` are paid for, in CNY."""

    MONTH = "month"
    DAY = "day"


PAY_UNIT_OF = MappingProxyType(
    {EmploymentType.FULL_TIME: PayUnit.MONTH, EmploymentType.INTERNSHIP: PayUnit.DAY}
)


class Lack(StrEnum):
    """A condition of the job that a graduate does not meet, or has not told us about."""

    LEVEL_UNKNOWN = "level-unknown"
    LEVEL = "level"
    MAJOR_UNKNOWN = "major-unknown"
    MAJOR = "major"


LACK_TEXTS = MappingProxyType(
    {
        Lack.LEVEL_UNKNOWN: N_("Your profile does not say your level of education."),
        Lack.LEVEL: N_("This job asks for a higher level of education than yours."),
        Lack.MAJOR_UNKNOWN: N_("Your profile does not say the category of your major."),
        Lack.MAJOR: N_("Your major is not in one of the categories that this job asks for."),
    }
)


class Closed(StrEnum):
    """Why nobody can apply to a job that once was public."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    IN_REVIEW = "in-review"


CLOSED_TEXTS = MappingProxyType(
    {
        Closed.EXPIRED: N_("This job has reached its expiry date."),
        Closed.WITHDRAWN: N_("The firm has withdrawn this job."),
        Closed.IN_REVIEW: N_("This job is being checked by the organiser and will be back soon."),
    }
)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a firm says about a job, as typed and already of the right types."""

    title_zh: str
    employment_type: str
    headcount: int
    city_name: str
    level_min: str
    major_categories: tuple[str, ...]
    pay_min: int
    pay_max: int
    months_per_year: int
    duties_zh: str
    expires_on: date
    title_en: str = ""
    city_code: str = ""
    duties_en: str = ""
    requirements_zh: str = ""
    requirements_en: str = ""


class Conditions(Protocol):
    """What a job asks of a graduate: the table's row, or a row of a query."""

    @property
    def level_min(self) -> str: ...
    @property
    def major_categories(self) -> Sequence[str]: ...


class Studies(Protocol):
    """What a graduate studied: the table's row, or a row of a query."""

    @property
    def level(self) -> str: ...
    @property
    def major_category(self) -> str: ...


class Advert(Protocol):
    """How long a job is open: the table's row, or a row of a query."""

    @property
    def state(self) -> str: ...
    @property
    def valid_through(self) -> datetime: ...


def lacking(job: Conditions, graduate: Studies) -> tuple[Lack, ...]:
    """The conditions of the job that the graduate does not meet; empty means they match.

    A match needs the level and the category; inside the categories one is enough.
    """
    lacks = (_lacks_level(job, graduate), _lacks_major(job, graduate))
    return tuple(lack for lack in lacks if lack is not None)


def _lacks_level(job: Conditions, graduate: Studies) -> Lack | None:
    asked, had = level_of(job.level_min), level_of(graduate.level)
    if asked is None:
        return None
    if had is None:
        return Lack.LEVEL_UNKNOWN
    return None if had.rank >= asked.rank else Lack.LEVEL


def _lacks_major(job: Conditions, graduate: Studies) -> Lack | None:
    if not job.major_categories:
        return None
    if not graduate.major_category:
        return Lack.MAJOR_UNKNOWN
    return None if graduate.major_category in job.major_categories else Lack.MAJOR


def closed(job: Advert, *, now: datetime) -> Closed | None:
    """Why a job takes nobody any more; None while it is approved and not expired."""
    if job.state == JobState.WITHDRAWN:
        return Closed.WITHDRAWN
    if job.state != JobState.APPROVED:
        return Closed.IN_REVIEW
    return Closed.EXPIRED if job.valid_through <= now else None


def fact_problems(facts: JobFacts, *, today: date) -> dict[str, str]:
    """What is wrong with a job, by field, in the order of the 2026 notice; {} when it is right."""
    checks = {
        "title_zh": (bool(facts.title_zh.strip()), N_("Give the job a title.")),
        "employment_type": (
            facts.employment_type in list(EmploymentType),
            N_("Choose full-time or internship."),
        ),
        "headcount": (facts.headcount >= 1, N_("Say how many people you look for.")),
        "level_min": (level_of(facts.level_min) is not None, N_("Choose one of the four levels.")),
        "major_categories": (
            all(code in CATEGORIES for code in facts.major_categories),
            N_("Choose categories from the two catalogues."),
        ),
        "duties_zh": (bool(facts.duties_zh.strip()), N_("Describe what the person will do.")),
        "city_name": (bool(facts.city_name.strip()), N_("Say where the work is.")),
    }
    problems = {field: message for field, (right, message) in checks.items() if not right}
    return problems | _pay_problems(facts) | _expiry_problems(facts, today=today)


def _pay_problems(facts: JobFacts) -> dict[str, str]:
    problems = {}
    if facts.pay_min < 1:
        problems["pay_min"] = N_("Say what you pay; a job without pay is not published.")
    if facts.pay_max < facts.pay_min:
        problems["pay_max"] = N_("The highest pay is below the lowest.")
    full_time = facts.employment_type == EmploymentType.FULL_TIME
    if full_time and facts.months_per_year not in PAYMENTS_A_YEAR:
        problems["months_per_year"] = N_("Between 12 and 24 monthly payments a year are usual.")
    return problems


def _expiry_problems(facts: JobFacts, *, today: date) -> dict[str, str]:
    if facts.expires_on < today:
        return {"expires_on": N_("The expiry date has already passed.")}
    if facts.expires_on > today + LONGEST_ADVERT:
        return {"expires_on": N_("Choose an expiry date within one year.")}
    return {}


def pay_unit(employment_type: str) -> PayUnit:
    """An internship is paid by the day, any other job by the month."""
    return PAY_UNIT_OF[EmploymentType(employment_type)]


def state_after_edit(state: str) -> JobState:
    """Where an edited job stands: a change of what was approved is looked at again.

    Raises:
        JobStepNotAllowed: a withdrawn job stays as it is.
    """
    if state not in EDITABLE:
        raise JobStepNotAllowed(state=state)
    return JobState.IN_REVIEW if state == JobState.APPROVED else JobState(state)


def check_step(state: str, wanted: JobState) -> None:
    """Say no to a step that a job in this state may not take.

    Raises:
        JobStepNotAllowed: the step is not in the table.
    """
    if JobState(state) not in STEPS[wanted]:
        raise JobStepNotAllowed(state=state)


STEPS = MappingProxyType(
    {
        JobState.DRAFT: frozenset[JobState](),
        JobState.IN_REVIEW: frozenset({JobState.DRAFT, JobState.RETURNED}),
        JobState.APPROVED: frozenset({JobState.IN_REVIEW}),
        JobState.RETURNED: frozenset({JobState.IN_REVIEW, JobState.APPROVED}),
        JobState.WITHDRAWN: EDITABLE,
    }
)
