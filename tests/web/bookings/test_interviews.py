"""My interviews: the next one, moving, cancelling, the calendar, and whose they are."""

from datetime import datetime, timedelta

from icalendar import Calendar
from sqlalchemy import select, update
from sqlmodel import col

from interviews.bookings.commands import Agreement
from interviews.bookings.models import Attendee, BookingState
from interviews.outbox import Outbox
from tests.support.clock import START
from tests.support.verbs import TEN
from tests.web.bookings.people import Cast, press

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def booked(cast: Cast, starts_at: datetime = TEN) -> Agreement:
    return await cast.world.book(await cast.world.slot(starts_at), cast.graduate_id)


async def test_without_an_interview_jobs_that_fit_are_offered(cast: Cast):
    await cast.world.slot()

    page = await cast.graduate.get("/me/interviews")

    assert "No interview ahead" in page.words
    assert "Free times that fit your studies Mechanical Design Engineer" in page.words


async def test_the_next_interview_comes_first_and_says_how_far_away_it_is(cast: Cast):
    agreement = await booked(cast)

    page = await cast.graduate.get("/me/interviews")

    assert "Next · in 1 day Mechanical Design Engineer" in page.words
    assert "Tue, 24 Nov, 10:00–10:30" in page.words
    assert "The room opens Tue, 24 Nov, 09:45." in page.words
    assert "Test camera and microphone" in page.words
    assert f'href="/interviews/{agreement.booking_id}/calendar.ics"' in page.text
    assert "https://calendar.google.com/calendar/render?action=TEMPLATE" in page.text
    assert "dates=20261124T020000Z%2F20261124T023000Z" in page.text
    assert "https://outlook.live.com/calendar/0/deeplink/compose?" in page.text
    assert "/i/" not in page.text  # a signed link is never given to a calendar on the web


async def test_a_quarter_of_an_hour_before_its_start_the_room_can_be_joined(cast: Cast):
    agreement = await booked(cast)
    cast.site.clock.advance(DAY + HOUR - timedelta(minutes=15))

    page = await cast.graduate.get(f"/interviews/{agreement.booking_id}")

    assert "Join the interview" in page.words
    assert f'href="/interviews/{agreement.booking_id}/room"' in page.text


async def test_interviews_are_listed_by_state(cast: Cast):
    over = await booked(cast)
    cast.site.clock.advance(DAY + HOUR)
    await cast.world.finish(over.booking_id, cast.world.place.recruiter_id, BookingState.DONE)
    off = await booked(cast, TEN + DAY)
    await cast.world.cancel(off.booking_id, cast.graduate_id)
    await booked(cast, TEN + DAY + HOUR)

    page = await cast.graduate.get("/me/interviews")

    where = [page.words.index(text) for text in ("Next ·", "Over 1", "Cancelled 1")]
    assert where == sorted(where)


async def test_moving_takes_two_steps_and_keeps_the_booking(cast: Cast):
    agreement = await booked(cast)
    later = await cast.world.slot(TEN + 2 * HOUR)
    here = f"/interviews/{agreement.booking_id}/move"

    page = await cast.graduate.get(here)
    assert "You can move it 2 more times, until Mon, 23 Nov, 22:00." in page.words
    chosen = await cast.graduate.get(f"{here}?slot={later}")
    assert "New time: Tue, 24 Nov, 12:00" in chosen.words
    moved = await press(cast.graduate, here, on=f"{here}?slot={later}", slot_id=str(later))

    assert (moved.status, moved.target) == (303, f"/interviews/{agreement.booking_id}")
    shown = await cast.graduate.get(moved.target)
    assert "Booked for Tue, 24 Nov, 10:00" in shown.words
    assert "Moved to Tue, 24 Nov, 12:00" in shown.words
    assert "You can move it 1 more time" in shown.words
    assert (await cast.world.row(agreement.booking_id)).sequence == 1


async def test_a_move_to_a_time_that_is_gone_offers_the_nearest_and_keeps_the_old(cast: Cast):
    agreement = await booked(cast)
    wanted, near = await cast.world.slot(TEN + 2 * HOUR), await cast.world.slot(TEN + 3 * HOUR)
    here = f"/interviews/{agreement.booking_id}/move"
    page = await cast.graduate.get(f"{here}?slot={wanted}")
    other, _ = await cast.another()
    await cast.world.book(wanted, other)

    taken = await cast.graduate.post(here, csrf=page.csrf, slot_id=str(wanted))

    assert taken.status == 409
    assert "Somebody else has just taken this time." in taken.words
    assert f'href="{here}?slot={near}"' in taken.text
    assert (await cast.world.row(agreement.booking_id)).sequence == 0


async def test_less_than_twelve_hours_before_it_can_only_be_cancelled(cast: Cast):
    agreement = await booked(cast)
    later = await cast.world.slot(TEN + 2 * HOUR)
    here = f"/interviews/{agreement.booking_id}/move"
    cast.site.clock.advance(DAY - timedelta(hours=10))

    page = await cast.graduate.get(here)
    late = await cast.graduate.post(here, csrf=page.csrf, slot_id=str(later))

    assert "It could be moved until Mon, 23 Nov, 22:00; you can still cancel it." in page.words
    assert late.status == 409
    assert "An interview can be moved until 12 hours before it starts." in late.words


