"""The campaign and its phases; slots fall in an open phase."""

from datetime import date
from typing import NewType

from sqlmodel import Field, Integer, SQLModel, UniqueConstraint

CampaignId = NewType("CampaignId", int)
PhaseId = NewType("PhaseId", int)


class Campaign(SQLModel, table=True):
    """One recruitment campaign and its booking policy (product.md Q2, Q3)."""

    id: CampaignId | None = Field(default=None, sa_type=Integer, primary_key=True)
    slug: str = Field(unique=True, max_length=40)
    name_zh: str = Field(max_length=100)
    name_en: str = Field(max_length=150)
    slogan_zh: str = Field(default="", max_length=200)
    slogan_en: str = Field(default="", max_length=200)
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    notice_minutes: int = 10  # a slot closes this long before it starts
    moves_allowed: int = 2
    move_until_hours: int = 12


class CampaignPhase(SQLModel, table=True):
    """Days, both included, in the campaign's zone."""

    __table_args__ = (UniqueConstraint("campaign_id", "seq"),)

    id: PhaseId | None = Field(default=None, sa_type=Integer, primary_key=True)
    campaign_id: CampaignId = Field(sa_type=Integer, foreign_key="campaign.id")
    seq: int
    name_zh: str = Field(max_length=100)
    name_en: str = Field(max_length=100)
    starts_on: date
    ends_on: date
    onsite_allowed: bool = False
