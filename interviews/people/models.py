"""A person: somebody whom we write to, with or without an account."""

from datetime import datetime
from typing import NewType

from sqlmodel import Field, Integer, SQLModel

from interviews.database import UtcDateTime

PersonId = NewType("PersonId", int)


class Person(SQLModel, table=True):
    """Somebody with a mailbox; `locale` is zh_CN or en, `zone` an IANA name."""

    id: PersonId | None = Field(default=None, sa_type=Integer, primary_key=True)
    email: str = Field(unique=True, max_length=254)  # lower-case, normalised
    name: str = Field(max_length=100)
    name_latin: str = Field(default="", max_length=100)
    locale: str = Field(default="zh_CN", max_length=10)
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
