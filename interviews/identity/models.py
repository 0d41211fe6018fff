"""Accounts, sessions and mailed links; of every secret only a hash is kept."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlmodel import Field, Integer, SQLModel

from interviews.database import UtcDateTime
from interviews.people.models import PersonId

SessionId = NewType("SessionId", int)
MailedLinkId = NewType("MailedLinkId", int)


class Role(StrEnum):
    """What an account is for."""

    GRADUATE = "graduate"
    RECRUITER = "recruiter"
    ORGANISER = "organiser"
    ADMINISTRATOR = "administrator"


class LinkPurpose(StrEnum):
    """What a mailed one-time link does when its button is pressed."""

    SIGN_IN = "sign-in"
    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105  a purpose, not a password


class Account(SQLModel, table=True):
    """A person who may sign in."""

    person_id: PersonId = Field(sa_type=Integer, primary_key=True, foreign_key="person.id")
    role: str = Field(max_length=20)
    password_hash: str | None = Field(default=None, max_length=200)  # argon2id, PHC string
    email_verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class SignInSession(SQLModel, table=True):
    """One signed-in browser; revoked by deleting the row."""

    id: SessionId | None = Field(default=None, sa_type=Integer, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)  # SHA-256, hex
    person_id: PersonId = Field(sa_type=Integer, foreign_key="person.id", index=True)
    agent: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class MailedLink(SQLModel, table=True):
    """A single-use link that was mailed to somebody."""

    id: MailedLinkId | None = Field(default=None, sa_type=Integer, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)  # SHA-256, hex
    purpose: str = Field(max_length=20)
    person_id: PersonId = Field(sa_type=Integer, foreign_key="person.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