async def test_a_time_that_somebody_else_has_is_not_among_those_to_move_to(cast: Cast):
    agreement = await booked(cast)
    other, _ = await cast.another()
    await cast.world.book(await cast.world.slot(TEN + HOUR), other)

    page = await cast.graduate.get(f"/interviews/{agreement.booking_id}/move")

    assert "No other free time at the moment" in page.words
    assert "Your interview stays as it is." in page.words


async def test_cancelling_is_confirmed_on_a_page_and_tells_everybody(cast: Cast):
    agreement = await booked(cast)
    here = f"/interviews/{agreement.booking_id}/cancellation"

    page = await cast.graduate.get(here)
    assert "This cannot be undone." in page.words
    done = await press(cast.graduate, here, on=here, reason="I fell ill")

    assert (done.status, done.target) == (303, "/me/interviews")
    shown = await cast.graduate.get(f"/interviews/{agreement.booking_id}")
    assert "Cancelled" in shown.words
    assert "Reason: I fell ill" in shown.words
    async with cast.site.database.reading() as session:
        methods = [
            payload["method"]
            for payload in await session.scalars(select(Outbox.payload).order_by(col(Outbox.id)))
        ]
    assert methods == ["REQUEST", "REQUEST", "CANCEL", "CANCEL"]
    again = await cast.graduate.post(here, csrf=page.csrf, reason="once more")
    assert again.status == 409
    assert "once more" in again.text  # nothing that was typed is lost


async def test_a_reason_that_is_too_long_is_shown_again(cast: Cast):
    agreement = await booked(cast)
    here = f"/interviews/{agreement.booking_id}/cancellation"

    page = await press(cast.graduate, here, on=here, reason="x" * 501)

    assert page.status == 422
    assert "x" * 501 in page.text


async def test_a_declined_invite_is_asked_about_and_can_be_kept(cast: Cast):
    agreement = await booked(cast)
    async with cast.site.database.writing() as session:
        await session.execute(
            update(Attendee)
            .where(col(Attendee.person_id) == cast.graduate_id)
            .values(partstat="DECLINED")
        )
    here = f"/interviews/{agreement.booking_id}"

    page = await cast.graduate.get("/me/interviews")
    assert "Your calendar says that you declined." in page.words
    await press(cast.graduate, f"{here}/attendance", on="/me/interviews")

    assert "You said that you will come." in (await cast.graduate.get("/me/interviews")).words
    assert "Your answer Will come" in (await cast.graduate.get(here)).words


async def test_mail_that_could_not_be_delivered_is_shown_with_a_way_round(cast: Cast):
    agreement = await booked(cast)
    async with cast.site.database.writing() as session:
        await session.execute(
            update(Outbox)
            .where(col(Outbox.recipient_id) == cast.graduate_id)
            .values(failed_at=START)
        )

    page = await cast.graduate.get(f"/interviews/{agreement.booking_id}")

    assert "could not be delivered. Take the calendar file below" in page.words


async def test_the_calendar_file_carries_the_uid_of_the_mails(cast: Cast):
    agreement = await booked(cast)
    here = f"/interviews/{agreement.booking_id}/calendar.ics"

    file = await cast.graduate.get(here)

    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8"
    event = Calendar.from_ical(file.text).walk("VEVENT")[0]
    assert (event["UID"], event["SEQUENCE"]) == (agreement.uid, 0)
    assert event["DTSTART"].dt == TEN
    assert (await cast.recruiter.get(here)).status == 200
    _, stranger = await cast.another()
    assert (await stranger.get(here)).status == 404


async def test_somebody_elses_interview_is_not_found(cast: Cast):
    agreement = await booked(cast)
    slot = await cast.world.slot(TEN + HOUR)
    _, stranger = await cast.another()
    here = f"/interviews/{agreement.booking_id}"

    for path in (here, f"{here}/move", f"{here}/cancellation"):
        assert (await stranger.get(path)).status == 404
    for path in ("/attendance", "/cancellation", "/move"):
        answer = await press(stranger, here + path, on="/me/interviews", slot_id=str(slot))
        assert answer.status == 404
    assert (await cast.world.row(agreement.booking_id)).state == BookingState.CONFIRMED


async def test_the_room_follows_a_move_and_ends_with_a_cancellation(cast: Cast):
    agreement = await booked(cast)
    later = await cast.world.slot(TEN + 2 * HOUR)
    here = f"/interviews/{agreement.booking_id}"
    await cast.graduate.get(f"{here}/room")
    assert cast.site.engine.is_open(agreement.uid)

    await press(cast.graduate, f"{here}/move", on=f"{here}/move", slot_id=str(later))
    assert cast.site.engine.is_open(agreement.uid)
    await press(cast.graduate, f"{here}/cancellation", on=f"{here}/cancellation")

    assert not cast.site.engine.is_open(agreement.uid)
