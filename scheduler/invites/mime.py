"""A letter, with or without its calendar, as the MIME message that travels (RFC 6047 §2)."""

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from icalendar import Calendar

from scheduler.invites.calendar import calendar_of
from scheduler.invites.cleaning import header
from scheduler.invites.values import Entry, Envelope, Invite, Letter, Method, Recipient

POLICY = SMTP.clone(cte_type="7bit")  # CRLF; base64 or quoted-printable, never 8-bit


class MethodMismatchError(AssertionError):
    """The MIME parameter `method` is not the METHOD of the calendar (RFC 6047 §2.4): a bug."""


def render_invite(
    invite: Invite,
    recipient: Recipient,
    method: Method,
    *,
    letter: Letter,
    entry: Entry,
    envelope: Envelope,
    now: datetime,
) -> EmailMessage:
    """The iMIP message for one recipient; its bytes depend on nothing but the arguments.

    multipart/mixed{alternative{plain, html, calendar; method}, application/ics}, in that order.

    Raises:
        InvalidInviteError: the facts cannot be an invite.
    """
    calendar = calendar_of(invite, recipient, method, entry=entry, now=now)
    message = render_letter(recipient, letter=letter, envelope=envelope, now=now)
    message.add_alternative(
        calendar,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": method.value, "charset": "UTF-8"},
    )
    message.add_attachment(
        calendar,
        maintype="application",
        subtype="ics",
        filename="invite.ics",
        cte="base64",
        params={"name": "invite.ics"},
    )
    _tidy(message, envelope.message_id)
    check_methods(message)
    return message


def render_letter(
    recipient: Recipient, *, letter: Letter, envelope: Envelope, now: datetime
) -> EmailMessage:
    """A mail with its words as plain text and as HTML: multipart/alternative."""
    message = EmailMessage(policy=POLICY)
    message["From"] = _address(envelope.sender_name, envelope.sender_mailbox)
    message["To"] = _address(recipient.name, recipient.mailbox)
    message["Subject"] = header(letter.subject)
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = envelope.message_id
    if envelope.first_message_id not in {None, envelope.message_id}:
        message["References"] = envelope.first_message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    _tidy(message, envelope.message_id)
    return message


def message_id(dedupe_key: str, domain: str) -> str:
    """The Message-ID of the mail with this key: the same each time it is sent."""
    return f"<{_digest(dedupe_key)[:40]}@{domain}>"


def check_methods(message: EmailMessage) -> None:
    """Let no mail pass whose MIME method differs from its calendar's METHOD.

    Raises:
        MethodMismatchError: they differ.
    """
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            said = part.get_param("method")
            octets = part.get_payload(decode=True)
            meant = Calendar.from_ical(octets).get("method") if isinstance(octets, bytes) else None
            if str(said) != str(meant):
                raise MethodMismatchError(f"MIME says {said}, the calendar says {meant}")


def _address(name: str, mailbox: str) -> Address:
    local, _, domain = mailbox.rpartition("@")
    return Address(display_name=header(name), username=local, domain=domain)


def _tidy(message: EmailMessage, seed: str) -> None:
    """Name the boundaries, so that the same mail has the same bytes; one MIME-Version is enough."""
    for number, part in enumerate(message.walk()):
        if part is not message:
            del part["MIME-Version"]
        if part.is_multipart():
            part.set_boundary(f"=_{_digest(f'{seed}/{number}')[:32]}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
