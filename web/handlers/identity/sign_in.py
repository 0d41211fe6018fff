"""GET and POST /sign-in, POST /sign-out."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.identity.refusals import AccountDisabled, WrongCredentials
from interviews.identity.rules import LONGEST_PASSWORD
from interviews.identity.service.sessions import sign_out as end_session
from interviews.identity.service.sign_in import kept_for, sign_in_by_password
from interviews.people.rules import LONGEST_EMAIL
from interviews.refusals import Malformed
from interviews.texts import N_
from web import cookies
from web.handlers.identity.common import browser_of, enter, next_of
from web.handlers.language import safe_next
from web.keys import CLOCK, DATABASE
from web.middleware.session import signed_in
from web.middleware.throttle import SIGN_IN, pass_gate
from web.pages import Problem, explain, form, render, see_other, typed
from web.trust import PASSWORDS
from web.unit import unit
from web.viewer import viewer


class SignIn(BaseModel):
    """An address, a password, and where to go then."""

    email: Annotated[str, Field(max_length=LONGEST_EMAIL)]
    password: Annotated[str, Field(max_length=LONGEST_PASSWORD)]
    next: str = "/"


async def show(request: web.Request) -> web.Response:
    """The form to sign in; who is signed in already is sent on."""
    if viewer(request).signed_in:
        see_other(request, next_of(request))
    return _page(request, values={"next": next_of(request)})


async def submit(request: web.Request) -> web.Response:
    """Sign in by password."""
    try:
        command = await form(request, SignIn)
    except Malformed as refusal:
        return _page(
            request, values=await typed(request), errors=refusal.fields, status=refusal.status
        )
    pass_gate(request, SIGN_IN, command.email)
    try:
        token = await _token(request, command)
    except (WrongCredentials, AccountDisabled) as refusal:
        return _page(
            request,
            values=await typed(request),
            problem=explain(request, refusal),
            status=refusal.status,
        )
    return enter(request, token, safe_next(command.next))


async def _token(request: web.Request, command: SignIn) -> str:
    """Hashing holds no unit of work: read, check, then write."""
    async with request.app[DATABASE].reading() as reading:
        kept = await kept_for(reading, command.email)
    verdict = await request.app[PASSWORDS].check(kept.password_hash, command.password)
    if not verdict.right:
        raise WrongCredentials
    now = request.app[CLOCK].now()
    return await sign_in_by_password(
        await unit(request), kept, verdict, browser_of(request), now=now
    )


def _page(
    request: web.Request,
    *,
    values: dict[str, str],
    errors: dict[str, str] | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> web.Response:
    return render(
        request,
        "identity/sign_in.html",
        status=status,
        values=values,
        errors=errors or {},
        problem=problem,
    )


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this browser's session."""
    seen = signed_in(request)
    if seen is not None:
        await end_session(await unit(request), seen.session_id, person_id=seen.person_id)
    try:
        see_other(request, "/", N_("You are signed out."))
    except web.HTTPSeeOther as answer:
        cookies.drop(request, answer, cookies.SESSION)
        raise
