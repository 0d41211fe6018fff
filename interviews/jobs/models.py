"""Posts that firms offer."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlmodel import JSON, Column, Field, Integer, SQLModel

from interviews.database import UtcDateTime
from interviews.employers.models import FirmId

JobId = NewType("JobId", int)


class JobState(StrEnum):
    """draft > in_review > approved | returned; withdrawn at any point."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Job(SQLModel, table=True):
    """One post with everything that the five-department notice of January 2026 asks to show."""

    id: JobId | None = Field(default=None, sa_type=Integer, primary_key=True)
    firm_id: FirmId = Field(sa_type=Integer, foreign_key="firm.id", index=True)
    title_zh: str = Field(max_length=80)
    title_en: str = Field(default="", max_length=120)
    employment_type: str = Field(default="full_time", max_length=20)  # full_time | internship
    headcount: int
    city_code: str = Field(default="", max_length=6)
    city_name: str = Field(max_length=60)
    level_min: str = Field(max_length=20)  # zhuanke < benke < shuoshi < boshi
    major_categories: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    pay_min: int  # CNY per pay_unit
    pay_max: int
    pay_unit: str = Field(default="month", max_length=10)  # month | day
    months_per_year: int = 12
    duties_zh: str = Field(default="", max_length=4000)
    duties_en: str = Field(default="", max_length=4000)
    requirements_zh: str = Field(default="", max_length=4000)
    requirements_en: str = Field(default="", max_length=4000)
    state: str = Field(default=JobState.DRAFT, max_length=20, index=True)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # into the queue
    posted_at: datetime = Field(sa_type=UtcDateTime)
    valid_through: datetime = Field(sa_type=UtcDateTime)
