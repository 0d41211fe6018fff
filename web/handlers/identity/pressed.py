"""Mailed links: GET shows a button and changes nothing, POST uses the link up."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.identity.models import LinkPurpose
from interviews.identity.refusals import LinkSpent
from interviews.identity.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD, check_password
from interviews.identity.service.links import look_at_link
from interviews.identity.service.sign_in import reset_password, sign_in_by_link, verify_email
from interviews.people.service import person_of
from interviews.refusals import Malformed
from interviews.texts import N_
from web.handlers.identity.common import browser_of, enter, next_of, refused_fields, require
from web.keys import CLOCK, DATABASE
from web.middleware.throttle import PRESS_LINK, pass_gate
from web.pages import explain, form, render
from web.trust import PASSWORDS
from web.unit import unit


class NewPassword(BaseModel):
    """The password that replaces the forgotten one."""

    password: Annotated[str, Field(max_length=LONGEST_PASSWORD)]


async def show_sign_in(request: web.Request) -> web.Response:
    """The button behind a mailed sign-in link."""
    return await _button(request, LinkPurpose.SIGN_IN, "identity/press_sign_in.html")


async def show_verify(request: web.Request) -> web.Response:
    """The button behind the verification letter."""
    return await _button(request, LinkPurpose.VERIFY_EMAIL, "identity/press_verify.html")


async def show_reset(request: web.Request) -> web.Response:
    """The form behind the letter for a forgotten password."""
    return await _button(request, LinkPurpose.RESET_PASSWORD, "identity/press_reset.html")


async def _button(request: web.Request, purpose: LinkPurpose, template: str) -> web.Response:
    pass_gate(request, PRESS_LINK)
    token = request.match_info["token"]
    try:
        now = request.app[CLOCK].now()
        await look_at_link(await unit(request), purpose, token, now=now)
    except LinkSpent as refusal:
        return _spent(request, refusal, purpose)
    return render(request, template, errors={}, shortest=SHORTEST_PASSWORD)


async def press_sign_in(request: web.Request) -> web.Response:
    """Use the link up and sign in."""
    pass_gate(request, PRESS_LINK)
    try:
        token = await sign_in_by_link(
            await unit(request),
            request.match_info["token"],
            browser_of(request),
            now=request.app[CLOCK].now(),
        )
    except LinkSpent as refusal:
        return _spent(request, refusal, LinkPurpose.SIGN_IN)
    return enter(request, token, "/")


async def press_verify(request: web.Request) -> web.Response:
    """Use the link up: the mailbox is proved, the browser signed in."""
    pass_gate(request, PRESS_LINK)
    try:
        token = await verify_email(
            await unit(request),
            request.match_info["token"],
            browser_of(request),
            now=request.app[CLOCK].now(),
        )
    except LinkSpent as refusal:
        return _spent(request, refusal, LinkPurpose.VERIFY_EMAIL)
    return enter(request, token, next_of(request), N_("Your e-mail address is confirmed. Welcome!"))


async def press_reset(request: web.Request) -> web.Response:
    """Use the link up for a new password, which is checked and hashed before that."""
    pass_gate(request, PRESS_LINK)
    try:
        password_hash = await _new_hash(request)
        token = await reset_password(
            await unit(request),
            request.match_info["token"],
            password_hash,
            browser_of(request),
            now=request.app[CLOCK].now(),
        )
    except LinkSpent as refusal:
        return _spent(request, refusal, LinkPurpose.RESET_PASSWORD)
    except Malformed as refusal:
        return render(
            request,
            "identity/press_reset.html",
            status=refusal.status,
            errors=refusal.fields,
            shortest=SHORTEST_PASSWORD,
        )
    return enter(
        request, token, "/", N_("Your password is changed; every other browser is signed out.")
    )


async def _new_hash(request: web.Request) -> str:
    command = await form(request, NewPassword)
    async with request.app[DATABASE].reading() as reading:
        link = await look_at_link(
            reading,
            LinkPurpose.RESET_PASSWORD,
            request.match_info["token"],
            now=request.app[CLOCK].now(),
        )
        person = await person_of(reading, link.person_id)

    def password() -> None:
        check_password(command.password, email=person.email, name=person.name)

    require(refused_fields(request, password=password))
    return await request.app[PASSWORDS].hash(command.password)


def _spent(request: web.Request, refusal: LinkSpent, purpose: LinkPurpose) -> web.Response:
    return render(
        request,
        "identity/spent.html",
        status=refusal.status,
        problem=explain(request, refusal),
        purpose=str(purpose),
    )
