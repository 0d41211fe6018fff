import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.employers.refusals import UsccWrongCharacter, UsccWrongCheck, UsccWrongLength
from interviews.employers.uscc import ALPHABET, check_character, organisation_check, parse
from interviews.refusals import Refusal

FIXTURES = json.loads(
    (Path(__file__).parents[2] / "support" / "fixtures.json").read_text(encoding="utf-8")
)
YUNSUO = "91330108MAFAKE019U"


@pytest.mark.parametrize("code", FIXTURES["uscc_valid"])
def test_a_valid_code_is_read_without_a_doubt(code: str):
    assert parse(code).doubts == ()


def test_a_code_of_another_registry_is_valid():
    [fixture] = FIXTURES["uscc_valid_but_python_stdnum_2_2_rejects"]

    assert parse(fixture["code"]).department == "Other registry"


@pytest.mark.parametrize(
    ("code", "refusal", "words"),
    [
        ("91330108MAFAKE019W", UsccWrongCheck, "The last character should be U."),
        ("91350100M000100Y4Z", UsccWrongCharacter, "Character 18 is Z"),
        ("91330108MAFAKE019", UsccWrongLength, "this one has 17"),
        ("91330108MAOAKE019U", UsccWrongCharacter, "Character 11 is O"),
    ],
)
def test_a_wrong_code_is_refused_with_what_is_wrong(code: str, refusal: type[Refusal], words: str):
    assert code in {fixture["code"] for fixture in FIXTURES["uscc_invalid"]}

    with pytest.raises(refusal, match=words):
        parse(code)


def test_the_last_character_of_the_standards_example_should_be_3():
    with pytest.raises(UsccWrongCheck, match="should be 3"):
        parse("91350100M000100Y4Y")


@pytest.mark.parametrize(
    ("code", "doubt"),
    [
        ("91330108MAFAKE0100", "organisation-check"),
        ("91990199MAFAKE14XD", "region-unknown"),
    ],
)
def test_a_suspicious_code_passes_with_a_doubt_for_the_reviewer(code: str, doubt: str):
    assert code in {fixture["code"] for fixture in FIXTURES["uscc_suspicious"]}

    assert [found.code for found in parse(code).doubts] == [doubt]


def test_an_unknown_department_is_a_doubt():
    first = "21330108MAFAKE019"

    code = parse(first + check_character(first))

    assert [found.code for found in code.doubts] == ["department-unknown"]
    assert code.department is None
    assert code.kind is None


@pytest.mark.parametrize(
    "typed",
    [
        "91330108-MAFAKE01-9U",
        " 9133 0108 MAFA KE01 9u\n",
        "91330108mafake019u",
        "91330108MAFAKE019U",
        "91330108–MAFAKE019U",
    ],
)
def test_spaces_hyphens_full_width_and_lower_case_are_forgiven(typed: str):
    assert parse(typed).code == YUNSUO


def test_a_code_tells_its_registry_kind_and_region():
    code = parse(YUNSUO)

    assert (code.department, code.kind) == ("Market regulation", "Enterprise")
    assert (code.region_code, code.region) == ("330108", "浙江省")


def test_a_plan_city_is_read_out_apart_from_its_province():
    assert parse("91330206MAFAKE1238").region == "浙江省宁波市"


@pytest.mark.parametrize("code", ["D2143569X", "M000100Y4", "600037341"])
def test_published_organisation_codes_check_out(code: str):
    assert organisation_check(code[:8]) == code[8]


@given(
    first=st.text(ALPHABET, min_size=17, max_size=17),
    place=st.integers(0, 17),
    other=st.sampled_from(ALPHABET),
)
def test_any_single_wrong_character_is_caught(first: str, place: int, other: str):
    code = first + check_character(first)
    wrong = code[:place] + other + code[place + 1 :]

    if wrong == code:
        assert parse(wrong).code == code
    else:
        with pytest.raises(UsccWrongCheck):
            parse(wrong)
