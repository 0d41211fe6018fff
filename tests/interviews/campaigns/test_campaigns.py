from datetime import UTC, date, datetime

import pytest

from interviews.campaigns.models import CampaignId, CampaignPhase
from interviews.campaigns.rules import Stand, campaign_day, position
from interviews.campaigns.service import (
    campaign_today,
    campaign_zone,
    current_campaign,
)
from interviews.database import Database
from tests.support import world


def a_phase(seq: int, first: date, last: date) -> CampaignPhase:
    return CampaignPhase(
        campaign_id=1, seq=seq, name_zh="", name_en="", starts_on=first, ends_on=last
    )


PHASES = (
    a_phase(1, date(2026, 5, 11), date(2026, 6, 29)),
    a_phase(2, date(2026, 10, 12), date(2026, 11, 30)),
)


@pytest.mark.parametrize(
    ("today", "stand", "seq", "day"),
    [
        (date(2026, 5, 1), Stand.BEFORE, 1, 0),
        (date(2026, 5, 11), Stand.OPEN, 1, 1),
        (date(2026, 6, 29), Stand.OPEN, 1, 50),
        (date(2026, 6, 30), Stand.BEFORE, 2, 0),
        (date(2026, 11, 22), Stand.OPEN, 2, 42),
        (date(2026, 12, 1), Stand.OVER, 2, 50),
    ],
)
def test_a_day_has_its_place_in_the_phases(today: date, stand: Stand, seq: int, day: int):
    found = position(PHASES, today)

    assert found is not None
    assert (found.stand, found.phase.seq, found.day, found.days) == (stand, seq, day, 50)


def test_the_days_until_the_next_phase_are_counted():
    found = position(PHASES, date(2026, 10, 10))

    assert found is not None
    assert (found.days_until, found.percent) == (2, 0)


def test_a_campaign_without_phases_has_no_position():
    assert position((), date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("today", "passed"),
    [(date(2026, 5, 1), 0), (date(2026, 7, 1), 50), (date(2026, 11, 22), 92)],
)
def test_the_days_of_all_phases_add_up(today: date, passed: int):
    assert campaign_day(PHASES, today) == (passed, 100)


async def test_the_campaign_that_ends_last_is_the_current_one(database: Database):
    async with database.writing() as session:
        await world.a_campaign(session, first=date(2025, 10, 12), last=date(2025, 11, 30))
        latest = await world.a_campaign(session)
        await world.a_phase(
            session,
            CampaignId(latest.id or 0),
            first=date(2026, 5, 11),
            last=date(2026, 6, 29),
            seq=1,
        )

    async with database.reading() as session:
        current = await current_campaign(session)
    assert current is not None
    assert current.campaign.id == latest.id
    assert [phase.seq for phase in current.phases] == [1, 2]
    found = current.position(datetime(2026, 11, 22, 4, tzinfo=UTC))
    assert found is not None
    assert found.day == 42


async def test_without_a_campaign_dates_are_meant_in_beijing(database: Database):
    async with database.reading() as session:
        assert await current_campaign(session) is None
        assert (await campaign_zone(session)).key == "Asia/Shanghai"
        late = datetime(2026, 11, 22, 17, tzinfo=UTC)
        assert await campaign_today(session, late) == date(2026, 11, 23)
