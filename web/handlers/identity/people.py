"""/admin/people: everybody's accounts for administrators, recruiters' for organisers."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.employers.models import FirmId
from interviews.employers.service import firm_by_id, firms, join_firm
from interviews.identity.models import Role
from interviews.identity.refusals import AccountExists
from interviews.identity.rules import check_firm, check_may_manage
from interviews.identity.service import accounts
from interviews.people.models import PersonId
from interviews.people.rules import LONGEST_EMAIL, LONGEST_NAME, normal_email, normal_name
from interviews.people.service import Details
from interviews.refusals import Malformed, NotAllowed
from interviews.texts import N_
from web.handlers.choices import Number
from web.handlers.identity.common import refused_fields, require
from web.keys import CLOCK, LINKS
from web.pages import explain, form, render, see_other, typed
from web.unit import unit
from web.viewer import viewer

HERE = "/admin/people"
PAGE = 50  # lines


class NewPerson(BaseModel):
    """Whom to let in; they choose their password themselves."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    email: Annotated[str, Field(max_length=LONGEST_EMAIL)]
    role: Role
    firm_id: Number | None = None


async def show(request: web.Request) -> web.Response:
    """The accounts, by words, role and page."""
    by = _by(request)
    words = request.query.get("words", "").strip()[:LONGEST_NAME]
    role = Role.RECRUITER if by[1] is Role.ORGANISER else _role(request.query.get("role", ""))
    page = max(1, _number(request.query.get("page", "1")))
    listed, total = await accounts.list_accounts(
        await unit(request), words=words, role=role, page=page, size=PAGE
    )
    return render(
        request,
        "identity/people.html",
        listed=listed,
        total=total,
        words=words,
        role=role,
        roles=manageable(by[1]),
        page=page,
        pages=-(-total // PAGE),
    )


async def show_new(request: web.Request) -> web.Response:
    """The form for a new account."""
    return await _new_page(request, {}, {})


async def create(request: web.Request) -> web.Response:
    """Open an account; its owner gets a link by mail."""
    _, role = _by(request)
    try:
        command = await form(request, NewPerson)
        fields = refused_fields(
            request,
            name=lambda: normal_name(command.name),
            email=lambda: normal_email(command.email),
            role=lambda: check_may_manage(command.role, by=role),
            firm_id=lambda: check_firm(command.role, command.firm_id),
        )
        require(fields)
        await _create(request, command)
    except Malformed as refusal:
        return await _new_page(request, await typed(request), refusal.fields, refusal.status)
    except AccountExists as refusal:
        problem = explain(request, refusal)
        errors = {"email": f"{problem.message} {problem.next_step}"}
        return await _new_page(request, await typed(request), errors, refusal.status)
    return see_other(request, HERE, N_("The account is open; a letter with a link is on its way."))


async def _create(request: web.Request, command: NewPerson) -> None:
    session = await unit(request)
    new = accounts.NewAccount(Details(command.email, command.name), command.role)
    if command.firm_id is not None:
        await firm_by_id(session, FirmId(command.firm_id))
    person_id = await accounts.create_account(
        session, new, now=request.app[CLOCK].now(), links=request.app[LINKS]
    )
    if command.firm_id is not None:
        await join_firm(session, FirmId(command.firm_id), person_id)


async def disable(request: web.Request) -> web.Response:
    """Switch an account off and sign it out everywhere."""
    by, _ = _by(request)
    person_id = await _managed(request)
    now = request.app[CLOCK].now()
    await accounts.disable(await unit(request), person_id, by=by, now=now)
    return see_other(request, HERE, N_("The account is switched off and signed out everywhere."))


async def enable(request: web.Request) -> web.Response:
    """Switch an account on again."""
    person_id = await _managed(request)
    await accounts.enable(await unit(request), person_id)
    return see_other(request, HERE, N_("The account is switched on again."))


async def throw_out(request: web.Request) -> web.Response:
    """Sign somebody out everywhere."""
    person_id = await _managed(request)
    await accounts.throw_out(await unit(request), person_id)
    return see_other(request, HERE, N_("Signed out everywhere."))


async def _managed(request: web.Request) -> PersonId:
    """The person in the path, if the viewer may manage their account."""
    _, role = _by(request)
    person_id = PersonId(int(request.match_info["person_id"]))
    account = await accounts.account_of(await unit(request), person_id)
    check_may_manage(Role(account.role), by=role)
    return person_id


def manageable(by: Role) -> list[Role]:
    """The roles whose accounts this role cares for."""
    return list(Role) if by is Role.ADMINISTRATOR else [Role.RECRUITER]


def _by(request: web.Request) -> tuple[PersonId, Role]:
    watcher = viewer(request)
    if watcher.person_id is None or watcher.role is None:
        raise NotAllowed
    return watcher.person_id, watcher.role


def _role(text: str) -> Role | None:
    return Role(text) if text in set(Role) else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 1


async def _new_page(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    _, role = _by(request)
    return render(
        request,
        "identity/new_person.html",
        status=status,
        values=values,
        errors=errors,
        roles=manageable(role),
        firms=await firms(await unit(request)),
    )
