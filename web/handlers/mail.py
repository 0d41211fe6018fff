"""Mail that failed, for administrators; mail that was kept, for whoever sits at this machine."""

from ipaddress import ip_address

from aiohttp import web

from interviews.outbox import OutboxId
from interviews.refusals import NotFound
from interviews.texts import N_
from scheduler.delivery.kept import KeptMail, KeptMessage, NoSuchMailError
from scheduler.failed import failed_mail, resend
from web.carriers import kept_mail
from web.keys import CLOCK, SETTINGS
from web.middleware.headers import policy
from web.pages import render, say, see_other
from web.unit import unit

PAGE = 50  # kept mails on one page
AS_MAILED = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
WHAT = {  # the letter's name, or the method of an invite
    "REQUEST": N_("Invite"),
    "CANCEL": N_("Cancelled interview"),
    "sign-in": N_("Link to sign in"),
    "verify-email": N_("Link to confirm an address"),
    "reset-password": N_("Link for a new password"),
    "already-registered": N_("Sign-up with a known address"),
    "job-approved": N_("Job approved"),
    "job-returned": N_("Job sent back"),
}
PROXIES = ("Forwarded", "X-Forwarded-For")  # whoever sits behind a proxy is not this machine
OUTSIDE = '<base target="_blank">'  # links open beside the page, not inside the frame


async def failed(request: web.Request) -> web.Response:
    """GET /admin/mail: what was given up, and why."""
    mails = await failed_mail(await unit(request))
    kept = not request.app[SETTINGS].mail.host
    lines = [(mail, say(request, WHAT[mail.what])) for mail in mails]
    return render(request, "mail/failed.html", mails=lines, kept=kept)


async def send_again(request: web.Request) -> web.Response:
    """POST /admin/mail/{id}/resend: all attempts anew."""
    mail = OutboxId(int(request.match_info["id"]))
    await resend(await unit(request), mail, request.app[CLOCK].now())
    see_other(request, "/admin/mail", N_("The mail is on its way again."))


async def kept(request: web.Request) -> web.Response:
    """GET /dev/mail: the newest first."""
    before = request.query.get("before", "")
    mails = await _box(request).newest(PAGE + 1, before=before)
    more = mails[PAGE - 1].name if len(mails) > PAGE else ""
    return render(request, "mail/kept.html", mails=mails[:PAGE], more=more)


async def kept_one(request: web.Request) -> web.Response:
    """GET /dev/mail/{name}: rendered, as text, its headers and its calendar part."""
    message = await _message(request)
    answer = render(request, "mail/kept_one.html", mail=message)
    answer.headers["Content-Security-Policy"] = f"{policy(request)}; frame-src 'self'"
    return answer


async def kept_html(request: web.Request) -> web.Response:
    """GET /dev/mail/{name}/html: as a mail client would show it, boxed in."""
    message = await _message(request)
    answer = web.Response(text=OUTSIDE + message.html, content_type="text/html")
    answer.headers["Content-Security-Policy"] = AS_MAILED
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


async def kept_calendar(request: web.Request) -> web.Response:
    """GET /dev/mail/{name}/invite.ics: the calendar part."""
    message = await _message(request)
    if not message.calendar:
        raise NotFound
    return web.Response(text=message.calendar, content_type="text/calendar", charset="utf-8")


async def _message(request: web.Request) -> KeptMessage:
    try:
        return await _box(request).message(request.match_info["name"])
    except NoSuchMailError as error:
        raise NotFound from error


def _box(request: web.Request) -> KeptMail:
    """The kept mail, for this machine only: it holds other people's links."""
    settings = request.app[SETTINGS]
    here = request.remote is not None and ip_address(request.remote).is_loopback
    handed_on = any(name in request.headers for name in PROXIES)
    if not (settings.is_local and here) or handed_on or settings.mail.host:
        raise NotFound
    return kept_mail(settings)
