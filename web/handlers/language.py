"""POST /language: read on in the other language."""

from datetime import timedelta
from typing import Literal

from aiohttp import web
from pydantic import BaseModel
from sqlmodel import col, update

from interviews.people.models import Person
from web import cookies
from web.pages import form
from web.unit import unit
from web.viewer import viewer

YEAR = timedelta(days=365)


class Choice(BaseModel):
    """A language and the page to come back to."""

    locale: Literal["zh_CN", "en"]
    next: str = "/"


def safe_next(path: str) -> str:
    """The path itself when it stays on this site, else the home page."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and not any(ord(sign) < ord(" ") for sign in path) else "/"


async def choose(request: web.Request) -> web.StreamResponse:
    """Remember the language with the person, or in a cookie for somebody unknown."""
    choice = await form(request, Choice)
    answer = web.HTTPSeeOther(safe_next(choice.next))
    if (person := viewer(request).person_id) is not None:
        session = await unit(request)
        await session.execute(
            update(Person).where(col(Person.id) == person).values(locale=choice.locale)
        )
    cookies.put(request, answer, cookies.LOCALE, choice.locale, life=YEAR)
    raise answer
