"""GET and POST /sign-up: graduates open their own account."""

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.consents.service import TERMS, TEXT_VERSIONS, give
from interviews.identity.refusals import TermsNotAccepted
from interviews.identity.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD, check_password
from interviews.identity.service.sign_up import sign_up
from interviews.people.rules import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    known_locale,
    known_zone,
    normal_email,
    normal_name,
)
from interviews.people.service import Details, checked
from interviews.refusals import Malformed
from web.handlers.identity.common import (
    LANGUAGES,
    next_of,
    refused_fields,
    require,
    write_on_the_beat,
    zone_options,
)
from web.handlers.language import safe_next
from web.keys import CLOCK, LINKS
from web.middleware.throttle import SIGN_UP, pass_gate
from web.pages import form, render, see_other, typed
from web.trust import PASSWORDS
from web.viewer import viewer


class SignUp(BaseModel):
    """What we ask of a graduate at first; studies come later, on the profile.

    Nothing is required here: the rules judge every field, so that all is said at once.
    """

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    email: Annotated[str, Field(max_length=LONGEST_EMAIL)] = ""
    password: Annotated[str, Field(max_length=LONGEST_PASSWORD)] = ""
    locale: str = "zh_CN"
    zone: str = "Asia/Shanghai"
    terms: str = ""
    next: str = ""


async def show(request: web.Request) -> web.Response:
    """The form to sign up; who is signed in already is sent home."""
    if viewer(request).signed_in:
        see_other(request, next_of(request))
    return _page(request, {"next": next_of(request)}, {})


async def submit(request: web.Request) -> web.Response:
    """Open the account, or remind its owner by mail; the answer is the same."""
    try:
        command = await form(request, SignUp)
        require(_refused(request, command))
    except Malformed as refusal:
        return _page(request, await typed(request), refusal.fields, status=refusal.status)
    pass_gate(request, SIGN_UP, command.email)
    password_hash = await request.app[PASSWORDS].hash(command.password)
    await write_on_the_beat(request, partial(_keep, request, command, password_hash))
    return see_other(request, "/mail-sent?for=sign-up")


def _refused(request: web.Request, command: SignUp) -> dict[str, str]:
    def password() -> None:
        check_password(command.password, email=command.email, name=command.name)

    def terms() -> None:
        if command.terms != "yes":
            raise TermsNotAccepted

    return refused_fields(
        request,
        name=lambda: normal_name(command.name),
        email=lambda: normal_email(command.email),
        password=password,
        locale=lambda: known_locale(command.locale),
        zone=lambda: known_zone(command.zone),
        terms=terms,
    )


async def _keep(
    request: web.Request, command: SignUp, password_hash: str, session: AsyncSession
) -> None:
    now = request.app[CLOCK].now()
    details = checked(Details(command.email, command.name, command.locale, command.zone))
    onward = safe_next(command.next)
    person_id = await sign_up(
        session,
        details,
        password_hash,
        links=request.app[LINKS],
        now=now,
        then="" if onward == "/" else onward,
    )
    if person_id is not None:
        await give(session, person_id, TERMS, now=now)


def _page(
    request: web.Request, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> web.Response:
    watcher = viewer(request)
    return render(
        request,
        "identity/sign_up.html",
        status=status,
        values=values,
        errors=errors,
        languages=LANGUAGES,
        zones=zone_options(watcher.zone),
        shortest=SHORTEST_PASSWORD,
        terms_version=TEXT_VERSIONS[TERMS],
    )


async def terms(request: web.Request) -> web.Response:
    """What we keep, why, for how long, and everybody's rights (PIPL 17)."""
    return render(request, "identity/terms.html", terms_version=TEXT_VERSIONS[TERMS])
