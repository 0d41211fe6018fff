"""Jobs and firms as a page shows them: in the reader's language, with today's labels."""

from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from interviews.employers.models import Firm
from interviews.employers.regions import CITIES_IN_ENGLISH
from interviews.employers.rules import TIER_NAMES, Trust, shown_tier, trust
from interviews.graduates.studies import CATEGORIES, LEVEL_NAMES, level_of
from interviews.jobs.models import Job
from interviews.jobs.rules import EmploymentType, PayUnit
from interviews.jobs.service.read import Posting
from interviews.texts import N_
from web.pages import say
from web.viewer import viewer

TYPE_NAMES = {
    EmploymentType.FULL_TIME: N_("Full-time"),
    EmploymentType.INTERNSHIP: N_("Internship"),
}
RANGE_TEXTS = {
    PayUnit.MONTH: N_("CNY %(low)s–%(high)s a month"),
    PayUnit.DAY: N_("CNY %(low)s–%(high)s a day"),
}
FIGURE_TEXTS = {
    PayUnit.MONTH: N_("CNY %(low)s a month"),
    PayUnit.DAY: N_("CNY %(low)s a day"),
}
TRUST_NAMES = {
    Trust.VERIFIED: N_("Verified"),
    Trust.RECHECK_SOON: N_("Verified"),
    Trust.OVERDUE: N_("Re-check overdue"),
    Trust.UNVERIFIED: N_("Not verified yet"),
}


@dataclass(frozen=True, slots=True)
class ShownFirm:
    """A firm in one language; `tier` is None once it has lapsed."""

    id: int
    slug: str
    name: str
    legal_name: str
    uscc: str
    city: str
    intro: str
    website: str
    tier: str | None
    tier_until: date | None
    trust: Trust
    trust_name: str
    verified_at: datetime | None
    recheck_due_on: date | None

    @property
    def trusted(self) -> bool:
        """Whether the label may be green and bookings are taken."""
        return self.trust in {Trust.VERIFIED, Trust.RECHECK_SOON}


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job in one language; texts fall back to Chinese where a firm wrote no English."""

    id: int
    title: str
    firm: ShownFirm
    city: str
    pay: str
    payments: int  # a year; 0 where it does not apply
    kind: str
    internship: bool
    headcount: int
    level: str
    majors: tuple[str, ...]
    duties: str
    requirements: str
    state: str
    posted_at: datetime
    valid_through: datetime
    pay_min: int
    pay_max: int
    pay_unit: str


def english(request: web.Request) -> bool:
    """Whether the reader reads English."""
    return not viewer(request).locale.startswith("zh")


def city_name(request: web.Request, name: str) -> str:
    """A city in the reader's language, as far as we know its English name."""
    return CITIES_IN_ENGLISH.get(name, name) if english(request) else name


def shown_firm(request: web.Request, firm: Firm, today: date) -> ShownFirm:
    """A firm as the reader sees it on this day."""
    in_english = english(request)
    tier, standing = shown_tier(firm, today), trust(firm, today)
    return ShownFirm(
        id=firm.id or 0,
        slug=firm.slug,
        name=(in_english and firm.display_name_en) or firm.display_name_zh,
        legal_name=firm.legal_name_zh,
        uscc=firm.uscc,
        city=city_name(request, firm.city_name),
        intro=(in_english and firm.intro_en) or firm.intro_zh,
        website=firm.website,
        tier=say(request, TIER_NAMES[tier]) if tier else None,
        tier_until=firm.tier_valid_until if tier else None,
        trust=standing,
        trust_name=say(request, TRUST_NAMES[standing]),
        verified_at=firm.verified_at,
        recheck_due_on=firm.recheck_due_on,
    )


def shown_job(request: web.Request, posting: Posting, today: date) -> ShownJob:
    """A job as the reader sees it on this day."""
    job, in_english = posting.job, english(request)
    return ShownJob(
        id=job.id or 0,
        title=(in_english and job.title_en) or job.title_zh,
        firm=shown_firm(request, posting.firm, today),
        city=city_name(request, job.city_name),
        pay=pay(request, job),
        payments=job.months_per_year,
        kind=say(request, TYPE_NAMES[EmploymentType(job.employment_type)]),
        internship=job.employment_type == EmploymentType.INTERNSHIP,
        headcount=job.headcount,
        level=level_name(request, job.level_min),
        majors=tuple(category_name(request, code) for code in job.major_categories),
        duties=(in_english and job.duties_en) or job.duties_zh,
        requirements=(in_english and job.requirements_en) or job.requirements_zh,
        state=job.state,
        posted_at=job.posted_at,
        valid_through=job.valid_through,
        pay_min=job.pay_min,
        pay_max=job.pay_max,
        pay_unit=job.pay_unit,
    )


def pay(request: web.Request, job: Job) -> str:
    """The pay in one line, without the number of payments a year."""
    unit = PayUnit(job.pay_unit)
    texts = FIGURE_TEXTS if job.pay_min == job.pay_max else RANGE_TEXTS
    return say(request, texts[unit], low=f"{job.pay_min:,}", high=f"{job.pay_max:,}")


def level_name(request: web.Request, key: str) -> str:
    """A level of education in the reader's language; empty for none."""
    level = level_of(key)
    return say(request, LEVEL_NAMES[level]) if level else ""


def category_name(request: web.Request, code: str) -> str:
    """A category of majors in the reader's language."""
    category = CATEGORIES.get(code)
    return say(request, category.name) if category else code
