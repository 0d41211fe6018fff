"""Builds mails: an interview or a letter's payload in, a MIME message out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any

from interviews.bookings.models import BookingState
from interviews.ports import Links, Translator
from scheduler.delivery.letters.account import write
from scheduler.delivery.letters.content import Content
from scheduler.delivery.letters.drawing import draw
from scheduler.delivery.letters.interview import (
    Reader,
    calendar_entry,
    cancel_letter,
    request_letter,
)
from scheduler.interview import Interview, Party, Times
from scheduler.invites.calendar import calendar_file
from scheduler.invites.mime import message_id, render_invite, render_letter
from scheduler.invites.values import (
    Envelope,
    Invite,
    Method,
    Organizer,
    Participant,
    Recipient,
)


@dataclass(frozen=True, slots=True)
class MailIdentity:
    """Who the service is in mail; `organizer` may hold {token}, empty means the From address."""

    sender_mailbox: str
    sender_name: str
    organizer: str = ""

    @property
    def domain(self) -> str:
        return self.sender_mailbox.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mail:
    """What identifies one mail and its thread: keys of outbox rows."""

    key: str
    first_key: str | None = None


@dataclass(frozen=True, slots=True)
class Builder:
    """Knows the language, the links and the sender; asks neither database nor clock."""

    links: Links
    translator: Translator
    identity: MailIdentity

    def request(
        self, interview: Interview, party: Party, mail: Mail, *, before: Times | None, now: datetime
    ) -> EmailMessage:
        """The invite, or its update if the person was told of `before` already."""
        content = request_letter(interview, self._reader(party), before=before)
        return self._invite(interview, party, Method.REQUEST, content, mail, now=now)

    def cancel(
        self, interview: Interview, party: Party, mail: Mail, *, now: datetime
    ) -> EmailMessage:
        """The end of an interview for this person."""
        content = cancel_letter(interview, self._reader(party))
        return self._invite(interview, party, Method.CANCEL, content, mail, now=now)

    def letter(
        self, payload: Mapping[str, Any], party: Party, mail: Mail, *, now: datetime
    ) -> EmailMessage:
        """The letter that an outbox payload names.

        Raises:
            UnknownLetterError: nobody wrote such a letter.
            KeyError: a parameter is missing.
        """
        say = partial(self.translator.translate, party.locale)
        content = write(payload["letter"], payload, say=say, locale=party.locale)
        return render_letter(
            self._recipient(party, ""),
            letter=draw(content, locale=party.locale, product=self._product(party)),
            envelope=self._envelope(mail),
            now=now,
        )

    def file(self, interview: Interview, party: Party, *, now: datetime) -> bytes:
        """The .ics that a page offers: the same UID, no METHOD, cancelled if the booking is."""
        reader = self._reader(party)
        return calendar_file(
            self._facts(interview, party),
            self._recipient(party, self._room(interview, party)),
            cancelled=interview.state is BookingState.CANCELLED,
            entry=calendar_entry(interview, reader, product=self._product(party)),
            now=now,
        )

    def _invite(
        self,
        interview: Interview,
        party: Party,
        method: Method,
        content: Content,
        mail: Mail,
        *,
        now: datetime,
    ) -> EmailMessage:
        product = self._product(party)
        return render_invite(
            self._facts(interview, party),
            self._recipient(party, self._room(interview, party)),
            method,
            letter=draw(content, locale=party.locale, product=product),
            entry=calendar_entry(interview, self._reader(party), product=product),
            envelope=self._envelope(mail),
            now=now,
        )

    def _facts(self, interview: Interview, party: Party) -> Invite:
        people = interview.people if interview.party(party.person_id) else (party,)
        return Invite(
            uid=interview.uid,
            sequence=interview.sequence,
            starts_at=interview.times.starts_at,
            ends_at=interview.times.ends_at,
            created_at=interview.created_at,
            changed_at=interview.changed_at,
            organizer=self._organizer(interview, party),
            participants=tuple(
                Participant(each.name.in_locale(party.locale), each.mailbox, each.partstat)
                for each in people
            ),
        )

    def _organizer(self, interview: Interview, party: Party) -> Organizer:
        name = interview.firm.in_locale(party.locale)
        if not self.identity.organizer:
            return Organizer(name, self.identity.sender_mailbox, reads_answers=False)
        mailbox = self.identity.organizer.replace("{token}", interview.token)
        return Organizer(name, mailbox, reads_answers=True)

    def _recipient(self, party: Party, join_url: str) -> Recipient:
        return Recipient(party.name.in_locale(party.locale), party.mailbox, join_url)

    def _room(self, interview: Interview, party: Party) -> str:
        return self.links.for_booking("room", interview.booking_id, party.person_id)

    def _reader(self, party: Party) -> Reader:
        return Reader(party, partial(self.translator.translate, party.locale), self.links)

    def _envelope(self, mail: Mail) -> Envelope:
        domain = self.identity.domain
        envelope = Envelope(
            sender_name=self.identity.sender_name,
            sender_mailbox=self.identity.sender_mailbox,
            message_id=message_id(mail.key, domain),
        )
        if mail.first_key is None:
            return envelope
        return replace(envelope, first_message_id=message_id(mail.first_key, domain))

    def _product(self, party: Party) -> str:
        return self.translator.translate(party.locale, "Daigang")
