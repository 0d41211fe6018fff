"""How moments look: rendered on the server, in the reader's language and in a named zone."""

from datetime import date, datetime
from functools import cache, partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta

from scheduler.delivery.letters.times import same_wall_clock, zone_name
from web.translations import Gettext

__all__ = [
    "away",
    "clock_time",
    "day",
    "full_day",
    "known_zone",
    "moment",
    "precise_time",
    "same_wall_clock",
    "zone_label",
]

DEFAULT_ZONE = "Asia/Shanghai"


def known_zone(name: str | None) -> str | None:
    """The name itself when it is an IANA zone of our own tzdata, else None."""
    if not name:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return name


@cache
def _spoken(locale: str) -> Locale:
    """Babel's own value of a locale: to read its name costs more than to write a date."""
    return Locale.parse(locale)


def zone_label(zone: str, locale: str, moment: datetime) -> str:
    """A zone in words with its offset at that moment, as in mails: `Beijing time (UTC+08:00)`."""
    return zone_name(zone, moment, say=partial(Gettext().translate, locale), locale=locale)


def day(value: date | datetime, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """`Tue, 24 Nov` or `11月24日周二`; a moment is first brought into the zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).date()
    pattern = "M月d日EEE" if locale.startswith("zh") else "EEE, d MMM"
    return format_date(value, pattern, locale=_spoken(locale))


def full_day(value: date | datetime, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """A day with its year."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).date()
    pattern = "y年M月d日EEE" if locale.startswith("zh") else "EEE, d MMM y"
    return format_date(value, pattern, locale=_spoken(locale))


def clock_time(value: datetime, locale: str, zone: str) -> str:
    """`14:20` on the zone's wall clock."""
    return format_time(value, "HH:mm", tzinfo=ZoneInfo(zone), locale=_spoken(locale))


def precise_time(value: datetime, zone: str) -> str:
    """`14:20:05` on the zone's wall clock, the same in every language."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def away(value: datetime, now: datetime, locale: str) -> str:
    """How far a moment lies ahead or back, in words: `in 2 days`, `2天后`."""
    return format_timedelta(value - now, add_direction=True, locale=_spoken(locale))


def moment(value: datetime, locale: str, zone: str) -> str:
    """Day and time of the zone's wall clock."""
    pattern = "M月d日EEE HH:mm" if locale.startswith("zh") else "EEE, d MMM, HH:mm"
    return format_datetime(value, pattern, tzinfo=ZoneInfo(zone), locale=_spoken(locale))
