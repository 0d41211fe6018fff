import json
from pathlib import Path
from typing import Any

import pytest

from interviews.jobs.wording import Finding, Flag, Wording, check_wording

ROOT = Path(__file__).parents[3]
CASES = json.loads((ROOT / "tests/support/fixtures.json").read_text(encoding="utf-8"))[
    "review_cases"
]
JOBS = json.loads((ROOT / "web/demo/data/jobs.json").read_text(encoding="utf-8"))


def flags(title: str, body: str, *, pay_min: int | None = 5000, city: str = "杭州市") -> set[str]:
    return {found.flag.value for found in check_wording(Wording(title, body, pay_min, city))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_review_case_raises_the_flags_that_a_reviewer_expects(case: dict[str, Any]):
    facts = {"pay_min": None, "city": ""} if "salary_min" in case else {}

    assert flags(case["title_zh"], case["text_zh"], **facts) == set(case["expect_flags"])


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job["id"])
def test_no_job_of_the_sample_campaign_raises_a_false_alarm(job: dict[str, Any]):
    body = "\n".join(
        job[f"{part}_{tongue}"] for part in ("duties", "requirements") for tongue in ("zh", "en")
    )

    assert flags(f"{job['title_zh']} {job['title_en']}", body) == set()


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("负责销售工作,限男性,能出差。", Flag.GENDER),
        ("仓库管理,要求男性,吃苦耐劳。", Flag.GENDER),
        ("Receptionist wanted, female only, please.", Flag.GENDER),
        ("负责前台接待,35周岁以下,形象好。", Flag.AGE),
        ("Applicants under 30 with energy.", Flag.AGE),
        ("负责质检,已婚已育优先,稳定。", Flag.MARITAL_STATUS),
        ("负责仓储管理,本地户口优先录用。", Flag.HOUSEHOLD_REGISTRATION),
        ("算法岗位,仅限985高校毕业生投递。", Flag.SCHOOL_EXCLUSION),
        ("入职前缴纳服装费三百元,离职退还。", Flag.FEE_FROM_WORKER),
        ("A training fee is due on the first day.", Flag.FEE_FROM_WORKER),
        ("名企内推,保录,名额有限,先到先得。", Flag.EXAGGERATED_PAY),
        ("有意者请致电 13800138000 找王经理。", Flag.OFF_PLATFORM_CONTACT),
        ("Send your résumé to boss@example.com today.", Flag.OFF_PLATFORM_CONTACT),
    ],
)
def test_the_words_of_the_rules_are_found_in_both_languages(text: str, flag: Flag):
    assert flags("岗位", text) == {flag.value}


def test_a_finding_quotes_the_words_that_raised_it():
    [found] = check_wording(Wording("会计", "负责成本核算,需缴纳押金五百元。", 5000, "宁波市"))

    assert found == Finding(Flag.FEE_FROM_WORKER, "押金")


@pytest.mark.parametrize(
    "text",
    [
        "负责妇女儿童用品的质量检验与记录。",
        "服务 20 岁以上用户的产品研究与访谈。",
        "负责移动小程序的后端接口开发与联调。",
        "A team of under 30 people builds the tooling.",
    ],
)
def test_harmless_words_are_left_alone(text: str):
    assert flags("岗位", text) == set()
