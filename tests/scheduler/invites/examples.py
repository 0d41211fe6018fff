"""The invites that the golden files pin, and how those files are written again.

Run `python -m tests.scheduler.invites.examples` from the top folder after a wanted change.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from scheduler.invites.mime import message_id, render_invite
from scheduler.invites.values import (
    Entry,
    Envelope,
    Invite,
    Letter,
    Method,
    Organizer,
    Participant,
    Recipient,
)

GOLDEN = Path(__file__).parent / "golden"
UID = "5c6f3a1e-8f1d-4c57-9f5e-2f0f4d0c9b11"
STARTS = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
BOOKED = datetime(2026, 11, 23, 1, 0, 30, 123456, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 1, 0, 31, 654321, tzinfo=UTC)

GRADUATE = Participant(name="艾力·买买提", mailbox="aili@example.com")
INTERVIEWER = Participant(name="Ada Example", mailbox="ada@acme.example", partstat="ACCEPTED")
OWN_MAILBOX = Organizer(name="云梭智能", mailbox="i+q7Zt@inv.example", reads_answers=True)
FROM_ADDRESS = Organizer(name="云梭智能", mailbox="no-reply@inv.example", reads_answers=False)

INVITE = Invite(
    uid=UID,
    sequence=0,
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=20),
    created_at=BOOKED,
    changed_at=BOOKED,
    organizer=OWN_MAILBOX,
    participants=(GRADUATE, INTERVIEWER),
)
MOVED = replace(
    INVITE,
    sequence=1,
    starts_at=STARTS + timedelta(hours=5),
    ends_at=STARTS + timedelta(hours=5, minutes=20),
    changed_at=BOOKED + timedelta(hours=1),
)
CANCELLED = replace(MOVED, sequence=2, changed_at=BOOKED + timedelta(hours=2))

TO_GRADUATE = Recipient(
    name=GRADUATE.name, mailbox=GRADUATE.mailbox, join_url="https://daigang.example/r/abc?k=1,2;3"
)
TO_INTERVIEWER = Recipient(
    name=INTERVIEWER.name, mailbox=INTERVIEWER.mailbox, join_url="https://daigang.example/r/def"
)
ENTRY_ZH = Entry(
    summary="面试：机械结构工程师 · 云梭智能",
    description="进入房间：https://daigang.example/r/abc\n改期：https://daigang.example/m/abc",
    join_label="进入面试房间",
    product="Daigang",
)
ENTRY_EN = Entry(
    summary="Interview: Mechanical Design Engineer, Yunsuo; 艾力·买买提",
    description="Join: https://daigang.example/r/def\nCancel: https://daigang.example/c/def",
    join_label="Join the interview",
    product="Daigang",
)
LETTER_ZH = Letter(
    subject="面试已约好：机械结构工程师 · 云梭智能，11月26日周四 10:00（北京时间）",
    text="您的面试已约好。\n进入房间：https://daigang.example/r/abc\n",
    html="<p>您的面试已约好。</p>\n",
)
LETTER_EN = Letter(
    subject="Interview booked: Mechanical Design Engineer",
    text="An interview was booked.\nJoin: https://daigang.example/r/def\n",
    html="<p>An interview was booked.</p>\n",
)


def envelope(key: str) -> Envelope:
    """The envelope of the message with this dedupe key; the thread starts with sequence 0."""
    first = f"7:REQUEST:0:{key.rsplit(':', 1)[1]}"
    return Envelope(
        sender_name="带岗 Daigang",
        sender_mailbox="no-reply@inv.example",
        message_id=message_id(key, "inv.example"),
        first_message_id=message_id(first, "inv.example"),
    )


def _to_graduate(invite: Invite, method: Method) -> EmailMessage:
    return render_invite(
        invite,
        TO_GRADUATE,
        method,
        letter=LETTER_ZH,
        entry=ENTRY_ZH,
        envelope=envelope(f"7:{method}:{invite.sequence}:3"),
        now=NOW + timedelta(hours=invite.sequence),
    )


def _to_interviewer() -> EmailMessage:
    return render_invite(
        replace(INVITE, organizer=FROM_ADDRESS),
        TO_INTERVIEWER,
        Method.REQUEST,
        letter=LETTER_EN,
        entry=ENTRY_EN,
        envelope=envelope("7:REQUEST:0:4"),
        now=NOW,
    )


EXAMPLES: dict[str, Callable[[], EmailMessage]] = {
    "request-to-graduate": lambda: _to_graduate(INVITE, Method.REQUEST),
    "request-to-interviewer-without-organizer": _to_interviewer,
    "update-to-graduate": lambda: _to_graduate(MOVED, Method.REQUEST),
    "cancel-to-graduate": lambda: _to_graduate(CANCELLED, Method.CANCEL),
}


def calendar_octets(message: EmailMessage) -> bytes:
    """The text/calendar part, decoded from its transfer encoding only."""
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            octets = part.get_payload(decode=True)
            assert isinstance(octets, bytes)
            return octets
    raise AssertionError("no text/calendar part")


def main() -> None:
    """Write every golden file: the message as it travels and its calendar in the clear."""
    GOLDEN.mkdir(exist_ok=True)
    for name, build in EXAMPLES.items():
        message = build()
        (GOLDEN / f"{name}.eml").write_bytes(message.as_bytes())
        (GOLDEN / f"{name}.ics").write_bytes(calendar_octets(message))


if __name__ == "__main__":
    main()
