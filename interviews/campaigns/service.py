"""Reads the campaign that is on."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.campaigns.models import Campaign, CampaignPhase
from interviews.campaigns.rules import Position, position

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")  # before the first campaign is set up
CURRENT = (
    select(Campaign)
    .outerjoin(CampaignPhase, col(CampaignPhase.campaign_id) == col(Campaign.id))
    .order_by(col(CampaignPhase.ends_on).desc(), col(Campaign.id).desc())
    .limit(1)
)
PHASES = (
    select(CampaignPhase)
    .where(col(CampaignPhase.campaign_id) == bindparam("campaign_id"))
    .order_by(col(CampaignPhase.seq))
)


@dataclass(frozen=True, slots=True)
class CurrentCampaign:
    """A campaign with its phases in order."""

    campaign: Campaign
    phases: tuple[CampaignPhase, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the campaign's days begin and end."""
        return ZoneInfo(self.campaign.zone)

    def position(self, now: datetime) -> Position | None:
        """Where the campaign stands at this moment."""
        return position(self.phases, now.astimezone(self.zone).date())


async def current_campaign(session: AsyncSession) -> CurrentCampaign | None:
    """The campaign whose last phase ends last; None before the first is set up. Asked once a unit.

    Every date on a page needs it, and no unit both changes a campaign and shows one.
    """
    known: CurrentCampaign | None = session.info.get("campaign")
    if known is None:
        session.info["campaign"] = known = await _read(session)
    return known


async def _read(session: AsyncSession) -> CurrentCampaign | None:
    campaign = await session.scalar(CURRENT)
    if campaign is None:
        return None
    phases = await session.scalars(PHASES, {"campaign_id": campaign.id})
    return CurrentCampaign(campaign, tuple(phases))


async def campaign_zone(session: AsyncSession) -> ZoneInfo:
    """The zone in which dates such as an expiry are meant."""
    current = await current_campaign(session)
    return current.zone if current else DEFAULT_ZONE


async def campaign_today(session: AsyncSession, now: datetime) -> date:
    """Which day it is for the campaign at this moment."""
    return now.astimezone(await campaign_zone(session)).date()
