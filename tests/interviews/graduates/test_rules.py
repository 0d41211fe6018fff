from datetime import date
from typing import Any

import pytest

from interviews.graduates.models import Graduate
from interviews.graduates.rules import ProfileField, meter, profile_problems
from interviews.graduates.studies import CATEGORIES, Level, Tree, level_of

TODAY = date(2026, 11, 22)


def test_an_empty_profile_asks_for_the_level_first():
    found = meter(Graduate(person_id=1))

    assert (found.percent, found.next) == (0, ProfileField.LEVEL)


def test_the_meter_names_the_next_empty_field():
    found = meter(Graduate(person_id=1, level="benke", major_category="08", major_name="自动化"))

    assert found.percent == 60
    assert found.missing == (ProfileField.SCHOOL, ProfileField.GRADUATION)


def test_a_whole_profile_has_no_next_field():
    whole = Graduate(
        person_id=1,
        school="星河大学",
        level="benke",
        major_category="08",
        major_name="自动化",
        graduation_month="2027-06",
    )

    assert (meter(whole).percent, meter(whole).next) == (100, None)


def problems(**values: Any):
    given = {"level": "", "major_category": "", "graduation_month": ""} | values
    return set(profile_problems(**given, today=TODAY))


def test_empty_values_are_allowed():
    assert problems() == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("level", "phd"),
        ("major_category", "99"),
        ("graduation_month", "2027-13"),
        ("graduation_month", "June 2027"),
        ("graduation_month", "1999-06"),
        ("graduation_month", "2035-01"),
        ("graduation_month", "2027-W1"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: str):
    assert problems(**{field: value}) == {field}


def test_right_values_have_no_problem():
    assert problems(level="boshi", major_category="14", graduation_month="2034-12") == set()


def test_levels_rise_by_rank():
    assert [level.rank for level in Level] == [1, 2, 3, 4]
    assert level_of("shuoshi") is Level.SHUOSHI
    assert level_of("") is None


def test_both_trees_are_whole():
    trees = [category.tree for category in CATEGORIES.values()]

    assert (trees.count(Tree.ACADEMIC), trees.count(Tree.VOCATIONAL)) == (14, 19)
