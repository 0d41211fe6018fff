"""Into the graduate's calendar without mail: the .ics file, and links to calendars on the web."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from interviews.bookings.models import BookingId
from interviews.bookings.refusals import NotYours
from interviews.people.models import PersonId
from interviews.texts import N_
from scheduler.building import Builder, MailIdentity
from scheduler.interview import load_interview
from web.handlers.interview_words import ShownInterview
from web.keys import CLOCK, LINKS, SETTINGS, TRANSLATOR
from web.pages import say
from web.unit import unit

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
ICS = "text/calendar"


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """Three ways into a calendar; the two on the web name our page, never a signed link."""

    file: str
    google: str
    outlook: str


def calendar_links(request: web.Request, one: ShownInterview) -> CalendarLinks:
    """The ways for this interview, in the reader's language."""
    title = say(request, N_("Interview: %(title)s · %(other)s"), title=one.title, other=one.firm)
    page = request.app[LINKS].page(f"/interviews/{one.id}")
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{_basic(one.starts_at)}/{_basic(one.ends_at)}",
        "details": page,
        "location": page,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": one.starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "enddt": one.ends_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "body": page,
        "location": page,
    }
    return CalendarLinks(
        file=f"/interviews/{one.id}/calendar.ics",
        google=f"{GOOGLE}?{urlencode(google)}",
        outlook=f"{OUTLOOK}?{urlencode(outlook)}",
    )


def _basic(moment: datetime) -> str:
    """ISO 8601 basic format in UTC, as RFC 5545 writes it."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


async def calendar_answer(
    request: web.Request, booking_id: BookingId, person_id: PersonId
) -> web.Response:
    """The interview as a file: the same UID as in the mails, so that no calendar has it twice.

    Raises:
        NotYours: this person does not take part.
    """
    interview = await load_interview(await unit(request), booking_id)
    party = interview.party(person_id) if interview else None
    if interview is None or party is None:
        raise NotYours
    settings = request.app[SETTINGS].mail
    identity = MailIdentity(settings.from_address, settings.from_name, settings.organizer)
    builder = Builder(request.app[LINKS], request.app[TRANSLATOR], identity)
    body = builder.file(interview, party, now=request.app[CLOCK].now())
    name = f'attachment; filename="interview-{booking_id}.ics"'
    return web.Response(
        body=body,
        content_type=ICS,
        charset="utf-8",
        headers={"Content-Disposition": name},
    )
