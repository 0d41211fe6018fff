"""What an invite says, to whom, and in which envelope it travels."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """What the message asks the calendar to do (RFC 5546 §1.4)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Role(StrEnum):
    """How much somebody is needed (RFC 5545 §3.2.16)."""

    REQUIRED = "REQ-PARTICIPANT"
    OPTIONAL = "OPT-PARTICIPANT"
    OBSERVER = "NON-PARTICIPANT"


@dataclass(frozen=True, slots=True)
class Participant:
    """One ATTENDEE line; `partstat` is what this person has answered so far."""

    name: str
    mailbox: str
    partstat: str = "NEEDS-ACTION"
    role: Role = Role.REQUIRED


@dataclass(frozen=True, slots=True)
class Organizer:
    """Whose event it is; answers are asked for only where somebody reads them."""

    name: str
    mailbox: str
    reads_answers: bool


@dataclass(frozen=True, slots=True)
class Invite:
    """The facts of one booking that every recipient shares; all moments are aware."""

    uid: str  # random UUID, constant for the booking's life (RFC 7986 §5.3)
    sequence: int  # RFC 5546 §2.1.4
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    changed_at: datetime
    organizer: Organizer
    participants: tuple[Participant, ...]


@dataclass(frozen=True, slots=True)
class Recipient:
    """The one person whom this message is for, with the link that is theirs alone."""

    name: str
    mailbox: str
    join_url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words in the recipient's language."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of the calendar entry in the recipient's language."""

    summary: str
    description: str
    join_label: str
    product: str  # names the product in PRODID


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends, and by which identifiers this mail and its thread are known (RFC 5322 §3.6.4)."""

    sender_name: str
    sender_mailbox: str
    message_id: str  # with its angle brackets
    first_message_id: str | None = None  # of the thread; None or the same for the first mail
