"""Media sessions as administrators see them."""

import re

import pytest

from interviews.bookings.models import Booking
from interviews.employers.models import Firm
from interviews.identity.models import Role
from signaling.engine import Engine
from signaling.forwarding.findings import Finding
from signaling.forwarding.flight import Event
from signaling.forwarding.negotiated import Codec, Kind, OutboundSection
from signaling.forwarding.record import FlightRecord, from_json
from signaling.refusals import SessionUnknown
from signaling.workers.messages import SessionStatistics, Statistics
from tests.signaling.engine.paper_media import PaperMedia
from tests.support.accounts import Register
from tests.support.site import Browser, Site
from tests.support.verbs import World
from tests.support.world import a_graduate, a_place, id_of
from web.handlers.freezes import CHANGES, TEXTS
from web.keys import ENGINE

VIDEO = OutboundSection("1", Kind.VIDEO, (Codec(96, "VP8", 90000),), 1, None, "c")
PAUSE = {
    "before": "q",
    "after": "-",
    "reason": "estimate",
    "usable": 200_000,
    "needed": 350_000,
    "at_once": 1,
}
BACK = PAUSE | {"before": "-", "after": "q"}
UP = PAUSE | {"before": "q", "after": "h", "usable": 600_000}
EVENTS = (
    Event(50.0, 1, "aim", "1", PAUSE),
    Event(55.0, 2, "aim", "1", BACK),
    Event(55.9, 3, "enter", "1", {"how": "key"}),
    Event(57.0, 6, "froze", "1", {"freezes": 2, "milliseconds": 740}),
    Event(58.0, 4, "aim", "1", UP),
    Event(58.1, 5, "enter", "1", {"how": "key"}),
)


class OnAir(PaperMedia):
    """One publisher and one viewer whose picture was paused."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions = {"up-room-1-1": "camera", "down-room-1-2": ""}

    async def statistics(self) -> tuple[Statistics, ...]:
        viewer = SessionStatistics(
            session="down-room-1-2",
            packets_out=1234,
            pauses=1,
            lost=0.125,
            trip=80,
            usable=200_000,
            bitrate=180_000,
            layers={"1": "q"},
        )
        return (Statistics(request=1, worker="paper", dropped={}, sessions=(viewer,)),)

    async def flight(self, session: str) -> FlightRecord:
        if session not in self.sessions:
            raise SessionUnknown
        return FlightRecord(session, "down", 60, 0, True, (1,), {}, (VIDEO,), (), EVENTS, ())


@pytest.fixture
async def chief(site: Site, register: Register) -> Browser:
    return await site.signed_in(await register("chief@example.com", Role.ADMINISTRATOR))


@pytest.fixture
def on_air(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(OnAir(), b"a key of the tests, nothing else", site.clock.now)
    monkeypatch.setitem(site.app._state, ENGINE, engine)


async def test_nobody_on_the_air_is_said(chief: Browser):
    assert "Nobody is on the air." in (await chief.get("/admin/media")).words


@pytest.mark.usefixtures("on_air")
async def test_every_session_is_listed_under_its_room(chief: Browser):
    page = await chief.get("/admin/media")
    assert "Room room-1" in page.words
    assert "Publisher camera" in page.words
    assert "Pauses: 1" in page.words
    assert "12.5 %" in page.words
    assert "Its worker does not answer." in page.words, "of the publisher nothing was told"


@pytest.mark.usefixtures("on_air")
@pytest.mark.parametrize(("path", "locale"), [("", "en"), ("", "zh_CN"), ("/down-room-1-2", "en")])
async def test_a_room_is_named_by_firm_and_time_with_the_way_to_the_firm(
    site: Site, chief: Browser, path: str, locale: str
):
    async with site.database.writing() as session:
        place = await a_place(session)
        firm = await session.get_one(Firm, place.firm_id)
        names = {"en": firm.display_name_en or firm.display_name_zh, "zh_CN": firm.display_name_zh}
        graduate = id_of(await a_graduate(session))
    world = World(site.database, site.clock, place)
    agreement = await world.book(await world.slot(), graduate)
    async with site.database.writing() as session:
        (await session.get_one(Booking, agreement.booking_id)).uid = "room-1"
    await chief.send("/language", on="/admin/media", locale=locale)
    page = await chief.get(f"/admin/media{path}")
    assert f"{names[locale]} · " in page.words
    assert f'href="/firms/{firm.slug}"' in page.text
    assert "Room room-1" not in page.words


@pytest.mark.usefixtures("on_air")
async def test_a_session_says_why_its_picture_froze(chief: Browser):
    page = await chief.get("/admin/media/down-room-1-2")
    assert "The picture was paused: the link carried 200 kbit/s" in page.words
    assert "The viewer waited 900 ms for a key frame." in page.words
    assert "The picture goes on with layer q." in page.words
    assert "Layer q became h: the link carries 600 kbit/s." in page.words
    assert "counted freezes: 2, 740 ms together" in page.words
    assert "Freezes 0 Frozen 0.0 s Frames dropped 0" in page.words, "its page has told of none"


@pytest.mark.usefixtures("on_air")
async def test_the_record_is_there_to_be_taken_away(chief: Browser):
    page = await chief.get("/admin/media/down-room-1-2/record.json")
    assert "attachment" in page.headers["Content-Disposition"]
    assert from_json(page.text).events == EVENTS


@pytest.mark.usefixtures("on_air")
@pytest.mark.parametrize("rest", ["", "/record.json"])
async def test_a_session_that_has_ended_is_not_found(chief: Browser, rest: str):
    assert (await chief.get(f"/admin/media/nobody{rest}")).status == 404


async def test_media_is_for_administrators(site: Site, register: Register):
    organiser = await site.signed_in(await register("org@example.com", Role.ORGANISER))
    assert (await organiser.get("/admin/media")).status == 403


def test_every_finding_has_a_text():
    codes = set(re.findall(r"`([a-z-]+)`", Finding.__doc__ or ""))
    assert codes == {*TEXTS, "layer-changed"}
    assert set(CHANGES) == {"estimate", "limit", "silent"}
