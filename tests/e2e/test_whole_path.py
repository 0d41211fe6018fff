"""From an offered time to a meeting on video, over real mail, in real browsers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from playwright.async_api import Browser, Page
from sqlalchemy import update

from interviews.campaigns.models import Campaign
from interviews.database import Database
from tests.e2e import pages
from tests.e2e.media import sees_and_hears
from tests.e2e.rooms import BRISK
from tests.support.mailbox import Mailbox, mailbox
from tests.support.service import serving
from web.commands.data import KNOWN

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
SHANGHAI = ZoneInfo("Asia/Shanghai")
RECRUITER = "yunsuo.hr@example.com"
SHOWN = (  # a function: the page's policy forbids to evaluate text
    "() => document.querySelector('#tiles video')?.getVideoPlaybackQuality().totalVideoFrames > 5"
)
JOB = 1  # of the recruiter's firm in the demo; asks for benke and category 08


@dataclass(frozen=True, slots=True)
class Graduate:
    """Who walks the path: language, screen, zone."""

    name: str
    email: str
    locale: str
    zone: str
    width: int
    height: int


CHINESE = Graduate("程一诺", "yinuo@example.com", "zh-CN", "Asia/Shanghai", 1280, 900)
ENGLISH = Graduate("Nora Winter", "nora@example.com", "en-GB", "Europe/Berlin", 390, 844)


def the_day() -> datetime:
    """Midnight, two days ahead, in Shanghai."""
    today = datetime.now(UTC).astimezone(SHANGHAI)  # noqa: TID251  the machine's own day
    return today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)


def settings(mails: Mailbox, now: datetime) -> Mapping[str, str]:
    offset = now - datetime.now(UTC)  # noqa: TID251  the service's clock starts at `now`
    return {
        "MAIL__HOST": "127.0.0.1",
        "MAIL__PORT": str(mails.port),
        "MAIL__SECURITY": "none",
        "CLOCK_OFFSET": f"PT{int(offset.total_seconds())}S",
        "LOG_LEVEL": "warning",
        **BRISK,
    }


async def open_page(browser: Browser, who: Graduate) -> Page:
    context = await browser.new_context(
        locale=who.locale,
        timezone_id=who.zone,
        viewport={"width": who.width, "height": who.height},
        permissions=["camera", "microphone"],
        is_mobile=who.width < 500,
        has_touch=who.width < 500,
    )
    return await context.new_page()


def event_of(calendar: str) -> icalendar.cal.Component:
    return next(iter(icalendar.Calendar.from_ical(calendar).walk("VEVENT")))


async def invite(mails: Mailbox, address: str, method: str, sequence: int) -> str:
    def fits(mail: pages.EmailMessage) -> bool:
        text = pages.calendar_of(mail)
        return (
            pages.is_for(mail, address)
            and f"METHOD:{method}" in text
            and f"SEQUENCE:{sequence}" in text
        )

    return pages.calendar_of(await mails.wait_for(fits))


async def allow_late_moves(data: Path) -> None:
    """Let interviews be moved until they start: the organiser sets the numbers of Q3."""
    database = Database.open(f"sqlite+aiosqlite:///{data / 'daigang.sqlite3'}")
    async with database.writing() as session:
        await session.execute(update(Campaign).values(move_until_hours=0))
    await database.close()


async def meet(base: str, interview: str, graduate: Page, recruiter: Page) -> None:
    room = f"{base}{interview}/room"
    await pages.enter_room(recruiter, room)
    await pages.enter_room(graduate, room)
    await graduate.fill("#chat-text", "hello 你好")
    await graduate.press("#chat-text", "Enter")
    await recruiter.wait_for_selector(".chat-line:has-text('hello 你好')")
    await recruiter.click("#enter")
    await recruiter.click(".knock .btn-primary")
    for page in (graduate, recruiter):
        await page.wait_for_function(SHOWN)
    await asyncio.gather(sees_and_hears(graduate), sees_and_hears(recruiter))
    await graduate.reload()
    await graduate.wait_for_function(SHOWN)
    await graduate.click("#leave")
    await graduate.wait_for_selector("#ending:not([hidden])")


async def test_graduates_book_meet_move_and_cancel(browser: Browser, tmp_path: Path) -> None:
    """Two of them, each with a service of their own: most of the path is waiting."""
    async with asyncio.TaskGroup() as paths:
        for who in (CHINESE, ENGLISH):
            paths.create_task(walk(who, browser, tmp_path / who.locale))


async def walk(who: Graduate, browser: Browser, data: Path) -> None:
    day = the_day()
    on = day.date().isoformat()
    graduate = await open_page(browser, who)
    recruiter = await open_page(browser, CHINESE)
    async with mailbox() as mails:
        async with serving(data, settings(mails, day - timedelta(hours=10))) as service:
            await pages.sign_in(recruiter, service.url, RECRUITER, KNOWN)
            await pages.publish_slots(
                recruiter, service.url, job=JOB, on=on, start="16:00", end="18:00"
            )
            await pages.sign_up(graduate, service.url, mails, name=who.name, email=who.email)
            await pages.fill_profile(graduate, service.url)
            url = await pages.book_first(graduate, service.url, job=JOB, on=on)
            booked = event_of(await invite(mails, who.email, "REQUEST", 0))
            await invite(mails, RECRUITER, "REQUEST", 0)

        await allow_late_moves(data)
        path = url.removeprefix(service.url)
        starts = booked["DTSTART"].dt
        # Sessions outlive a restart: nobody signs in again.
        async with serving(data, settings(mails, starts - timedelta(minutes=5))) as service:
            await meet(service.url, path, graduate, recruiter)
            await move_and_cancel(who, graduate, f"{service.url}{path}", mails, booked)


async def move_and_cancel(
    who: Graduate, graduate: Page, interview: str, mails: Mailbox, booked: icalendar.cal.Component
) -> None:
    starts = booked["DTSTART"].dt
    await pages.move_to_next(graduate, interview, on=starts.astimezone(SHANGHAI).date().isoformat())
    moved = event_of(await invite(mails, who.email, "REQUEST", 1))
    await invite(mails, RECRUITER, "REQUEST", 1)
    assert moved["UID"] == booked["UID"]
    assert moved["DTSTART"].dt > starts
    await pages.cancel(graduate, interview, reason="已接受其他邀约")
    gone = event_of(await invite(mails, who.email, "CANCEL", 2))
    await invite(mails, RECRUITER, "CANCEL", 2)
    assert gone["UID"] == booked["UID"]
    assert gone["STATUS"] == "CANCELLED"
