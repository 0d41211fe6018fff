import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from interviews.database import Database
from interviews.employers.models import FirmId, Tier
from interviews.employers.refusals import FirmAlreadyKnown, FirmNotFound, RecruiterElsewhere
from interviews.employers.service import (
    FirmFacts,
    change_firm,
    firm_by_id,
    firm_by_slug,
    firms,
    is_web_address,
    join_firm,
    recruiters_of,
    register_firm,
)
from interviews.refusals import Malformed
from tests.support import world
from tests.support.clock import START

FACTS = FirmFacts(
    uscc="91320505-mafake027u",
    legal_name_zh="苏州澄辉示例光电材料有限公司",
    display_name_zh="澄辉光电",
    tier=Tier.SPECIALISED,
    tier_valid_until=date(2027, 12, 31),
    website="https://example.com/chenghui",
    checked_on=date(2026, 10, 15),
)


async def test_a_registered_firm_has_its_normal_code_region_and_next_check(database: Database):
    async with database.writing() as session:
        made = await register_firm(session, FACTS, now=START)

    async with database.reading() as session:
        firm = await firm_by_slug(session, made.slug)
    assert firm.uscc == "91320505MAFAKE027U"
    assert (firm.region_code, firm.region_name) == ("320505", "江苏省")
    assert firm.verified_at == datetime(2026, 10, 15, 4, tzinfo=UTC)
    assert firm.recheck_due_on == date(2027, 4, 15)


async def test_a_firm_may_be_registered_before_it_is_verified(database: Database):
    async with database.writing() as session:
        firm = await register_firm(session, replace(FACTS, checked_on=None), now=START)

    assert (firm.verified_at, firm.recheck_due_on) == (None, None)


async def test_a_code_is_registered_once(database: Database):
    async with database.writing() as session:
        await register_firm(session, FACTS, now=START)
        with pytest.raises(FirmAlreadyKnown, match="91320505MAFAKE027U"):
            await register_firm(session, FACTS, now=START)


async def test_a_wrong_code_and_wrong_facts_are_named_together(database: Database):
    wrong = FirmFacts(
        uscc="91320505MAFAKE0273",
        legal_name_zh=" ",
        display_name_zh="",
        tier=Tier.LITTLE_GIANT,
        website="javascript:alert(1)",
        checked_on=date(2026, 11, 24),
    )
    async with database.writing() as session:
        with pytest.raises(Malformed) as caught:
            await register_firm(session, wrong, now=START)

    fields = {"uscc", "legal_name_zh", "display_name_zh", "tier_valid_until", "website"}
    assert set(caught.value.fields) == fields | {"checked_on"}
    assert caught.value.fields["uscc"] % caught.value.parameters == (
        "The last character should be U."
    )


async def test_wrong_facts_with_a_right_code_are_named(database: Database):
    async with database.writing() as session:
        with pytest.raises(Malformed) as caught:
            await register_firm(session, replace(FACTS, tier="giant"), now=START)

    assert set(caught.value.fields) == {"tier"}


async def test_a_changed_firm_keeps_its_code_and_its_address(database: Database):
    async with database.writing() as session:
        made = await register_firm(session, FACTS, now=START)
        slug, firm_id = made.slug, FirmId(made.id or 0)
        facts = replace(FACTS, display_name_zh="澄辉", tier=Tier.NONE)
        changed = await change_firm(session, firm_id, facts, now=START)

    assert (changed.display_name_zh, changed.slug) == ("澄辉", slug)
    assert changed.tier_valid_until is None


async def test_a_firm_that_does_not_exist_is_not_found(database: Database):
    async with database.reading() as session:
        with pytest.raises(FirmNotFound):
            await firm_by_id(session, FirmId(404))
        with pytest.raises(FirmNotFound):
            await firm_by_slug(session, "nowhere")


async def test_people_join_a_firm_and_may_change_their_post(database: Database):
    async with database.writing() as session:
        firm = await world.a_firm(session)
        person = await world.a_person(session)
        firm_id, person_id = FirmId(firm.id or 0), world.id_of(person)
        await join_firm(session, firm_id, person_id, post="面试官")
        again = await join_firm(session, firm_id, person_id, post=" 招聘负责人 ")

        assert again.post == "招聘负责人"
        assert [one.id for one in await recruiters_of(session, firm_id)] == [person.id]
        assert [one.id for one in await firms(session)] == [firm.id]


async def test_a_recruiter_acts_for_one_firm(database: Database):
    async with database.writing() as session:
        first, second = await world.a_firm(session), await world.a_firm(session)
        person = await world.a_recruiter(session, FirmId(first.id or 0))
        with pytest.raises(RecruiterElsewhere, match="another firm"):
            await join_firm(session, FirmId(second.id or 0), world.id_of(person))


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("", True),
        ("https://example.com/a", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("example.com", False),
        ("https://", False),
    ],
)
def test_only_web_addresses_become_links(typed: str, *, right: bool):
    assert is_web_address(typed) is right


async def test_of_two_who_register_a_code_at_once_one_is_told(database: Database):
    async def register() -> bool:
        async with database.writing() as session:
            try:
                await register_firm(session, FACTS, now=START)
            except FirmAlreadyKnown:
                return False
            return True

    assert sorted(await asyncio.gather(*(register() for _ in range(4)))) == [
        False, False, False, True
    ]  # fmt: skip
    async with database.reading() as session:
        assert len(await firms(session)) == 1
