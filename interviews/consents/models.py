"""Consent: who agreed to what, towards whom, in which version of the text (PIPL 13, 14, 23)."""

from datetime import datetime
from typing import NewType

from sqlmodel import Field, Integer, SQLModel

from interviews.database import UtcDateTime
from interviews.people.models import PersonId

ConsentId = NewType("ConsentId", int)


class Consent(SQLModel, table=True):
    """One agreement; a withdrawal is a date, the row stays."""

    id: ConsentId | None = Field(default=None, sa_type=Integer, primary_key=True)
    person_id: PersonId = Field(sa_type=Integer, foreign_key="person.id", index=True)
    purpose: str = Field(max_length=40)  # share-profile, terms
    recipient: str = Field(default="", max_length=60)  # "firm:12" where data goes to somebody
    text_version: str = Field(max_length=20)
    channel: str = Field(default="web", max_length=20)
    given_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
