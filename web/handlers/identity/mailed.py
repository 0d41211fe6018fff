"""Asking for a letter: a sign-in link, a new password, the verification again."""

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.identity.models import LinkPurpose
from interviews.identity.service.sign_in import ask_for_link, ask_for_verification
from interviews.people.rules import LONGEST_EMAIL, normal_email
from interviews.refusals import Malformed, NotAllowed
from interviews.texts import N_
from web.handlers.identity.common import refused_fields, require, write_on_the_beat
from web.keys import CLOCK, LINKS
from web.middleware.throttle import ASK_FOR_LINK, pass_gate
from web.pages import form, render, see_other, typed
from web.unit import unit
from web.viewer import viewer

SENT = ("sign-up", "sign-in", "forgotten")


class Mailbox(BaseModel):
    """Where the letter should go."""

    email: Annotated[str, Field(max_length=LONGEST_EMAIL)]


async def show_sign_in(request: web.Request) -> web.Response:
    """The form that asks for a sign-in link."""
    return render(request, "identity/ask_sign_in.html", values={}, errors={})


async def show_forgotten(request: web.Request) -> web.Response:
    """The form that asks for a link to choose a new password."""
    return render(request, "identity/ask_forgotten.html", values={}, errors={})


async def submit_sign_in(request: web.Request) -> web.Response:
    """Mail a sign-in link, if there is such an account."""
    return await _submit(request, LinkPurpose.SIGN_IN, "identity/ask_sign_in.html", "sign-in")


async def submit_forgotten(request: web.Request) -> web.Response:
    """Mail a link to choose a new password, if there is such an account."""
    template = "identity/ask_forgotten.html"
    return await _submit(request, LinkPurpose.RESET_PASSWORD, template, "forgotten")


async def _submit(
    request: web.Request, purpose: LinkPurpose, template: str, subject: str
) -> web.Response:
    """Mail a link if there is an account; the answer and its time are the same if there is none."""
    try:
        mailbox = await form(request, Mailbox)
        require(refused_fields(request, email=lambda: normal_email(mailbox.email)))
    except Malformed as refusal:
        values = await typed(request)
        return render(
            request, template, status=refusal.status, values=values, errors=refusal.fields
        )
    pass_gate(request, ASK_FOR_LINK, f"{purpose}:{mailbox.email}")
    ask = partial(
        ask_for_link,
        purpose=purpose,
        email=mailbox.email,
        links=request.app[LINKS],
        now=request.app[CLOCK].now(),
    )
    await write_on_the_beat(request, ask)
    return see_other(request, f"/mail-sent?for={subject}")


async def sent(request: web.Request) -> web.Response:
    """Look into your mailbox."""
    subject = request.query.get("for", "")
    return render(
        request, "identity/mail_sent.html", subject=subject if subject in SENT else "sign-in"
    )


async def verify_again(request: web.Request) -> web.Response:
    """Mail the verification letter once more."""
    watcher = viewer(request)
    if watcher.person_id is None:
        raise NotAllowed
    pass_gate(request, ASK_FOR_LINK, f"{LinkPurpose.VERIFY_EMAIL}:{watcher.email}")
    mailed = await ask_for_verification(
        await unit(request),
        watcher.person_id,
        links=request.app[LINKS],
        now=request.app[CLOCK].now(),
    )
    notice = N_("The letter is on its way.") if mailed else N_("Your address is confirmed already.")
    return see_other(request, "/me/account", notice)
