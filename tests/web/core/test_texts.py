"""Languages and times: what a reader gets to see."""

from datetime import UTC, date, datetime, timedelta

import pytest

from web import times
from web.clock import SystemClock
from web.translations import (
    Gettext,
    best_locale,
    browser_texts,
    catalogue,
    gettext,
    ngettext,
    reader,
)

WINTER = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "zh_CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("en; q=0.3, zh-Hans ; q=0.8", "zh_CN"),
        ("zh;q=0,en;q=0.1", "en"),
        ("en;q=0", "zh_CN"),
        ("fr, *", "zh_CN"),
        ("en;q=nan", "zh_CN"),
        ("en;q=inf,zh;q=0.1", "zh_CN"),
        ("zh;q=0.8,en;q=0.8", "zh_CN"),
        ("en;q=0.8,zh;q=0.8", "en"),
        ("enm", "zh_CN"),
        (";;;,,,=", "zh_CN"),
    ],
)
def test_the_language_that_the_browser_likes_best_is_spoken(header: str, locale: str):
    assert best_locale(header) == locale


def test_templates_speak_the_language_of_the_present_reader_only():
    with reader("zh_CN"):
        chinese = gettext("Sign in")
        with reader("en"):
            assert gettext("Sign in") == "Sign in"
            assert ngettext("%(n)s day", "%(n)s days", 2) == "%(n)s days"
        assert gettext("Sign in") == chinese
    assert chinese != "Sign in"
    assert gettext("Sign in") == "Sign in"


def test_the_translator_fills_in_what_is_named_and_leaves_percent_signs_alone():
    translator = Gettext()
    assert translator.translate("en", "100% sure") == "100% sure"
    assert translator.translate("en", "%(n)s of 2", n=1) == "1 of 2"
    assert translator.translate("zh_CN", "") == ""


def test_an_unknown_language_is_english():
    assert catalogue("fr").gettext("Sign in") == "Sign in"
    assert browser_texts("en") == "{}"


def test_the_browsers_texts_cannot_end_the_element_that_holds_them():
    texts = browser_texts("zh_CN")
    assert len(texts) > 2
    assert "<" not in texts


@pytest.mark.parametrize(
    ("zone", "english", "chinese"),
    [
        ("Asia/Shanghai", "Beijing time (UTC+08:00)", "北京时间（UTC+08:00）"),
        ("Europe/Berlin", "Germany (Berlin) Time (UTC+01:00)", "德国（柏林）时间（UTC+01:00）"),
        (
            "America/New_York",
            "United States (New York) Time (UTC-05:00)",
            "美国（纽约）时间（UTC-05:00）",
        ),
        ("Etc/UTC", "UTC (UTC+00:00)", "UTC（UTC+00:00）"),
    ],
)
def test_a_zone_is_named_by_its_place(zone: str, english: str, chinese: str):
    assert times.zone_label(zone, "en", WINTER) == english
    assert times.zone_label(zone, "zh_CN", WINTER) == chinese


def test_vancouver_is_not_called_standard_time_when_it_has_left_it():
    named = times.zone_label("America/Vancouver", "en", WINTER)
    assert "Vancouver" in named
    assert named.endswith("(UTC-07:00)")
    assert "Standard" not in named


def test_a_moment_is_shown_on_the_wall_clock_of_each_zone():
    assert times.moment(WINTER, "en", "Asia/Shanghai") == "Wed, 2 Dec, 01:00"
    assert times.moment(WINTER, "en", "Europe/Berlin") == "Tue, 1 Dec, 18:00"
    assert times.moment(WINTER, "zh_CN", "Asia/Shanghai") == "12月2日周三 01:00"
    assert times.clock_time(WINTER, "en", "America/Vancouver") == "10:00"
    assert times.precise_time(WINTER, "Asia/Shanghai") == "01:00:00"


def test_a_day_is_that_of_the_zone_and_a_date_stays_itself():
    assert times.day(WINTER, "en", "Asia/Shanghai") == "Wed, 2 Dec"
    assert times.day(date(2026, 12, 1), "zh_CN") == "12月1日周二"
    assert times.full_day(WINTER, "zh_CN", "Europe/Berlin") == "2026年12月1日周二"
    assert times.full_day(date(2026, 12, 1), "en") == "Tue, 1 Dec 2026"


def test_how_far_away_a_moment_is():
    assert times.away(WINTER, WINTER - timedelta(days=2), "en") == "in 2 days"
    assert times.away(WINTER, WINTER - timedelta(days=2), "zh_CN") == "2天后"


def test_two_zones_agree_or_not_at_one_moment():
    assert times.same_wall_clock(WINTER, "Asia/Shanghai", "Asia/Singapore")
    assert not times.same_wall_clock(WINTER, "Asia/Shanghai", "Europe/Berlin")


@pytest.mark.parametrize("name", ["", None, "Mars/Base", "../etc/passwd", "Asia/\0", "Europe"])
def test_what_is_no_zone_is_not_taken_for_one(name: str | None):
    assert times.known_zone(name) is None


def test_a_zone_is_known_by_its_name():
    assert times.known_zone("Europe/Berlin") == "Europe/Berlin"


def test_the_clock_of_a_demonstration_is_moved():
    moved = SystemClock(timedelta(days=365)).now()
    assert moved.tzinfo is UTC
    assert moved - SystemClock().now() > timedelta(days=364)
