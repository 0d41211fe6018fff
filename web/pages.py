"""How handlers answer: a page, a redirect, a notice on the next page; how they read a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

from aiohttp import web
from pydantic import BaseModel, ValidationError

from interviews.refusals import Malformed, Refusal
from interviews.texts import N_
from web import cookies
from web.keys import CLOCK, TEMPLATES, TRANSLATOR
from web.middleware.csrf import csrf_field
from web.notices import leave_notice, take_notice
from web.times import moment
from web.translations import reader
from web.viewer import viewer

Form = TypeVar("Form", bound=BaseModel)
FIELD_MESSAGES = {
    "missing": N_("This field is needed."),
    "too_short": N_("Choose at least %(min_length)s."),
    "too_long": N_("Choose at most %(max_length)s."),
    "string_too_short": N_("This is too short: at least %(min_length)s characters."),
    "string_too_long": N_("This is too long: at most %(max_length)s characters."),
    "int_parsing": N_("This should be a whole number."),
    "greater_than_equal": N_("This should be at least %(ge)s."),
    "less_than_equal": N_("This should be at most %(le)s."),
    "greater_than": N_("This should be more than %(gt)s."),
    "less_than": N_("This should be less than %(lt)s."),
    "date_from_datetime_parsing": N_("This should be a date such as 2026-11-25."),
    "time_parsing": N_("This should be a time such as 09:30."),
    "datetime_from_date_parsing": N_("This should be a date and a time."),
    "enum": N_("Choose one of the options."),
    "literal_error": N_("Choose one of the options."),
    "value_error": "%(error)s",
}
UNCLEAR = N_("This value does not fit here.")


def say(request: web.Request, message: str, **parameters: object) -> str:
    """A msgid in the reader's language."""
    translator = request.app[TRANSLATOR]
    return translator.translate(viewer(request).locale, message, **parameters)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal in the reader's language, for a page."""

    status: int
    code: str
    message: str
    next_step: str


def explain(request: web.Request, refusal: Refusal) -> Problem:
    """What a page says about a refusal."""
    watcher = viewer(request)
    parameters = {
        name: moment(value, watcher.locale, watcher.zone) if isinstance(value, datetime) else value
        for name, value in refusal.parameters.items()
    }
    texts = (say(request, text, **parameters) for text in (refusal.message, refusal.next_step))
    return Problem(refusal.status, refusal.code, *texts)


def render(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """A page from a template; values are escaped unless the template says otherwise."""
    watcher = viewer(request)
    notice = take_notice(request)
    page = request.app[TEMPLATES].get_template(template)
    with reader(watcher.locale):
        text = page.render(
            viewer=watcher,
            locale=watcher.locale,
            path=request.path,
            here=request.path_qs,
            now=request.app[CLOCK].now(),
            notice=notice,
            csrf_field=cache(partial(csrf_field, request)),  # one proof for all forms of a page
            **values,
        )
    answer = web.Response(text=text, content_type="text/html", status=status)
    if notice is not None:
        cookies.drop(request, answer, cookies.NOTICE)
    return answer


def see_other(request: web.Request, path: str, notice: str = "", **parameters: object) -> NoReturn:
    """Send the browser on, with an optional notice for the page it comes to."""
    answer = web.HTTPSeeOther(path, text="")  # nobody reads the body of a redirect
    if notice:
        leave_notice(request, answer, say(request, notice, **parameters))
    raise answer


def field_message(request: web.Request, problem: Mapping[str, Any]) -> str:
    """One pydantic problem in the reader's language."""
    context = dict(problem.get("ctx", {}))
    if isinstance(error := context.get("error"), Refusal):
        return say(request, error.message, **error.parameters)
    if isinstance(error, ValueError):
        return say(request, str(error))
    return say(request, FIELD_MESSAGES.get(problem["type"], UNCLEAR), **context)


async def form(request: web.Request, model: type[Form]) -> Form:
    """The posted form as a typed command.

    Names that the model declares as tuple or list take every value of that name.

    Raises:
        Malformed: with a translated message for each field.
    """
    posted = await request.post()
    values: dict[str, object] = {}
    for name, field in model.model_fields.items():
        if _takes_several(field.annotation):
            values[name] = [value for value in posted.getall(name, []) if value != ""]
        elif name in posted and posted[name] != "":
            values[name] = posted[name]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fields = {
            str(problem["loc"][0]) if problem["loc"] else "": field_message(
                request, {"type": problem["type"], "ctx": problem.get("ctx", {})}
            )
            for problem in error.errors()
        }
        raise Malformed(fields) from error


def _takes_several(annotation: object) -> bool:
    """Whether a field's type is a collection, or may be one."""
    origin = get_origin(annotation)
    if origin in {Union, UnionType, Annotated}:
        return any(_takes_several(part) for part in get_args(annotation))
    kind = origin or annotation
    return isinstance(kind, type) and issubclass(kind, (tuple, list, set, frozenset))


async def typed(request: web.Request) -> dict[str, str]:
    """What was typed, to show a form again without losing a word (passwords excepted)."""
    posted = await request.post()
    return {
        name: value
        for name, value in posted.items()
        if isinstance(value, str) and "password" not in name
    }
