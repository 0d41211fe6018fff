"""What people read in our mail, in both languages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from bs4 import BeautifulSoup
from ical.calendar_stream import IcsCalendarStream

from interviews.bookings.models import BookingState
from interviews.people.models import PersonId
from scheduler.building import Builder, Mail
from scheduler.delivery.letters.account import LETTERS, UnknownLetterError
from scheduler.interview import Name, Times
from tests.scheduler.invites.examples import calendar_octets
from tests.scheduler.support import (
    GRADUATE,
    IDENTITY,
    INTERVIEW,
    PANELIST,
    STARTS,
    WITH_MAILBOX,
    PartTexts,
    PlainLinks,
    chinese,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BUILDER = Builder(PlainLinks(), PartTexts(), WITH_MAILBOX)
MAIL = Mail("7:REQUEST:0:3")
IN_VANCOUVER = replace(GRADUATE, locale="en", zone="America/Vancouver")
ABROAD = replace(INTERVIEW, graduate=IN_VANCOUVER)
PLACES = re.compile(r"%\(\w+\)s")
PAYLOADS: Mapping[str, Mapping[str, Any]] = {
    "sign-in": {},
    "verify-email": {},
    "reset-password": {},
    "already-registered": {},
    "job-approved": {"title_zh": "机械结构工程师", "title_en": "Mechanical Engineer", "reason": ""},
    "job-returned": {
        "title_zh": "机械结构工程师",
        "title_en": "Mechanical Engineer",
        "reason": "请写明月薪。\n不得限制性别。",
    },
}


def part(message: EmailMessage, content_type: str) -> str:
    for each in message.walk():
        if each.get_content_type() == content_type:
            return str(each.get_content()).replace("\r\n", "\n")
    raise AssertionError(content_type)


def seen(message: EmailMessage) -> str:
    """What a reader of the HTML part sees."""
    return BeautifulSoup(part(message, "text/html"), "html.parser").body.get_text("\n")  # type: ignore[union-attr]  # every letter has a body


def letter(name: str, locale: str = "zh_CN") -> EmailMessage:
    payload = {"letter": name, "link": "https://daigang.example/x?a=1&b=2", **PAYLOADS[name]}
    return BUILDER.letter(payload, replace(GRADUATE, locale=locale), Mail("k"), now=NOW)


def test_every_text_of_a_mail_has_a_chinese_translation_with_the_same_places() -> None:
    root = Path(__file__).parents[4] / "scheduler"
    keywords = {"_": None, "N_": None}
    texts = {str(found[2]) for found in extract_from_dir(root, keywords=keywords)} | {"Daigang"}
    assert len(texts) > 60
    for text in texts:
        translation = chinese().get(text)
        assert translation is not None, text
        assert translation.string, text
        assert list(translation.check()) == [], text
        assert sorted(PLACES.findall(str(translation.string))) == sorted(PLACES.findall(text))
    assert {message.id for message in chinese() if message.id} == texts, "left over"


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_letter_says_the_same_in_text_and_in_html(name: str, locale: str) -> None:
    message = letter(name, locale)
    text, html = part(message, "text/plain"), part(message, "text/html")
    assert "https://daigang.example/x?a=1&b=2" in text
    assert 'href="https://daigang.example/x?a=1&amp;b=2"' in html
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line != "--" and "://" not in line:
            assert line.rstrip(":：") in seen(message)
    assert f'lang="{locale.replace("_", "-")}"' in html
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_letter_loads_nothing_from_elsewhere(name: str) -> None:
    html = BeautifulSoup(part(letter(name), "text/html"), "html.parser")
    assert html.find_all(["img", "script", "link", "iframe", "form"]) == []
    assert "url(" not in str(html)


def test_every_letter_that_the_domain_may_ask_for_is_tested() -> None:
    assert sorted(PAYLOADS) == sorted(LETTERS)


def test_a_letter_that_nobody_wrote_is_a_fault() -> None:
    with pytest.raises(UnknownLetterError):
        BUILDER.letter({"letter": "pigeon"}, GRADUATE, Mail("k"), now=NOW)


def test_what_people_write_is_shown_and_never_becomes_markup() -> None:
    hostile = replace(INTERVIEW, job=Name("<b>x</b>\r\n\r\n{{ 7 * 7 }} %(title)s", ""))
    message = BUILDER.request(hostile, GRADUATE, MAIL, before=None, now=NOW)
    assert "<b>x</b> {{ 7 * 7 }} %(title)s" in seen(message)
    assert "<b>x</b>" not in part(message, "text/html")


def test_an_invite_names_the_time_and_the_zone_once_when_both_sides_share_it() -> None:
    text = part(BUILDER.request(INTERVIEW, GRADUATE, MAIL, before=None, now=NOW), "text/plain")
    assert "2026年11月26日周四 10:00–10:20" in text
    assert text.count("北京时间（UTC+08:00）") == 1
    assert "企业当地" not in text


def test_an_invite_shows_the_reader_s_own_time_first_and_then_the_other_side_s() -> None:
    message = BUILDER.request(ABROAD, IN_VANCOUVER, MAIL, before=None, now=NOW)
    text = part(message, "text/plain")
    own = text.index("Wed, Nov 25, 2026, 19:00–19:20\n  Canada (Vancouver) Time (UTC-07:00)")
    firm = text.index("For the firm: Thu, Nov 26, 2026, 10:00–10:20, Beijing time (UTC+08:00)")
    assert own < firm
    assert message["Subject"] == (
        "Interview booked: Mechanical Design Engineer, Wed, Nov 25, 19:00"
    )
    for_panel = part(BUILDER.request(ABROAD, PANELIST, MAIL, before=None, now=NOW), "text/plain")
    assert (
        "毕业生当地：2026年11月25日周三 19:00–19:20，加拿大（温哥华）时间（UTC-07:00）" in for_panel
    )


def test_an_interview_over_midnight_names_both_days() -> None:
    late = replace(
        INTERVIEW,
        times=Times(STARTS + timedelta(hours=13, minutes=50), STARTS + timedelta(hours=15)),
    )
    text = part(BUILDER.request(late, GRADUATE, MAIL, before=None, now=NOW), "text/plain")
    assert "2026年11月26日周四 23:50 – 2026年11月27日周五 01:00" in text


def test_a_zone_without_a_place_is_named_as_it_is() -> None:
    somewhere = replace(GRADUATE, zone="UTC")
    text = part(
        BUILDER.request(
            replace(INTERVIEW, graduate=somewhere), somewhere, MAIL, before=None, now=NOW
        ),
        "text/plain",
    )
    assert "UTC（UTC+00:00）" in text


def test_everybody_may_join_confirm_and_cancel_and_the_graduate_may_move() -> None:
    own = part(BUILDER.request(INTERVIEW, GRADUATE, MAIL, before=None, now=NOW), "text/plain")
    assert [f"/i/{what}-7-3" in own for what in ("room", "confirm", "move", "cancel")] == [True] * 4
    panel = part(BUILDER.request(INTERVIEW, PANELIST, MAIL, before=None, now=NOW), "text/plain")
    assert [f"/i/{what}-7-4" in panel for what in ("room", "confirm", "cancel")] == [True] * 3
    assert "/i/move-7-4" not in panel, "only the graduate moves"
    assert "-7-3" not in panel, "nobody gets the links of somebody else"


def test_the_calendar_says_in_the_reader_s_language_what_the_mail_says() -> None:
    message = BUILDER.request(ABROAD, IN_VANCOUVER, MAIL, before=None, now=NOW)
    [event] = IcsCalendarStream.calendar_from_ics(calendar_octets(message).decode()).events
    assert event.summary == "Interview: Mechanical Design Engineer · Yunsuo Intelligent Equipment"
    assert event.location == "https://daigang.example/i/room-7-3"
    assert event.description is not None
    for link in ("room", "confirm", "move", "cancel"):
        assert f"https://daigang.example/i/{link}-7-3" in event.description
    assert event.organizer is not None
    assert str(event.organizer.uri) == "mailto:i+q7Zt@inv.example"
    assert [each.common_name for each in event.attendees] == ["Aili Maimaiti", "Ji Yunsuo"]


def test_a_label_in_a_mail_or_a_calendar_has_the_colon_of_its_language() -> None:
    for person, labels in ((GRADUATE, ("时间：", "职位：")), (IN_VANCOUVER, ("Time:", "Job:"))):
        message = BUILDER.request(ABROAD, person, MAIL, before=None, now=NOW)
        [event] = IcsCalendarStream.calendar_from_ics(calendar_octets(message).decode()).events
        for label in labels:
            assert label in part(message, "text/plain")
            assert label in str(event.description)


def test_without_an_organizer_the_from_address_stands_there() -> None:
    plain = Builder(PlainLinks(), PartTexts(), IDENTITY)
    message = plain.request(INTERVIEW, GRADUATE, MAIL, before=None, now=NOW)
    [event] = IcsCalendarStream.calendar_from_ics(calendar_octets(message).decode()).events
    assert event.organizer is not None
    assert str(event.organizer.uri) == "mailto:no-reply@inv.example"
    assert {each.rsvp for each in event.attendees} == {False}


def test_a_move_shows_the_old_time_struck_out() -> None:
    before = Times(STARTS - timedelta(days=1), STARTS - timedelta(days=1) + timedelta(minutes=20))
    message = BUILDER.request(INTERVIEW, GRADUATE, MAIL, before=before, now=NOW)
    assert message["Subject"] == "面试改期至 11月26日周四 10:00：机械结构工程师"
    html = BeautifulSoup(part(message, "text/html"), "html.parser")
    [struck] = html.select("[style*=line-through]")
    assert struck.get_text() == "2026年11月25日周三 10:00–10:20"


def test_a_change_that_is_no_move_says_that_the_time_stays() -> None:
    message = BUILDER.request(INTERVIEW, GRADUATE, MAIL, before=INTERVIEW.times, now=NOW)
    assert "时间不变" in part(message, "text/plain")
    assert "原时间" not in part(message, "text/plain")


def test_a_cancellation_gives_the_reason_and_the_next_step() -> None:
    cancelled = replace(INTERVIEW, sequence=1, cancel_reason="面试官出差。\n抱歉。")
    message = BUILDER.cancel(cancelled, GRADUATE, MAIL, now=NOW)
    assert "面试官出差。\n  抱歉。" in part(message, "text/plain")
    assert "https://daigang.example/jobs/9" in part(message, "text/plain")
    panel = part(BUILDER.cancel(cancelled, PANELIST, MAIL, now=NOW), "text/plain")
    assert "重新开放" in panel
    assert "https://daigang.example/jobs/9" not in panel


def test_somebody_who_left_the_panel_is_the_only_attendee_of_their_cancel() -> None:
    stranger = replace(PANELIST, mailbox="former@yunsuo.example", person_id=PersonId(99))
    message = BUILDER.cancel(replace(INTERVIEW, sequence=1), stranger, MAIL, now=NOW)
    [event] = IcsCalendarStream.calendar_from_ics(calendar_octets(message).decode()).events
    assert [str(each.uri) for each in event.attendees] == ["mailto:former@yunsuo.example"]


def test_the_file_on_a_page_carries_the_uid_of_the_mail() -> None:
    text = BUILDER.file(INTERVIEW, GRADUATE, now=NOW).decode()
    calendar = IcsCalendarStream.calendar_from_ics(text)
    assert calendar.method is None
    assert [event.uid for event in calendar.events] == [INTERVIEW.uid]


def test_the_file_of_a_cancelled_interview_says_so() -> None:
    cancelled = replace(INTERVIEW, state=BookingState.CANCELLED, sequence=1)
    text = BUILDER.file(cancelled, GRADUATE, now=NOW).decode()
    [event] = IcsCalendarStream.calendar_from_ics(text).events
    assert (event.status, event.sequence) == ("CANCELLED", 1)
