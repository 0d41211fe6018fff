"""Graduates: only what booking needs."""

from typing import NewType

from sqlmodel import Field, Integer, SQLModel

from interviews.people.models import PersonId

SchoolId = NewType("SchoolId", int)


class School(SQLModel, table=True):
    """A university or college."""

    id: SchoolId | None = Field(default=None, sa_type=Integer, primary_key=True)
    name_zh: str = Field(unique=True, max_length=100)
    name_en: str = Field(default="", max_length=150)
    city_name: str = Field(default="", max_length=60)


class Graduate(SQLModel, table=True):
    """What a graduate studied, as a firm sees it; every field may still be empty."""

    person_id: PersonId = Field(sa_type=Integer, primary_key=True, foreign_key="person.id")
    school: str = Field(default="", max_length=100)
    level: str = Field(default="", max_length=20)  # key of jobs.models.LEVELS
    major_name: str = Field(default="", max_length=100)
    major_category: str = Field(default="", max_length=2)
    graduation_month: str = Field(default="", max_length=7)  # YYYY-MM
