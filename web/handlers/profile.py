"""/me/profile: what a graduate studied, how full it is, and what a firm will see."""

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.campaigns.service import campaign_today
from interviews.graduates.models import Graduate
from interviews.graduates.rules import FIELD_NAMES, meter
from interviews.graduates.service import ProfileAnswers, keep_profile, profile, schools
from interviews.people.models import PersonId
from interviews.refusals import Malformed, NotAllowed
from interviews.texts import N_
from web.handlers.choices import levels, majors
from web.handlers.language import safe_next
from web.handlers.shown import category_name, english, level_name
from web.keys import CLOCK
from web.pages import form, render, say, see_other, typed
from web.unit import unit
from web.viewer import viewer

ANSWERS = ("school", "level", "major_name", "major_category", "graduation_month")


class ProfileForm(BaseModel):
    """The answers as typed; every one may be left out."""

    school: str = Field(default="", max_length=100)
    level: str = Field(default="", max_length=20)
    major_name: str = Field(default="", max_length=100)
    major_category: str = Field(default="", max_length=2)
    graduation_month: str = Field(default="", max_length=7)


async def show(request: web.Request) -> web.Response:
    """GET /me/profile: what the graduate studied, to be filled in or changed."""
    graduate = await profile(await unit(request), _own(request))
    return await _page(request, graduate, _kept(graduate), {})


async def keep(request: web.Request) -> web.Response:
    """POST /me/profile: keep the answers, then go on to where the graduate came from."""
    session, person_id = await unit(request), _own(request)
    try:
        answers = ProfileAnswers(**(await form(request, ProfileForm)).model_dump())
        today = await campaign_today(session, request.app[CLOCK].now())
        await keep_profile(session, person_id, answers, today=today)
    except Malformed as refusal:
        errors = {name: say(request, text) for name, text in refusal.fields.items()}
        graduate = await profile(session, person_id)
        return await _page(request, graduate, await typed(request), errors, status=422)
    target = safe_next(request.query.get("next", "/me/profile"))
    return see_other(request, target, N_("Your profile is saved."))


def _own(request: web.Request) -> PersonId:
    person_id = viewer(request).person_id
    if person_id is None:
        raise NotAllowed
    return person_id


def _kept(graduate: Graduate) -> dict[str, str]:
    return {name: getattr(graduate, name) for name in ANSWERS}


async def _page(
    request: web.Request,
    graduate: Graduate,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> web.Response:
    found = meter(graduate)
    known = await schools(await unit(request))
    return render(
        request,
        "graduates/profile.html",
        status=status,
        values={name: values.get(name, "") for name in ANSWERS},
        errors=errors,
        percent=found.percent,
        next_field=found.next,
        next_name=say(request, FIELD_NAMES[found.next]) if found.next else "",
        levels=[("", "—"), *levels(request)],
        majors=majors(request),
        schools=[school.name_zh for school in known],
        seen={
            "school": graduate.school,
            "level": level_name(request, graduate.level),
            "major": graduate.major_name,
            "category": category_name(request, graduate.major_category),
            "month": graduate.graduation_month,
        },
        english=english(request),
    )
