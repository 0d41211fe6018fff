import pytest
from sqlalchemy import select

from interviews.employers.models import Firm, FirmId
from interviews.identity.models import Role
from tests.support import world
from tests.support.accounts import Register
from tests.support.site import Browser, Site

FIRM = {
    "uscc": "91320505-mafake027u",
    "legal_name_zh": "苏州澄辉示例光电材料有限公司",
    "display_name_zh": "澄辉光电",
    "display_name_en": "Chenghui Photonic Materials",
    "city_name": "苏州市",
    "industry_section": "C",
    "tier": "specialised",
    "tier_valid_until": "2027-12-31",
    "checked_on": "2026-10-15",
}


@pytest.fixture
async def organiser(site: Site, register: Register) -> Browser:
    return await site.signed_in(await register("org@example.com", Role.ORGANISER))


async def the_firm(site: Site) -> Firm:
    async with site.database.reading() as session:
        firm = await session.scalar(select(Firm))
    assert firm is not None
    return firm


async def test_an_organiser_registers_the_first_firm(site: Site, organiser: Browser):
    assert "No firm yet" in (await organiser.get("/org/firms")).words

    answer = await organiser.send("/org/firms", on="/org/firms/new", **FIRM)

    firm = await the_firm(site)
    assert answer.target == f"/org/firms/{firm.id}"
    page = await organiser.get(answer.target)
    assert "91320505MAFAKE027U" in page.words
    assert "Market regulation" in page.words
    assert "江苏省 320505" in page.words
    assert 'value="2026-10-15"' in page.text
    assert "Nobody yet." in page.words
    assert "re-check by Thu, 15 Apr 2027" in (await organiser.get("/org/firms")).words


async def test_a_wrong_code_says_what_the_last_character_should_be(organiser: Browser):
    wrong = FIRM | {"uscc": "91320505MAFAKE0273", "tier_valid_until": ""}
    answer = await organiser.send("/org/firms", on="/org/firms/new", **wrong)

    assert answer.status == 422
    assert "The last character should be U." in answer.words
    assert "A tier lapses after three years" in answer.words
    assert 'value="澄辉光电"' in answer.text


async def test_a_firm_is_registered_once(organiser: Browser):
    await organiser.send("/org/firms", on="/org/firms/new", **FIRM)
    again = await organiser.send("/org/firms", on="/org/firms/new", **FIRM)

    assert again.status == 409
    assert "A firm with the code 91320505MAFAKE027U is already registered." in again.words


async def test_a_firm_is_changed_and_its_people_are_listed(site: Site, organiser: Browser):
    await organiser.send("/org/firms", on="/org/firms/new", **FIRM)
    here = f"/org/firms/{(await the_firm(site)).id}"
    async with site.database.writing() as session:
        await world.a_recruiter(session, FirmId((await the_firm(site)).id or 0), name="王人事")

    wrong = await organiser.send(here, on=here, **FIRM | {"website": "javascript:alert(1)"})
    assert wrong.status == 422
    assert "Write the address with https://." in wrong.words
    answer = await organiser.send(here, on=here, **FIRM | {"display_name_zh": "澄辉"})

    assert answer.target == here
    assert (await the_firm(site)).display_name_zh == "澄辉"
    assert "王人事" in (await organiser.get(here)).words


async def test_a_firm_that_does_not_exist_is_not_found(organiser: Browser):
    assert (await organiser.get("/org/firms/404")).status == 404
