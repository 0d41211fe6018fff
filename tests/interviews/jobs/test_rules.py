from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from interviews.graduates.models import Graduate
from interviews.jobs.models import Job, JobState
from interviews.jobs.refusals import JobStepNotAllowed
from interviews.jobs.rules import (
    Closed,
    JobFacts,
    Lack,
    check_step,
    closed,
    fact_problems,
    lacking,
    pay_unit,
    state_after_edit,
)

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
EXPIRY = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)

FACTS = JobFacts(
    title_zh="机械结构工程师",
    employment_type="full_time",
    headcount=4,
    city_name="杭州市",
    level_min="benke",
    major_categories=("08", "46"),
    pay_min=9000,
    pay_max=14000,
    months_per_year=14,
    duties_zh="负责送经与卷取机构的三维设计、样机装配和现场调试。",
    expires_on=date(2026, 11, 30),
)


def a_job(**facts: Any):
    known = {
        "firm_id": 1,
        "title_zh": "机械结构工程师",
        "headcount": 4,
        "city_name": "杭州市",
        "level_min": "benke",
        "major_categories": ["08", "46"],
        "pay_min": 9000,
        "pay_max": 14000,
        "state": JobState.APPROVED,
        "posted_at": NOW,
        "valid_through": EXPIRY,
    }
    return Job(**(known | facts))


@pytest.mark.parametrize(
    ("level", "category", "lacks"),
    [
        ("benke", "08", ()),
        ("boshi", "46", ()),
        ("zhuanke", "46", (Lack.LEVEL,)),
        ("benke", "05", (Lack.MAJOR,)),
        ("zhuanke", "05", (Lack.LEVEL, Lack.MAJOR)),
        ("", "", (Lack.LEVEL_UNKNOWN, Lack.MAJOR_UNKNOWN)),
    ],
)
def test_a_match_needs_the_level_and_one_of_the_categories(
    level: str, category: str, lacks: tuple[Lack, ...]
):
    graduate = Graduate(person_id=1, level=level, major_category=category)

    assert lacking(a_job(), graduate) == lacks


def test_a_job_without_conditions_takes_everybody():
    assert lacking(a_job(level_min="", major_categories=[]), Graduate(person_id=1)) == ()


@pytest.mark.parametrize(
    ("state", "now", "why"),
    [
        (JobState.APPROVED, NOW, None),
        (JobState.APPROVED, EXPIRY, Closed.EXPIRED),
        (JobState.WITHDRAWN, NOW, Closed.WITHDRAWN),
        (JobState.IN_REVIEW, NOW, Closed.IN_REVIEW),
        (JobState.RETURNED, NOW, Closed.IN_REVIEW),
    ],
)
def test_a_job_says_why_it_is_closed(state: JobState, now: datetime, why: Closed | None):
    assert closed(a_job(state=state), now=now) is why


def test_right_facts_have_no_problem():
    assert fact_problems(FACTS, today=TODAY) == {}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"title_zh": "  "}, {"title_zh"}),
        ({"employment_type": "gig"}, {"employment_type"}),
        ({"headcount": 0}, {"headcount"}),
        ({"level_min": "phd"}, {"level_min"}),
        ({"major_categories": ("08", "77")}, {"major_categories"}),
        ({"duties_zh": ""}, {"duties_zh"}),
        ({"city_name": ""}, {"city_name"}),
        ({"pay_min": 0, "pay_max": 0}, {"pay_min"}),
        ({"pay_min": 9000, "pay_max": 8999}, {"pay_max"}),
        ({"months_per_year": 11}, {"months_per_year"}),
        ({"expires_on": date(2026, 11, 21)}, {"expires_on"}),
        ({"expires_on": date(2027, 11, 24)}, {"expires_on"}),
    ],
)
def test_a_wrong_fact_is_named(changes: dict[str, Any], fields: set[str]):
    assert set(fact_problems(replace(FACTS, **changes), today=TODAY)) == fields


def test_pay_may_be_one_figure_and_the_expiry_may_be_today():
    facts = replace(FACTS, pay_min=9000, pay_max=9000, expires_on=TODAY)

    assert fact_problems(facts, today=TODAY) == {}


def test_an_internship_is_paid_by_the_day_and_counts_no_months():
    facts = replace(FACTS, employment_type="internship", months_per_year=0)

    assert fact_problems(facts, today=TODAY) == {}
    assert (pay_unit("internship"), pay_unit("full_time")) == ("day", "month")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (JobState.DRAFT, JobState.DRAFT),
        (JobState.IN_REVIEW, JobState.IN_REVIEW),
        (JobState.RETURNED, JobState.RETURNED),
        (JobState.APPROVED, JobState.IN_REVIEW),
    ],
)
def test_an_edit_of_an_approved_job_goes_back_to_review(before: JobState, after: JobState):
    assert state_after_edit(before) is after


def test_a_withdrawn_job_is_not_edited():
    with pytest.raises(JobStepNotAllowed):
        state_after_edit(JobState.WITHDRAWN)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        (JobState.DRAFT, JobState.IN_REVIEW),
        (JobState.RETURNED, JobState.IN_REVIEW),
        (JobState.IN_REVIEW, JobState.APPROVED),
        (JobState.IN_REVIEW, JobState.RETURNED),
        (JobState.APPROVED, JobState.RETURNED),
        (JobState.APPROVED, JobState.WITHDRAWN),
    ],
)
def test_a_step_of_the_table_is_allowed(before: JobState, wanted: JobState):
    check_step(before, wanted)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        (JobState.DRAFT, JobState.APPROVED),
        (JobState.WITHDRAWN, JobState.IN_REVIEW),
        (JobState.WITHDRAWN, JobState.WITHDRAWN),
        (JobState.RETURNED, JobState.APPROVED),
    ],
)
def test_any_other_step_is_refused(before: JobState, wanted: JobState):
    with pytest.raises(JobStepNotAllowed):
        check_step(before, wanted)
