"""Every message byte for byte, and what a second, independent parser reads in it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from tests.scheduler.invites.examples import EXAMPLES, GOLDEN, NOW, STARTS, UID, calendar_octets

NAMES = sorted(EXAMPLES)


def parsed(name: str) -> tuple[Calendar, Event]:
    text = calendar_octets(EXAMPLES[name]()).decode()
    calendar = IcsCalendarStream.calendar_from_ics(text)
    [event] = calendar.events
    return calendar, event


def received(name: str) -> EmailMessage:
    message = message_from_bytes(EXAMPLES[name]().as_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_byte_for_byte_the_golden_file(name: str) -> None:
    message = EXAMPLES[name]()
    assert message.as_bytes() == (GOLDEN / f"{name}.eml").read_bytes()
    assert calendar_octets(message) == (GOLDEN / f"{name}.ics").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_come_in_the_order_that_mail_programs_expect(name: str) -> None:
    message = received(name)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, calendar, attached = message.walk()
    assert calendar["Content-Disposition"] is None
    assert calendar.get_param("charset") == "UTF-8"
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert attached.get_content_disposition() == "attachment"
    assert attached.get_filename() == attached.get_param("name") == "invite.ics"
    assert attached.get_payload(decode=True) == calendar.get_payload(decode=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_mime_method_is_the_method_of_the_calendar(name: str) -> None:
    calendar, _ = parsed(name)
    part = next(p for p in received(name).walk() if p.get_content_type() == "text/calendar")
    assert part.get_param("method") == calendar.method


@pytest.mark.parametrize("name", NAMES)
def test_lines_end_in_one_crlf_and_fold_at_75_octets(name: str) -> None:
    for octets in (EXAMPLES[name]().as_bytes(), calendar_octets(EXAMPLES[name]())):
        assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    lines = calendar_octets(EXAMPLES[name]()).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert EXAMPLES[name]().as_bytes().isascii()


@pytest.mark.parametrize("name", NAMES)
def test_times_are_utc_and_the_object_needs_no_time_zone(name: str) -> None:
    octets = calendar_octets(EXAMPLES[name]())
    assert b"VTIMEZONE" not in octets
    assert b"TZID" not in octets
    assert b"RDATE" not in octets
    assert b"CALSCALE:GREGORIAN" in octets


@pytest.mark.parametrize("name", NAMES)
def test_answers_by_counter_proposal_are_declined_beforehand(name: str) -> None:
    _, event = parsed(name)
    extras = {extra.name: extra.value for extra in event.extras}
    assert extras["x-microsoft-disallow-counter"] == "TRUE"


@pytest.mark.parametrize("name", NAMES)
def test_machines_are_told_that_a_machine_wrote(name: str) -> None:
    assert received(name)["Auto-Submitted"] == "auto-generated"


def test_the_uid_stays_and_the_sequence_rises_through_a_booking_s_life() -> None:
    events = [
        parsed(name)[1]
        for name in ("request-to-graduate", "update-to-graduate", "cancel-to-graduate")
    ]
    assert {event.uid for event in events} == {UID}
    assert [event.sequence for event in events] == [0, 1, 2]
    stamps = [event.dtstamp for event in events]
    assert stamps == sorted(set(stamps))


def test_update_and_cancel_join_the_thread_of_the_first_invite() -> None:
    first = received("request-to-graduate")
    assert first["References"] is None
    for name in ("update-to-graduate", "cancel-to-graduate"):
        assert received(name)["References"] == first["Message-ID"]
        assert received(name)["Message-ID"] != first["Message-ID"]


def test_a_request_says_who_when_where_and_how() -> None:
    calendar, event = parsed("request-to-graduate")
    assert calendar.method == "REQUEST"
    assert event.dtstart == STARTS
    assert event.dtstamp == NOW.replace(microsecond=0)
    assert event.status == "CONFIRMED"
    assert event.transparency == "OPAQUE"
    assert event.location == event.url == "https://daigang.example/r/abc?k=1,2;3"
    assert event.description is not None
    assert event.description.count("\n") == 1
    [conference] = event.conference
    assert conference.uri == event.url
    assert [feature.value for feature in conference.feature] == ["AUDIO", "VIDEO"]
    assert conference.label == "进入面试房间"
    [alarm] = event.alarm
    assert alarm.action == "DISPLAY"
    assert {extra.name: extra.value for extra in event.extras}["x-microsoft-cdo-busystatus"] == (
        "BUSY"
    )


def test_with_a_mailbox_of_its_own_everybody_is_asked_to_answer() -> None:
    _, event = parsed("request-to-graduate")
    assert event.organizer is not None
    assert str(event.organizer.uri) == "mailto:i+q7Zt@inv.example"
    assert event.organizer.sent_by is None
    assert [
        (str(each.uri), each.common_name, each.status, each.role, each.rsvp, each.user_type)
        for each in event.attendees
    ] == [
        (
            "mailto:aili@example.com",
            "艾力·买买提",
            "NEEDS-ACTION",
            "REQ-PARTICIPANT",
            True,
            "INDIVIDUAL",
        ),
        (
            "mailto:ada@acme.example",
            "Ada Example",
            "ACCEPTED",
            "REQ-PARTICIPANT",
            True,
            "INDIVIDUAL",
        ),
    ]


def test_without_an_organizer_the_sender_stands_for_it_and_nobody_is_asked_to_answer() -> None:
    _, event = parsed("request-to-interviewer-without-organizer")
    assert event.organizer is not None
    assert str(event.organizer.uri) == "mailto:no-reply@inv.example"
    assert {each.rsvp for each in event.attendees} == {False}


def test_a_cancel_names_only_the_person_whom_it_concerns() -> None:
    calendar, event = parsed("cancel-to-graduate")
    assert calendar.method == "CANCEL"
    assert event.status == "CANCELLED"
    assert [str(each.uri) for each in event.attendees] == ["mailto:aili@example.com"]
    assert event.alarm == []
    assert event.organizer is not None
    assert event.dtstart is not None
