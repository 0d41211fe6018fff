"""Whatever people call themselves, the calendar and the mail say it and obey nothing in it."""

import unicodedata
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import Parser
from email.policy import compat32, default
from email.utils import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from scheduler.invites.cleaning import header, many_lines, one_line, parameter
from scheduler.invites.mime import render_invite
from scheduler.invites.values import Method, Participant
from tests.scheduler.invites.examples import (
    ENTRY_EN,
    GRADUATE,
    INTERVIEWER,
    INVITE,
    LETTER_EN,
    NOW,
    OWN_MAILBOX,
    TO_GRADUATE,
    calendar_octets,
    envelope,
)

NASTY = [
    "Zoë\r\nATTENDEE:mailto:evil@example.com",
    "Zoë\nBcc: evil@example.com\n\nbody",
    "Zoë\rX-INJECTED:1",
    "END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR",
    'Ann "Quote";CN=x:mailto:evil@example.com',
    "back\\nslash, comma; semi: colon ^n ^' ^^ \\",
    "䶮·買買提\u2028艾力\u2029\x85end\x0b\x0c\x00",
    "👩🏽‍💻🇨🇳 " * 30,
    "=?utf-8?b?QmNjOiBl?=",
    "長" * 300,
    "<script>alert(1)</script> & more",
    "lone \ud800 surrogate",
]
ALPHABET = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from(list("\r\n\"\\;:,^=<>?'\t\x00\x85\u2028䶮·😀 \u200d\ufeff")),
)
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(ALPHABET, max_size=120))


def sent(name: str, title: str, description: str) -> EmailMessage:
    """One request whose every free text was chosen by somebody unfriendly."""
    return render_invite(
        replace(
            INVITE,
            organizer=replace(OWN_MAILBOX, name=name),
            participants=(
                replace(GRADUATE, name=name),
                Participant(name=title, mailbox=INTERVIEWER.mailbox),
            ),
        ),
        replace(TO_GRADUATE, name=name),
        Method.REQUEST,
        letter=replace(LETTER_EN, subject=title),
        entry=replace(ENTRY_EN, summary=title, description=description, join_label=title),
        envelope=replace(envelope("7:REQUEST:0:3"), sender_name=name),
        now=NOW,
    )


PLAIN = sent("Ann", "Engineer", "Join us")
PROPERTIES = sorted(
    line.split(":")[0].split(";")[0]
    for line in calendar_octets(PLAIN).decode().replace("\r\n ", "").split("\r\n")
)


@given(name=TEXTS, title=TEXTS, description=TEXTS)
@example(name=NASTY[0], title=NASTY[3], description=NASTY[3])
@example(name=NASTY[5], title=NASTY[5], description=NASTY[5])
def test_a_calendar_says_every_text_and_gains_no_property(
    name: str, title: str, description: str
) -> None:
    octets = calendar_octets(sent(name, title, description))
    text = octets.decode()
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert sorted(line.split(":")[0].split(";")[0] for line in unfolded) == PROPERTIES
    assert max(map(len, octets.split(b"\r\n"))) <= 75
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")

    [event] = IcsCalendarStream.calendar_from_ics(text).events
    assert (event.summary or "") == one_line(title)
    assert (event.description or "") == many_lines(description)
    assert [str(each.uri) for each in event.attendees] == [
        f"mailto:{GRADUATE.mailbox}",
        f"mailto:{INTERVIEWER.mailbox}",
    ]
    assert [each.common_name or "" for each in event.attendees] == [
        parameter(name),
        parameter(title),
    ]
    assert [each.label or "" for each in event.conference] == [parameter(title)]


def display_name(octets: bytes, field: str) -> str:
    """The name before the address, read by the standard library's older decoder.

    Its newer parser puts a space between encoded words inside a phrase, against RFC 2047 §6.2.
    """
    raw = Parser(policy=compat32).parsestr(octets.decode("ascii"))[field]
    phrase = raw.replace("\n", "").rpartition("<")[0].strip()
    return unquote(str(make_header(decode_header(phrase))))


@given(name=TEXTS, title=TEXTS)
@example(name=NASTY[7], title=NASTY[7])
@example(name=NASTY[1], title=NASTY[1])
@example(name=NASTY[8], title=NASTY[8])
def test_a_mail_says_every_text_and_gains_no_header(name: str, title: str) -> None:
    octets = sent(name, title, "").as_bytes()
    assert octets.isascii()
    message = message_from_bytes(octets, policy=default)
    assert message.keys() == PLAIN.keys()
    assert message["Subject"] == header(title)
    for field, mailbox in (("To", GRADUATE.mailbox), ("From", "no-reply@inv.example")):
        [address] = message[field].addresses
        assert address.addr_spec == mailbox
        assert display_name(octets, field) == header(name)


@given(TEXTS)
def test_one_line_keeps_every_letter_and_only_drops_what_ends_or_hides_a_line(text: str) -> None:
    line = one_line(text)
    assert line.splitlines() in ([line], [])
    kept = [c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cc", "Cs"}]
    assert [c for c in line if not c.isspace()] == kept
    assert one_line(line) == line


@given(TEXTS)
def test_many_lines_keeps_paragraphs(text: str) -> None:
    lines = many_lines(text)
    assert "\r" not in lines
    assert lines.count("\n") == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert many_lines(lines) == lines


@pytest.mark.parametrize("mailbox", ["a@example.com\r\nBcc: b@example.com", "a@example.com\n"])
def test_an_address_with_a_line_end_makes_no_mail(mailbox: str) -> None:
    participants = (replace(GRADUATE, mailbox=mailbox),)
    with pytest.raises(ValueError, match=r"CR or LF|domain|address|invalid"):
        render_invite(
            replace(INVITE, participants=participants),
            replace(TO_GRADUATE, mailbox=mailbox),
            Method.REQUEST,
            letter=LETTER_EN,
            entry=ENTRY_EN,
            envelope=envelope("7:REQUEST:0:3"),
            now=NOW,
        )
