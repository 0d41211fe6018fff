"""An invite as an iCalendar object (RFC 5545): UTC times, one event, one alarm at most."""

from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vUri

from scheduler.invites.cleaning import many_lines, one_line, parameter
from scheduler.invites.values import Entry, Invite, Method, Organizer, Participant, Recipient

REMIND = timedelta(minutes=-15)  # calendars may ignore it: our own reminders do not rely on it


class InvalidInviteError(ValueError):
    """The facts cannot be an invite: a bug of the caller."""


def calendar_of(
    invite: Invite, recipient: Recipient, method: Method, *, entry: Entry, now: datetime
) -> bytes:
    """The iTIP message (RFC 5546) of this method for this recipient, CRLF, folded at 75 octets.

    Raises:
        InvalidInviteError: a moment without a zone, an end before its start, or a recipient who is
            not a participant.
    """
    calendar = _calendar(entry)
    calendar.add("method", method.value)
    calendar.add_component(_event(invite, recipient, method, entry=entry, now=now))
    return _octets(calendar)


def calendar_file(
    invite: Invite, recipient: Recipient, *, cancelled: bool, entry: Entry, now: datetime
) -> bytes:
    """The same event for a download: without METHOD (RFC 4791 §4.1), with the same UID.

    SCHEDULE-AGENT=CLIENT keeps a CalDAV server from inviting everybody again (RFC 6638 §7.1).
    """
    method = Method.CANCEL if cancelled else Method.REQUEST
    event = _event(invite, recipient, method, entry=entry, now=now)
    event["organizer"].params["SCHEDULE-AGENT"] = "CLIENT"
    attendees = event["attendee"]
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        attendee.params["SCHEDULE-AGENT"] = "CLIENT"
    calendar = _calendar(entry)
    calendar.add_component(event)
    return _octets(calendar)


def _octets(calendar: Calendar) -> bytes:
    octets: bytes = calendar.to_ical(sorted=False)
    return octets


def _calendar(entry: Entry) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(entry.product)}//Interviews//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _event(
    invite: Invite, recipient: Recipient, method: Method, *, entry: Entry, now: datetime
) -> Event:
    _check(invite, recipient)
    event = Event()
    event.add("uid", invite.uid)
    event.add("sequence", invite.sequence)
    event.add("dtstamp", _utc(now))
    event.add("dtstart", _utc(invite.starts_at))
    event.add("dtend", _utc(invite.ends_at))
    event.add("created", _utc(invite.created_at))
    event.add("last-modified", _utc(invite.changed_at))
    event.add("summary", one_line(entry.summary))
    event.add("organizer", _organizer(invite.organizer))
    cancelled = method is Method.CANCEL
    for participant in invite.participants:
        if not cancelled or participant.mailbox == recipient.mailbox:
            event.add("attendee", _attendee(participant, asks=_asks(invite, method)))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if cancelled:
        event.add("transp", "TRANSPARENT")
        event.add("x-microsoft-cdo-busystatus", "FREE")
    else:
        _meeting(event, recipient, entry)
    event.add("x-microsoft-disallow-counter", "TRUE")  # MS-OXCICAL 2.1.3.1.1.20.38
    return event


def _meeting(event: Event, recipient: Recipient, entry: Entry) -> None:
    """Where and how to take part; the link stands in three places, as readers differ."""
    event.add("description", many_lines(entry.description))
    event.add("location", one_line(recipient.join_url))
    event.add("url", recipient.join_url)
    event.add("conference", _conference(recipient.join_url, entry.join_label))
    event.add("transp", "OPAQUE")
    event.add("x-microsoft-cdo-busystatus", "BUSY")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one_line(entry.summary))
    alarm.add("trigger", REMIND)
    event.add_component(alarm)


def _conference(url: str, label: str) -> vUri:
    conference = vUri(url)
    conference.params["VALUE"] = "URI"
    conference.params["FEATURE"] = ["AUDIO", "VIDEO"]  # RFC 7986 §5.11
    conference.params["LABEL"] = parameter(label)
    return conference


def _organizer(organizer: Organizer) -> vCalAddress:
    address = vCalAddress(f"mailto:{organizer.mailbox}")
    address.params["CN"] = parameter(organizer.name)
    return address


def _attendee(participant: Participant, *, asks: bool) -> vCalAddress:
    address = vCalAddress(f"mailto:{participant.mailbox}")
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = participant.role.value
    address.params["PARTSTAT"] = participant.partstat
    address.params["RSVP"] = "TRUE" if asks else "FALSE"
    address.params["CN"] = parameter(participant.name)
    return address


def _asks(invite: Invite, method: Method) -> bool:
    return method is Method.REQUEST and invite.organizer.reads_answers


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InvalidInviteError(f"a moment needs a zone: {moment!r}")
    return moment.astimezone(UTC).replace(microsecond=0)


def _check(invite: Invite, recipient: Recipient) -> None:
    if invite.ends_at <= invite.starts_at:
        raise InvalidInviteError("an interview ends after it starts")
    if all(each.mailbox != recipient.mailbox for each in invite.participants):
        raise InvalidInviteError("the recipient is not a participant")
