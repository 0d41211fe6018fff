from datetime import UTC, date, datetime
from typing import Any

import pytest

from interviews.employers.models import Firm, Tier
from interviews.employers.refusals import FirmMayNotRecruit
from interviews.employers.rules import (
    Trust,
    check_firm_may_recruit,
    firm_may_recruit,
    next_recheck,
    shown_tier,
    trust,
)

TODAY = date(2026, 11, 22)


def a_firm(**facts: Any):
    known = {
        "uscc": "91330206MAFAKE1238",
        "slug": "yonglan",
        "legal_name_zh": "宁波甬岚示例精密模具有限公司",
        "display_name_zh": "甬岚模具",
        "region_code": "330206",
        "tier": Tier.SPECIALISED,
        "tier_valid_until": date(2026, 12, 31),
        "verified_at": datetime(2026, 8, 15, tzinfo=UTC),
        "recheck_due_on": date(2027, 2, 15),
    }
    return Firm(**(known | facts))


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (date(2027, 2, 15), Trust.VERIFIED),
        (date(2026, 12, 22), Trust.RECHECK_SOON),
        (TODAY, Trust.RECHECK_SOON),
        (date(2026, 11, 21), Trust.OVERDUE),
    ],
)
def test_trust_follows_the_day_of_the_recheck(due: date, expected: object):
    assert trust(a_firm(recheck_due_on=due), TODAY) is expected


def test_a_firm_recruits_to_the_last_day_and_not_after():
    firm = a_firm(recheck_due_on=TODAY)

    assert firm_may_recruit(firm, TODAY)
    assert not firm_may_recruit(firm, date(2026, 11, 23))


@pytest.mark.parametrize("facts", [{"verified_at": None}, {"recheck_due_on": None}])
def test_a_firm_that_was_never_verified_does_not_recruit(facts: dict[str, Any]):
    firm = a_firm(**facts)

    assert trust(firm, TODAY) is Trust.UNVERIFIED
    with pytest.raises(FirmMayNotRecruit, match="verification"):
        check_firm_may_recruit(firm, TODAY)


def test_a_verified_firm_passes_the_check():
    check_firm_may_recruit(a_firm(), TODAY)


def test_a_tier_is_shown_while_valid_and_no_day_longer():
    firm = a_firm()

    assert shown_tier(firm, date(2026, 12, 31)) is Tier.SPECIALISED
    assert shown_tier(firm, date(2027, 1, 1)) is None


@pytest.mark.parametrize("facts", [{"tier": Tier.NONE}, {"tier_valid_until": None}])
def test_no_tier_or_no_date_shows_nothing(facts: dict[str, Any]):
    assert shown_tier(a_firm(**facts), TODAY) is None


@pytest.mark.parametrize(
    ("checked", "due"),
    [
        (date(2026, 5, 15), date(2026, 11, 15)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2026, 6, 30), date(2026, 12, 30)),
        (date(2026, 12, 1), date(2027, 6, 1)),
    ],
)
def test_the_next_recheck_is_six_months_later(checked: date, due: date):
    assert next_recheck(checked) == due
