"""/me/account: details, password, and the browsers that are signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.identity.models import SessionId
from interviews.identity.refusals import PasswordNotConfirmed
from interviews.identity.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD, check_password
from interviews.identity.service.accounts import account_of, change_password
from interviews.identity.service.sessions import (
    SignedIn,
    sessions_of,
    sign_out,
    sign_out_everywhere,
)
from interviews.identity.service.sign_in import kept_for
from interviews.people.rules import LONGEST_NAME, known_locale, known_zone, normal_name
from interviews.people.service import change_details
from interviews.refusals import Malformed, NotAllowed
from interviews.texts import N_
from web.agents import described
from web.handlers.identity.common import (
    LANGUAGES,
    browser_of,
    enter,
    refused_fields,
    require,
    zone_options,
)
from web.keys import CLOCK, DATABASE
from web.middleware.session import signed_in
from web.middleware.throttle import SIGN_IN, pass_gate
from web.pages import explain, form, render, see_other, typed
from web.trust import PASSWORDS
from web.unit import unit

HERE = "/me/account"


class ChangedDetails(BaseModel):
    """Name, language and zone."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    locale: str
    zone: str


class ChangedPassword(BaseModel):
    """The present password (none for who never had one) and the next."""

    old_password: Annotated[str, Field(max_length=LONGEST_PASSWORD)] = ""
    new_password: Annotated[str, Field(max_length=LONGEST_PASSWORD)]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of the list of browsers."""

    id: int
    browser: str
    system: str
    last_seen_at: datetime
    opened_at: datetime
    is_this: bool


async def show(request: web.Request) -> web.Response:
    """One's own details, password and signed-in browsers."""
    return await _page(request, {}, {})


async def change(request: web.Request) -> web.Response:
    """Keep a new name, language or zone."""
    seen = _seen(request)
    try:
        command = await form(request, ChangedDetails)
        fields = refused_fields(
            request,
            name=lambda: normal_name(command.name),
            locale=lambda: known_locale(command.locale),
            zone=lambda: known_zone(command.zone),
        )
        require(fields)
    except Malformed as refusal:
        return await _page(request, await typed(request), refusal.fields, status=refusal.status)
    await change_details(
        await unit(request),
        seen.person_id,
        name=command.name,
        locale=command.locale,
        zone=command.zone,
    )
    return see_other(request, HERE, N_("Saved."))


async def change_own_password(request: web.Request) -> web.Response:
    """Change the password; every other browser is signed out, this one gets a new session."""
    seen = _seen(request)
    pass_gate(request, SIGN_IN, seen.email)
    try:
        token = await _changed(request, seen)
    except Malformed as refusal:
        return await _page(request, {}, refusal.fields, status=refusal.status)
    except PasswordNotConfirmed as refusal:
        problem = explain(request, refusal)
        errors = {"old_password": f"{problem.message} {problem.next_step}"}
        return await _page(request, {}, errors, status=refusal.status)
    return enter(
        request, token, HERE, N_("Your password is changed; every other browser is signed out.")
    )


async def _changed(request: web.Request, seen: SignedIn) -> str:
    command = await form(request, ChangedPassword)

    def new_password() -> None:
        check_password(command.new_password, email=seen.email, name=seen.name)

    require(refused_fields(request, new_password=new_password))
    async with request.app[DATABASE].reading() as reading:
        kept = await kept_for(reading, seen.email)
    passwords = request.app[PASSWORDS]
    verdict = await passwords.check(kept.password_hash, command.old_password)
    if kept.password_hash is not None and not verdict.right:
        raise PasswordNotConfirmed
    password_hash = await passwords.hash(command.new_password)
    return await change_password(
        await unit(request),
        kept,
        verdict,
        password_hash,
        browser_of(request),
        now=request.app[CLOCK].now(),
    )


async def end_one(request: web.Request) -> web.Response:
    """Sign one of one's own browsers out."""
    seen = _seen(request)
    session_id = SessionId(int(request.match_info["session_id"]))
    await sign_out(await unit(request), session_id, person_id=seen.person_id)
    return see_other(request, HERE, N_("That browser is signed out."))


async def end_others(request: web.Request) -> web.Response:
    """Sign every browser out but this one."""
    seen = _seen(request)
    await sign_out_everywhere(await unit(request), seen.person_id, but=seen.session_id)
    return see_other(request, HERE, N_("Every other browser is signed out."))


def _seen(request: web.Request) -> SignedIn:
    seen = signed_in(request)
    if seen is None:
        raise NotAllowed
    return seen


async def _page(
    request: web.Request, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> web.Response:
    seen = _seen(request)
    session = await unit(request)
    account = await account_of(session, seen.person_id)
    listed = await sessions_of(session, seen.person_id, now=request.app[CLOCK].now())
    return render(
        request,
        "identity/account.html",
        status=status,
        values={"name": seen.name, "locale": seen.locale, "zone": seen.zone, **values},
        errors=errors,
        languages=LANGUAGES,
        zones=zone_options(seen.zone),
        shortest=SHORTEST_PASSWORD,
        has_password=account.password_hash is not None,
        sessions=[
            OpenSession(
                id=one.id or 0,
                browser=described(one.agent)[0],
                system=described(one.agent)[1],
                last_seen_at=one.last_seen_at,
                opened_at=one.created_at,
                is_this=one.id == seen.session_id,
            )
            for one in listed
        ],
    )
