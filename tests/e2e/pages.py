"""What people do on the pages, one function a step; texts differ, addresses and names do not."""

import re
from email.message import EmailMessage

from playwright.async_api import Page

from tests.support.mailbox import Mailbox

LINK = re.compile(r"https?://\S+")
PASSWORD = "four-unrelated-words-21"


def link_in(mail: EmailMessage, path: str) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return next(link for link in LINK.findall(body.get_content()) if path in link).rstrip(".>)")


def is_for(mail: EmailMessage, address: str) -> bool:
    return address in str(mail["To"])


def calendar_of(mail: EmailMessage) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            return str(part.get_content())
    return ""


async def sign_in(page: Page, base: str, email: str, password: str) -> None:
    await page.goto(f"{base}/sign-in")
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", password)
    async with page.expect_navigation():
        await page.click("main form[action='/sign-in'] button[type=submit]")


async def sign_up(page: Page, base: str, mails: Mailbox, *, name: str, email: str) -> None:
    await page.goto(f"{base}/sign-up")
    await page.fill("input[name=name]", name)
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", PASSWORD)
    await page.check("input[name=terms]")
    await page.click("main form[action='/sign-up'] button[type=submit]")
    letter = await mails.wait_for(lambda mail: is_for(mail, email))
    await page.goto(link_in(letter, "/verify/"))
    async with page.expect_navigation():
        await page.click("main form button[type=submit]")


async def fill_profile(page: Page, base: str) -> None:
    await page.goto(f"{base}/me/profile")
    await page.select_option("select[name=level]", "benke")
    await page.select_option("select[name=major_category]", "08")
    await page.fill("input[name=major_name]", "机械工程")
    await page.fill("input[name=school]", "星河大学")
    await page.fill("input[name=graduation_month]", "2027-06")
    async with page.expect_navigation():
        await page.click("main form button[type=submit]")


async def publish_slots(page: Page, base: str, *, job: int, on: str, start: str, end: str) -> None:
    await page.goto(f"{base}/hr/slots/new")
    await page.select_option("select[name=job]", str(job))
    await page.fill("input[name=on]", on)
    await page.fill("input[name=start]", start)
    await page.fill("input[name=end]", end)
    await page.fill("input[name=length]", "20")
    await page.fill("input[name=gap]", "10")
    boxes = page.locator("input[name=panel]")
    for place in range(await boxes.count()):
        await boxes.nth(place).set_checked(place == 0)
    async with page.expect_navigation():
        await page.click("main form[method=get] button[type=submit]")
    async with page.expect_navigation():
        await page.click("main form[action='/hr/slots'] button[type=submit]")


async def book_first(page: Page, base: str, *, job: int, on: str) -> str:
    """Hold the first free time of a day, agree, and answer the interview's address."""
    await page.goto(f"{base}/jobs/{job}/slots?day={on}")
    async with page.expect_navigation():
        await page.locator("button[formaction$='/hold']").first.click()
    assert await page.locator("[data-hold-clock]").is_visible()
    async with page.expect_navigation():
        await page.click("main form[action$='/booking'] button:not([formaction])")
    return page.url


async def move_to_next(page: Page, interview: str, *, on: str) -> None:
    await page.goto(f"{interview}/move?day={on}")
    times = page.locator("#picker a.btn-outline-primary")
    async with page.expect_navigation():
        await times.first.click()
    async with page.expect_navigation():
        await page.click("main form[action$='/move'] button[type=submit]")


async def cancel(page: Page, interview: str, *, reason: str) -> None:
    await page.goto(f"{interview}/cancellation")
    await page.fill("textarea[name=reason]", reason)
    async with page.expect_navigation():
        await page.click("main form[action$='/cancellation'] button[type=submit]")


async def enter_room(page: Page, address: str) -> None:
    await page.goto(address)
    await page.click("#devices-on")
    await page.wait_for_selector("#device-choice:not([hidden])")
