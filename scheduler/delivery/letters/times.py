"""Moments in mail: in the reader's language, on a named zone's wall clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, get_timezone_location

from scheduler.delivery.letters.content import Say

BEIJING = frozenset({"Asia/Shanghai", "Asia/Chongqing", "PRC"})


def when(starts_at: datetime, ends_at: datetime, *, zone: str, locale: str) -> str:
    """Day and times, such as `Thursday, November 26, 2026, 10:00–10:20`."""
    starts, ends = (moment.astimezone(ZoneInfo(zone)) for moment in (starts_at, ends_at))
    gap = " " if locale.startswith("zh") else ", "
    first = f"{_day(starts, locale)}{gap}{_clock(starts)}"
    if starts.date() == ends.date():
        return f"{first}–{_clock(ends)}"
    return f"{first} – {_day(ends, locale)}{gap}{_clock(ends)}"


def short_when(starts_at: datetime, *, zone: str, locale: str) -> str:
    """Day and time for a subject line, such as `Thu, Nov 26, 10:00`."""
    starts = starts_at.astimezone(ZoneInfo(zone))
    gap = " " if locale.startswith("zh") else ", "
    return f"{format_skeleton('MMMEd', starts, locale=locale)}{gap}{_clock(starts)}"


def zone_name(zone: str, moment: datetime, *, say: Say, locale: str) -> str:
    """The zone in words with its offset at that moment: `Beijing time (UTC+08:00)`.

    Named by place, because season names go stale: Vancouver left "standard time" in 2026.
    """
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    sign = "-" if offset < timedelta(0) else "+"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    if zone in BEIJING:
        _ = say
        name = _("Beijing time")
    elif "/" in zone and not zone.startswith("Etc/"):
        name = get_timezone_location(ZoneInfo(zone), locale=locale)
    else:
        name = zone.rpartition("/")[2]  # UTC and the like belong to no place
    offset_named = f"UTC{sign}{hours:02}:{minutes:02}"
    return f"{name}（{offset_named}）" if locale.startswith("zh") else f"{name} ({offset_named})"


def same_wall_clock(moment: datetime, one: str, other: str) -> bool:
    """Whether both zones show the same time then, so that saying it twice would be noise."""
    local = (moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in (one, other))
    return next(local) == next(local)


def _day(moment: datetime, locale: str) -> str:
    return format_skeleton("yMMMMEEEEd", moment, locale=locale)


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"
