"""Mail in the data folder, as the page /dev/mail reads it."""

import asyncio
import os
from pathlib import Path

import pytest

from scheduler.delivery.carriers import TemporaryFailure
from scheduler.delivery.kept import KeptMail, NoSuchMailError
from tests.scheduler.invites.examples import EXAMPLES, calendar_octets


async def no_objection() -> None:
    """The caller hands the mail over."""


async def filled(folder: Path) -> KeptMail:
    kept = KeptMail(folder)
    for name in ("request-to-graduate", "update-to-graduate", "cancel-to-graduate"):
        await kept.carry(EXAMPLES[name](), handing_over=no_objection)
    return kept


async def test_an_unused_folder_is_an_empty_list(tmp_path: Path) -> None:
    assert await KeptMail(tmp_path / "mail").newest() == ()


async def test_the_newest_mail_comes_first_and_pages_follow_each_other(tmp_path: Path) -> None:
    kept = await filled(tmp_path / "mail")
    listed = await kept.newest()
    assert [each.at for each in listed] == sorted((each.at for each in listed), reverse=True)
    assert listed[0].recipient == "艾力·买买提 <aili@example.com>"
    assert "机械结构工程师" in listed[0].subject
    first = await kept.newest(2)
    assert first + await kept.newest(2, before=first[-1].name) == listed


async def test_two_mails_of_one_second_keep_their_order(tmp_path: Path) -> None:
    kept = KeptMail(tmp_path)
    await kept.carry(EXAMPLES["request-to-graduate"](), handing_over=no_objection)
    first = (await kept.newest())[0].name
    await kept.carry(
        EXAMPLES["request-to-interviewer-without-organizer"](), handing_over=no_objection
    )
    assert [each.name for each in await kept.newest()][1] == first


async def test_a_mail_is_shown_with_headers_text_html_and_calendar(tmp_path: Path) -> None:
    kept = await filled(tmp_path)
    [*_, oldest] = await kept.newest()
    mail = await kept.message(oldest.name)
    original = EXAMPLES["request-to-graduate"]()
    assert mail.summary == oldest
    assert mail.source == original.as_bytes()
    assert ("Auto-Submitted", "auto-generated") in mail.headers
    assert mail.text == "您的面试已约好。\n进入房间：https://daigang.example/r/abc\n"
    assert mail.html == "<p>您的面试已约好。</p>\n"
    assert mail.calendar == calendar_octets(original).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("name", ["", "../secret", "20261123T010031Z-0000000000000000000-00000000"])
async def test_a_name_that_is_no_mail_opens_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    with pytest.raises(NoSuchMailError):
        await KeptMail(tmp_path / "mail").message(name)


async def test_a_folder_that_cannot_be_written_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    outcome = await KeptMail(tmp_path / "mail").carry(
        EXAMPLES["request-to-graduate"](), handing_over=no_objection
    )
    assert isinstance(outcome, TemporaryFailure)


async def test_nothing_but_whole_mails_lies_in_the_folder(tmp_path: Path) -> None:
    await filled(tmp_path)
    names = await asyncio.to_thread(os.listdir, tmp_path)
    assert {Path(name).suffix for name in names} == {".eml"}
