"""Firms and their recruiters."""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from sqlmodel import Field, Integer, SQLModel

from interviews.database import UtcDateTime
from interviews.people.models import PersonId

FirmId = NewType("FirmId", int)


class Tier(StrEnum):
    """工信部企业〔2022〕63号: each lapses after three years."""

    NONE = "none"
    INNOVATIVE = "innovative"
    SPECIALISED = "specialised"
    LITTLE_GIANT = "little_giant"


class Firm(SQLModel, table=True):
    """A small or medium enterprise; `uscc` is its GB 32100-2015 code."""

    id: FirmId | None = Field(default=None, sa_type=Integer, primary_key=True)
    uscc: str = Field(unique=True, max_length=18)
    slug: str = Field(unique=True, max_length=60)
    legal_name_zh: str = Field(max_length=120)
    display_name_zh: str = Field(max_length=60)
    display_name_en: str = Field(default="", max_length=120)
    region_code: str = Field(max_length=6)  # GB/T 2260
    region_name: str = Field(default="", max_length=60)
    city_name: str = Field(default="", max_length=60)
    industry_section: str = Field(default="", max_length=1)  # GB/T 4754-2017
    tier: str = Field(default=Tier.NONE, max_length=20)
    tier_valid_until: date | None = None
    intro_zh: str = Field(default="", max_length=1000)
    intro_en: str = Field(default="", max_length=2000)
    website: str = Field(default="", max_length=200)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recheck_due_on: date | None = None  # every six months (notice of January 2026)


class Recruiter(SQLModel, table=True):
    """A person who acts for one firm."""

    person_id: PersonId = Field(sa_type=Integer, primary_key=True, foreign_key="person.id")
    firm_id: FirmId = Field(sa_type=Integer, foreign_key="firm.id", index=True)
    post: str = Field(default="", max_length=60)
