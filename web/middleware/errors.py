"""Refusals and faults become pages; a fault is logged and never dressed up as a refusal."""

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from interviews.refusals import NotFound, Refusal
from interviews.texts import N_
from web.pages import explain, render

LOG = structlog.get_logger()


class Fault(Refusal):
    """Something broke on our side."""

    code = "fault"
    status = 500
    message = N_("Something broke on our side.")
    next_step = N_("It was written to the log. Please try again in a moment.")


class MethodNotAllowed(Refusal):
    """The address exists, but not for this verb."""

    code = "method-not-allowed"
    status = 405
    message = N_("This address does not take that kind of request.")
    next_step = N_("Go back and use the button on the page.")


class TooLarge(Refusal):
    """The body is larger than we read."""

    code = "too-large"
    status = 413
    message = N_("That was too much at once.")
    next_step = N_("Shorten the text or choose a smaller file.")


STATUSES: dict[int, type[Refusal]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}


def page_of(request: web.Request, refusal: Refusal) -> web.Response:
    """The error page of a refusal, with its headers."""
    problem = explain(request, refusal)
    answer = render(request, "errors/refusal.html", status=refusal.status, problem=problem)
    if (wait := refusal.parameters.get("retry_after")) is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


@web.middleware
async def errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let redirects pass, turn every other exception into a page."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return page_of(request, refusal)
    except web.HTTPException as answer:
        if answer.status not in STATUSES:
            raise
        page = page_of(request, STATUSES[answer.status]())
        if (allow := answer.headers.get(hdrs.ALLOW)) is not None:
            page.headers[hdrs.ALLOW] = allow  # RFC 9110 §15.5.6
        return page
    except Exception:
        LOG.exception("handler-failed", route=route_name(request))
        return page_of(request, Fault())


def route_name(request: web.Request) -> str:
    """The route's template, which holds no personal data, instead of the path."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
