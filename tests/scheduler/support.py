"""What the tests of mail share: our own translations, plain links, one interview as values."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from interviews.bookings.models import BookingId, BookingState
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from scheduler.building import MailIdentity
from scheduler.interview import Interview, Name, Party, Times

PART = Path(__file__).parents[2] / "web" / "locale" / "zh_CN" / "parts" / "scheduler.po"
IDENTITY = MailIdentity("no-reply@inv.example", "带岗 Daigang")
WITH_MAILBOX = MailIdentity("no-reply@inv.example", "带岗 Daigang", "i+{token}@inv.example")
STARTS = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@cache
def chinese() -> Catalog:
    with PART.open("rb") as file:
        return read_po(file, locale="zh_CN")


class PartTexts:
    """The Translator port on the part of the catalogue that mail brings along."""

    def translate(self, locale: str, message: str, **parameters: object) -> str:
        found = chinese().get(message) if locale == "zh_CN" else None
        text = str(found.string) if found and found.string else message
        return text % parameters if parameters else text


class PlainLinks:
    """The Links port without signatures."""

    def page(self, path: str) -> str:
        return f"https://daigang.example{path}"

    def for_booking(self, purpose: str, booking_id: int, person_id: int) -> str:
        return self.page(f"/i/{purpose}-{booking_id}-{person_id}")

    def mailed(self, purpose: str, token: str) -> str:
        return self.page(f"/{purpose}/{token}")


GRADUATE = Party(
    person_id=PersonId(3),
    name=Name("艾力·买买提", "Aili Maimaiti"),
    mailbox="aili@example.com",
    locale="zh_CN",
    zone="Asia/Shanghai",
    part="graduate",
)
PANELIST = Party(
    person_id=PersonId(4),
    name=Name("季云梭", "Ji Yunsuo"),
    mailbox="ji@yunsuo.example",
    locale="zh_CN",
    zone="Asia/Shanghai",
    part="interviewer",
)
INTERVIEW = Interview(
    booking_id=BookingId(7),
    slot_id=SlotId(70),
    uid="5c6f3a1e-8f1d-4c57-9f5e-2f0f4d0c9b11",
    sequence=0,
    token="q7Zt",
    state=BookingState.CONFIRMED,
    created_at=STARTS - timedelta(days=3),
    changed_at=STARTS - timedelta(days=3),
    cancel_reason="",
    times=Times(STARTS, STARTS + timedelta(minutes=20)),
    slot_zone="Asia/Shanghai",
    job_id=9,
    job=Name("机械结构工程师", "Mechanical Design Engineer"),
    firm=Name("云梭智能", "Yunsuo Intelligent Equipment"),
    graduate=GRADUATE,
    panel=(PANELIST,),
)
