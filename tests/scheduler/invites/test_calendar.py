"""What may be an invite, what may not, and the file that a page offers."""

from dataclasses import replace

import pytest
from ical.calendar_stream import IcsCalendarStream

from scheduler.invites.calendar import InvalidInviteError, calendar_file, calendar_of
from scheduler.invites.mime import MethodMismatchError, check_methods, message_id
from scheduler.invites.values import Invite, Method
from tests.scheduler.invites.examples import (
    ENTRY_EN,
    EXAMPLES,
    GRADUATE,
    INVITE,
    NOW,
    STARTS,
    TO_GRADUATE,
    TO_INTERVIEWER,
    UID,
)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(INVITE, starts_at=STARTS.replace(tzinfo=None)),
        replace(INVITE, ends_at=STARTS),
        replace(INVITE, participants=(replace(GRADUATE, mailbox="other@example.com"),)),
    ],
    ids=["naive", "empty", "stranger"],
)
def test_facts_that_cannot_be_an_invite_are_a_fault(wrong: Invite) -> None:
    with pytest.raises((InvalidInviteError, TypeError)):
        calendar_of(wrong, TO_GRADUATE, Method.REQUEST, entry=ENTRY_EN, now=NOW)


def test_a_naive_moment_is_named() -> None:
    with pytest.raises(InvalidInviteError, match="zone"):
        calendar_of(
            INVITE,
            TO_GRADUATE,
            Method.REQUEST,
            entry=ENTRY_EN,
            now=NOW.replace(tzinfo=None),
        )


def test_the_file_of_a_page_is_the_same_event_without_a_method() -> None:
    text = calendar_file(INVITE, TO_INTERVIEWER, cancelled=False, entry=ENTRY_EN, now=NOW).decode()
    calendar = IcsCalendarStream.calendar_from_ics(text)
    assert calendar.method is None
    [event] = calendar.events
    assert event.uid == UID
    assert event.sequence == 0
    unfolded = text.replace("\r\n ", "")
    assert unfolded.count("SCHEDULE-AGENT=CLIENT") == 3  # the organizer and two attendees


def test_the_file_of_a_lone_participant_is_whole_too() -> None:
    alone = replace(INVITE, participants=(GRADUATE,))
    text = calendar_file(alone, TO_GRADUATE, cancelled=False, entry=ENTRY_EN, now=NOW).decode()
    assert text.replace("\r\n ", "").count("SCHEDULE-AGENT=CLIENT") == 2


def test_a_mail_whose_mime_method_lies_is_a_fault() -> None:
    message = EXAMPLES["cancel-to-graduate"]()
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            part.set_param("method", "REQUEST")
    with pytest.raises(MethodMismatchError, match=r"REQUEST.*CANCEL"):
        check_methods(message)


def test_a_message_id_follows_from_the_key_and_shows_nothing_of_it() -> None:
    assert message_id("7:REQUEST:0:3", "inv.example") == message_id("7:REQUEST:0:3", "inv.example")
    assert message_id("7:REQUEST:0:3", "inv.example") != message_id("7:REQUEST:1:3", "inv.example")
    assert "REQUEST" not in message_id("7:REQUEST:0:3", "inv.example")
