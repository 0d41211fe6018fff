"""/org/firms: organisers register firms, verify them and change their facts."""

from datetime import date
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.campaigns.service import campaign_today, campaign_zone
from interviews.employers import uscc
from interviews.employers.models import Firm, FirmId
from interviews.employers.refusals import FirmAlreadyKnown
from interviews.employers.service import (
    FirmFacts,
    change_firm,
    firm_by_id,
    firms,
    recruiters_of,
    register_firm,
)
from interviews.refusals import Malformed
from interviews.texts import N_
from web.handlers.choices import industries, tiers
from web.handlers.reviews import code_doubts
from web.handlers.shown import shown_firm
from web.keys import CLOCK
from web.pages import Problem, explain, form, render, say, see_other, typed
from web.unit import unit

PLAIN = ("uscc", "legal_name_zh", "display_name_zh", "display_name_en", "city_name",
         "industry_section", "tier", "intro_zh", "intro_en", "website")  # fmt: skip


class FirmForm(BaseModel):
    """A firm as typed."""

    uscc: str = Field(max_length=60)
    legal_name_zh: str = Field(max_length=120)
    display_name_zh: str = Field(max_length=60)
    display_name_en: str = Field(default="", max_length=120)
    city_name: str = Field(default="", max_length=60)
    industry_section: str = Field(default="", pattern="^[A-T]?$")
    tier: Literal["none", "innovative", "specialised", "little_giant"] = "none"
    tier_valid_until: date | None = None
    intro_zh: str = Field(default="", max_length=1000)
    intro_en: str = Field(default="", max_length=2000)
    website: str = Field(default="", max_length=200)
    checked_on: date | None = None


async def index(request: web.Request) -> web.Response:
    """GET /org/firms: every firm with its labels."""
    session, now = await unit(request), request.app[CLOCK].now()
    today = await campaign_today(session, now)
    shown = [shown_firm(request, firm, today) for firm in await firms(session)]
    return render(request, "org/firms.html", firms=shown)


async def show_new(request: web.Request) -> web.Response:
    """GET /org/firms/new: an empty form."""
    return await _page(request, None, {})


async def create(request: web.Request) -> web.Response:
    """POST /org/firms: register a firm under its code."""
    now = request.app[CLOCK].now()
    try:
        firm = await register_firm(await unit(request), await _facts(request), now=now)
    except Malformed as refusal:
        return await _again(request, None, refusal)
    except FirmAlreadyKnown as refusal:
        problem = explain(request, refusal)
        return await _page(request, None, await typed(request), problem=problem, status=409)
    return see_other(request, f"/org/firms/{firm.id}", N_("The firm is registered."))


async def show(request: web.Request) -> web.Response:
    """GET /org/firms/{id}: the firm's facts, its code and its people."""
    session = await unit(request)
    firm = await firm_by_id(session, _firm_of(request))
    values = {name: getattr(firm, name) for name in PLAIN}
    values["tier_valid_until"] = str(firm.tier_valid_until or "")
    if firm.verified_at is not None:
        checked_on = firm.verified_at.astimezone(await campaign_zone(session)).date()
        values["checked_on"] = checked_on.isoformat()
    return await _page(request, firm, values)


async def change(request: web.Request) -> web.Response:
    """POST /org/firms/{id}: other facts, a new check."""
    session, now = await unit(request), request.app[CLOCK].now()
    firm = await firm_by_id(session, _firm_of(request))
    try:
        await change_firm(session, _firm_of(request), await _facts(request), now=now)
    except Malformed as refusal:
        return await _again(request, firm, refusal)
    return see_other(request, f"/org/firms/{firm.id}", N_("The firm is saved."))


def _firm_of(request: web.Request) -> FirmId:
    return FirmId(int(request.match_info["firm_id"]))


async def _facts(request: web.Request) -> FirmFacts:
    return FirmFacts(**(await form(request, FirmForm)).model_dump())


async def _again(request: web.Request, firm: Firm | None, refusal: Malformed) -> web.Response:
    errors = {
        name: say(request, text, **refusal.parameters) for name, text in refusal.fields.items()
    }
    return await _page(request, firm, await typed(request), errors=errors, status=422)


async def _page(
    request: web.Request,
    firm: Firm | None,
    values: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> web.Response:
    session, now = await unit(request), request.app[CLOCK].now()
    today = await campaign_today(session, now)
    code = uscc.parse(firm.uscc) if firm else None
    return render(
        request,
        "org/firm_form.html",
        status=status,
        firm=shown_firm(request, firm, today) if firm else None,
        code=code,
        doubts=code_doubts(request, firm) if firm else [],
        people=await recruiters_of(session, FirmId(firm.id or 0)) if firm else (),
        values=dict.fromkeys(FirmForm.model_fields, "") | values,
        errors=errors or {},
        problem=problem,
        tiers=tiers(request),
        industries=[("", "—"), *industries(request)],
        today=today,
    )
