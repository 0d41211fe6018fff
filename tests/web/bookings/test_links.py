"""Signed links: one purpose each, reading changes nothing, and they end."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from interviews.bookings.commands import Agreement
from interviews.bookings.models import Attendee, BookingState
from interviews.people.models import Person, PersonId
from tests.support.site import Browser
from tests.support.verbs import TEN
from tests.web.bookings.people import Cast, press

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def booked(cast: Cast) -> Agreement:
    return await cast.world.book(await cast.world.slot(), cast.graduate_id)


def link(cast: Cast, purpose: str, agreement: Agreement, person: PersonId) -> str:
    """The path of a mailed link."""
    url = cast.site.links.for_booking(purpose, agreement.booking_id, person)
    return url.removeprefix(cast.site.links.page("/").rstrip("/"))


def stranger(cast: Cast) -> Browser:
    return cast.site.browser()


async def answers(cast: Cast) -> dict[int, str]:
    async with cast.site.database.reading() as session:
        rows = await session.execute(select(col(Attendee.person_id), col(Attendee.partstat)))
        return {row.person_id: row.partstat for row in rows}


async def test_a_graduate_without_an_account_confirms_by_link(cast: Cast):
    agreement = await booked(cast)
    path, reader = link(cast, "confirm", agreement, cast.graduate_id), stranger(cast)

    page = await reader.get(path)
    assert "Tue, 24 Nov, 10:00–10:30" in page.words
    assert (await answers(cast))[cast.graduate_id] == "NEEDS-ACTION"  # a scanner may have read it
    done = await press(reader, path, on=path)

    assert (done.status, done.target) == (303, path)
    assert "You said that you will come." in (await reader.get(path)).words
    assert (await answers(cast))[cast.graduate_id] == "ACCEPTED"


async def test_an_interviewer_confirms_by_link_in_their_own_language(cast: Cast):
    agreement = await booked(cast)
    panel = cast.world.place.recruiter_id
    path, reader = link(cast, "confirm", agreement, panel), stranger(cast)

    page = await reader.get(path)
    assert "Graduate" in page.words
    await press(reader, path, on=path)

    assert (await answers(cast))[panel] == "ACCEPTED"


async def test_a_link_moves_the_interview_in_two_steps(cast: Cast):
    agreement = await booked(cast)
    later = await cast.world.slot(TEN + 2 * HOUR)
    path, reader = link(cast, "move", agreement, cast.graduate_id), stranger(cast)

    assert f'href="{path}?slot={later}"' in (await reader.get(path)).text
    done = await press(reader, path, on=f"{path}?slot={later}", slot_id=str(later))

    assert done.status == 303
    assert "Tue, 24 Nov, 12:00" in (await reader.get(path)).words
    assert (await cast.world.row(agreement.booking_id)).moves == 1


async def test_a_move_by_link_to_a_time_that_is_gone_offers_the_nearest(cast: Cast):
    agreement = await booked(cast)
    wanted, near = await cast.world.slot(TEN + 2 * HOUR), await cast.world.slot(TEN + 3 * HOUR)
    path, reader = link(cast, "move", agreement, cast.graduate_id), stranger(cast)
    page = await reader.get(path)
    other, _ = await cast.another()
    await cast.world.book(wanted, other)

    taken = await reader.post(path, csrf=page.csrf, slot_id=str(wanted))

    assert taken.status == 409
    assert f'href="{path}?slot={near}"' in taken.text


async def test_a_link_cancels_and_an_interviewer_must_say_why(cast: Cast):
    agreement = await booked(cast)
    panel = cast.world.place.recruiter_id
    path, reader = link(cast, "cancel", agreement, panel), stranger(cast)

    silent = await press(reader, path, on=path, reason="  ")
    assert silent.status == 422
    assert "Say why you cancel; the graduate will read it." in silent.words
    done = await press(reader, path, on=path, reason="The interviewer fell ill")

    assert done.status == 303
    after = await reader.get(path)
    assert "This interview was cancelled; nothing is left to do." in after.words
    own = await stranger(cast).get(link(cast, "cancel", agreement, cast.graduate_id))
    assert "The interviewer fell ill" in own.words
    assert "See other times" in own.words


async def test_a_number_that_no_database_holds_is_malformed_and_not_a_fault(cast: Cast):
    agreement = await booked(cast)
    path, reader = link(cast, "move", agreement, cast.graduate_id), stranger(cast)

    assert (await press(reader, path, on=path, slot_id="9" * 20)).status == 422


async def test_an_interviewer_cannot_move(cast: Cast):
    agreement = await booked(cast)
    later = await cast.world.slot(TEN + 2 * HOUR)
    path, reader = link(cast, "move", agreement, cast.world.place.recruiter_id), stranger(cast)

    page = await reader.get(path)
    assert "Only the graduate can move an interview." in page.words
    refused = await press(reader, path, on=path, slot_id=str(later))

    assert refused.status == 404
    assert (await cast.world.row(agreement.booking_id)).moves == 0


async def test_a_link_does_only_what_it_is_for(cast: Cast):
    agreement = await booked(cast)
    later = await cast.world.slot(TEN + 2 * HOUR)
    fields = {"slot_id": str(later), "reason": "none"}

    confirm = link(cast, "confirm", agreement, cast.graduate_id)
    await press(stranger(cast), confirm, on=confirm, **fields)
    row = await cast.world.row(agreement.booking_id)
    assert (row.state, row.sequence) == (BookingState.CONFIRMED, 0)
    room = link(cast, "room", agreement, cast.graduate_id)
    refused = await press(stranger(cast), room, on=room, **fields)

    assert refused.status == 403
    assert (await cast.world.row(agreement.booking_id)).state == BookingState.CONFIRMED


async def test_the_room_link_says_when_the_room_opens_and_then_leads_there(cast: Cast):
    agreement = await booked(cast)
    path, reader = link(cast, "room", agreement, cast.graduate_id), stranger(cast)

    early = await reader.get(path)
    assert "The room opens Tue, 24 Nov, 09:45." in early.words
    assert f'href="{path}/room"' in early.text
    cast.site.clock.advance(DAY + HOUR - timedelta(minutes=15))
    page = await reader.get(path)

    assert "Join the interview" in page.words
    assert (await reader.get(f"{path}/room")).status == 200


async def test_the_room_of_a_cancelled_interview_leads_back_to_what_became_of_it(cast: Cast):
    agreement = await booked(cast)
    path, reader = link(cast, "room", agreement, cast.graduate_id), stranger(cast)
    cancel = link(cast, "cancel", agreement, cast.graduate_id)
    await press(stranger(cast), cancel, on=cancel)

    gone = await reader.get(f"{path}/room")

    assert (gone.status, gone.target) == (303, path)
    assert "This interview was cancelled; nothing is left to do." in (await reader.get(path)).words
    own = await cast.graduate.get(f"/interviews/{agreement.booking_id}/room")
    assert own.status == 409
    assert "This interview is over or was cancelled." in own.words


async def test_the_waiting_room_names_the_panel_in_the_reader_s_letters(cast: Cast):
    agreement = await booked(cast)
    async with cast.site.database.reading() as session:
        panel = await session.get_one(Person, cast.world.place.recruiter_id)

    english = await cast.graduate.get(f"/interviews/{agreement.booking_id}/room")

    assert f"You meet: {panel.name_latin}" in english.words


async def test_the_room_link_ends_a_day_after_the_interview_too(cast: Cast):
    agreement = await booked(cast)
    path, reader = link(cast, "room", agreement, cast.graduate_id), stranger(cast)
    cast.site.clock.advance(2 * DAY + HOUR + timedelta(minutes=30))

    assert (await reader.get(f"{path}/room")).status == (await reader.get(path)).status == 410


async def test_a_link_ends_a_day_after_the_interview(cast: Cast):
    agreement = await booked(cast)
    path, reader = link(cast, "cancel", agreement, cast.graduate_id), stranger(cast)
    page = await reader.get(path)
    cast.site.clock.advance(DAY + HOUR + timedelta(minutes=30))

    assert "This interview is over. Thank you." in (await reader.get(path)).words
    cast.site.clock.advance(DAY)

    dead = await reader.get(path)
    assert dead.status == (await reader.post(path, csrf=page.csrf, reason="late")).status
    assert dead.status in {403, 404, 410}


async def test_an_interviewer_who_left_the_panel_has_a_dead_link(cast: Cast):
    agreement = await booked(cast)
    panel = cast.world.place.recruiter_id
    colleague = await cast.world.recruiter()
    later = await cast.world.slot(TEN + 2 * HOUR, panel=(colleague,))
    path = link(cast, "cancel", agreement, panel)
    await cast.world.move(agreement.booking_id, later, cast.graduate_id)

    assert (await stranger(cast).get(path)).status in {403, 404, 410}


async def test_a_link_that_we_did_not_sign_opens_nothing(cast: Cast):
    agreement = await booked(cast)
    path = link(cast, "cancel", agreement, cast.graduate_id)

    assert (await stranger(cast).get(path[:-1] + "~")).status in {400, 403, 404}
