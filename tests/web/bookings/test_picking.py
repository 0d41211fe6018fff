"""A graduate picks a time, holds it, reads what is shared and confirms; or is told why not."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from interviews.bookings.models import Booking, BookingState
from interviews.consents.models import Consent
from interviews.graduates.models import Graduate
from interviews.jobs.models import Job, JobState
from interviews.slots.models import Slot, SlotState
from tests.support.verbs import TEN
from tests.support.world import a_firm, a_job, a_recruiter, a_slot, id_of
from tests.web.bookings.people import Cast, press

HOUR = timedelta(hours=1)
VERSION = "2026-11-22"


def slots_page(cast: Cast) -> str:
    return f"/jobs/{cast.world.place.job_id}/slots"


async def states(cast: Cast) -> list[str]:
    async with cast.site.database.reading() as session:
        return list(await session.scalars(select(Booking.state).order_by(col(Booking.id))))


async def test_a_graduate_picks_holds_confirms_and_sees_the_interview_without_a_script(cast: Cast):
    slot = await cast.world.slot()

    page = await cast.graduate.get(slots_page(cast))
    assert page.status == 200
    assert "Tue, 24 Nov 1 free" in page.words
    assert "Morning 10:00" in page.words
    assert "Person" in page.words  # who interviews
    assert "30 minutes" in page.words
    held = await press(cast.graduate, f"/slots/{slot}/hold", on=slots_page(cast))
    assert (held.status, held.target) == (303, f"/slots/{slot}/confirm")
    confirm = await cast.graduate.get(held.target)
    assert "Held for you until 09:01:30." in confirm.words
    assert 'data-hold-until="2026-11-23T01:01:30+00:00"' in confirm.text
    assert "Yunsuo Intelligent Equipment and its interviewers" in confirm.words
    for shared in ("星河大学", "Bachelor's", "软件工程", "2027-06", f"Text version {VERSION}."):
        assert shared in confirm.words
    booked = await press(
        cast.graduate, f"/slots/{slot}/booking", on=held.target, text_version=VERSION
    )
    assert booked.status == 303
    interview = await cast.graduate.get(booked.target)
    assert "Booked. The invite is on its way to" in interview.words
    assert "Booked for Tue, 24 Nov, 10:00" in interview.words
    assert await states(cast) == [BookingState.CONFIRMED]
    async with cast.site.database.reading() as session:
        consent = (await session.scalars(select(Consent))).one()
    assert (consent.text_version, consent.recipient) == (
        VERSION,
        f"firm:{cast.world.place.firm_id}",
    )


async def test_the_pages_speak_chinese_to_a_chinese_reader(cast: Cast):
    slot = await cast.world.slot()
    _, reader = await cast.another(locale="zh_CN")

    assert "空闲时间" in (await reader.get(slots_page(cast))).words
    await press(reader, f"/slots/{slot}/hold", on=slots_page(cast))
    assert "同意并预约" in (await reader.get(f"/slots/{slot}/confirm")).words
    assert "近期没有面试" in (await reader.get("/me/interviews")).words


async def test_both_zones_are_shown_when_their_clocks_differ(cast: Cast):
    slot = await cast.world.slot()
    _, abroad = await cast.another(zone="Europe/Berlin")

    page = await abroad.get(slots_page(cast))
    assert "Morning 03:00 10:00 there" in page.words
    assert "The firm's time: " in page.words
    assert "(UTC+08:00)" in page.words
    await press(abroad, f"/slots/{slot}/hold", on=slots_page(cast))
    confirm = await abroad.get(f"/slots/{slot}/confirm")
    assert "Tue, 24 Nov, 03:00–03:30" in confirm.words
    assert "For the firm: Tue, 24 Nov, 10:00, " in confirm.words
    assert "there" not in (await cast.graduate.get(slots_page(cast))).words


async def test_days_are_links_and_the_day_of_the_address_is_shown(cast: Cast):
    await cast.world.slot()
    await cast.world.slot(TEN + timedelta(days=1, hours=5))

    first = await cast.graduate.get(slots_page(cast))
    second = await cast.graduate.get(f"{slots_page(cast)}?day=2026-11-25")

    assert "Morning" in first.words
    assert "Afternoon" not in first.words
    assert "Afternoon 15:00" in second.words
    assert "Morning" not in second.words


async def test_a_time_from_the_jobs_page_is_ready_to_be_booked(cast: Cast):
    await cast.world.slot()
    later = await cast.world.slot(TEN + timedelta(days=1))

    page = await cast.graduate.get(f"{slots_page(cast)}?slot={later}")

    assert "Book Wed, 25 Nov, 10:00" in page.words


async def test_a_visitor_looks_around_and_is_sent_to_sign_in(cast: Cast):
    slot = await cast.world.slot()

    page = await cast.site.browser().get(slots_page(cast))

    assert "To book, sign in as a graduate." in page.words
    assert f"/sign-in?next=/jobs/{cast.world.place.job_id}/slots%3Fslot%3D{slot}" in page.text


async def test_a_recruiter_sees_the_times_but_cannot_take_one(cast: Cast):
    slot = await cast.world.slot()

    page = await cast.recruiter.get(slots_page(cast))
    refused = await press(cast.recruiter, f"/slots/{slot}/hold", on=slots_page(cast))

    assert "Only a graduate's account can book." in page.words
    assert refused.status == 403


async def test_a_time_that_somebody_was_faster_to_take_offers_the_nearest_in_place(cast: Cast):
    slot = await cast.world.slot()
    near = await cast.world.slot(TEN + HOUR)
    on = slots_page(cast)
    other, _ = await cast.another()
    page = await cast.graduate.get(on)
    await cast.world.book(slot, other)

    taken = await cast.graduate.post(f"/slots/{slot}/hold", csrf=page.csrf)

    assert taken.status == 409
    assert "Somebody else has just taken this time." in taken.words
    assert f'formaction="/slots/{near}/hold">Tue, 24 Nov, 11:00' in taken.text


async def test_when_one_time_is_withdrawn_the_others_can_still_be_taken(cast: Cast):
    slot, other = await cast.world.slot(), await cast.world.slot(TEN + HOUR)
    page = await cast.graduate.get(slots_page(cast))
    async with cast.site.database.writing() as session:
        (await session.get_one(Slot, slot)).state = SlotState.WITHDRAWN

    gone = await cast.graduate.post(f"/slots/{slot}/hold", csrf=page.csrf)

    assert gone.status == 409
    assert "This time is no longer offered." in gone.words
    assert f'formaction="/slots/{other}/hold"' in gone.text


async def test_a_hold_that_ran_out_can_still_be_confirmed_while_the_time_is_free(cast: Cast):
    slot = await cast.world.slot()
    confirm = f"/slots/{slot}/confirm"
    await press(cast.graduate, f"/slots/{slot}/hold", on=slots_page(cast))
    cast.site.clock.advance(timedelta(seconds=91))

    assert "This time is not held for you now." in (await cast.graduate.get(confirm)).words
    booked = await press(cast.graduate, f"/slots/{slot}/booking", on=confirm, text_version=VERSION)

    assert booked.status == 303


async def test_a_hold_that_somebody_else_took_over_is_explained(cast: Cast):
    slot = await cast.world.slot()
    await cast.world.slot(TEN + HOUR)
    on = f"/slots/{slot}/confirm"
    await press(cast.graduate, f"/slots/{slot}/hold", on=slots_page(cast))
    page = await cast.graduate.get(on)
    cast.site.clock.advance(timedelta(seconds=91))
    other, _ = await cast.another()
    await cast.world.book(slot, other)

    lost = await cast.graduate.post(f"/slots/{slot}/booking", csrf=page.csrf, text_version=VERSION)

    assert lost.status == 409
    assert "Your hold ran out and somebody else has taken this time." in lost.words
    assert "Nearest free times:" in lost.words
    assert (await cast.graduate.get(on)).status == 409


async def test_going_back_after_booking_leads_to_the_interview(cast: Cast):
    slot = await cast.world.slot()
    agreement = await cast.world.book(slot, cast.graduate_id)

    back = await cast.graduate.get(f"/slots/{slot}/confirm")

    assert (back.status, back.target) == (303, f"/interviews/{agreement.booking_id}")


async def test_a_hold_that_is_let_go_is_free_for_others(cast: Cast):
    slot = await cast.world.slot()
    await press(cast.graduate, f"/slots/{slot}/hold", on=slots_page(cast))

    gone = await press(cast.graduate, f"/slots/{slot}/release", on=f"/slots/{slot}/confirm")

    assert gone.target == slots_page(cast)
    other, _ = await cast.another()
    await cast.world.book(slot, other)


async def test_nobody_agrees_to_a_text_that_they_were_not_shown(cast: Cast):
    slot = await cast.world.slot()
    on = f"/slots/{slot}/confirm"
    await press(cast.graduate, f"/slots/{slot}/hold", on=slots_page(cast))

    old = await press(cast.graduate, f"/slots/{slot}/booking", on=on, text_version="2020-01-01")

    assert old.status == 409
    assert "worded anew" in old.words
    assert await states(cast) == [BookingState.HELD]
    bare = await press(cast.graduate, f"/slots/{slot}/booking", on=on)
    assert bare.status == 422


async def test_a_second_interview_less_than_ten_minutes_away_names_the_first(cast: Cast):
    place = await cast.world.other_place()
    first = await cast.world.slot(
        TEN + timedelta(minutes=35), job_id=place.job_id, panel=(place.recruiter_id,)
    )
    agreement = await cast.world.book(first, cast.graduate_id)
    slot = await cast.world.slot()

    page = await cast.graduate.get(slots_page(cast))
    assert "You are busy. Move that one?" in page.words
    assert f'href="/interviews/{agreement.booking_id}/move"' in page.text
    busy = await cast.graduate.post(f"/slots/{slot}/hold", csrf=page.csrf)

    assert busy.status == 409
    assert "You already have an interview at that time" in busy.words
    assert "Tue, 24 Nov, 10:35" in busy.words
    assert "Move that one" in busy.words


async def test_a_job_that_is_booked_already_leads_to_its_interview(cast: Cast):
    slot, other = await cast.world.slot(), await cast.world.slot(TEN + HOUR)
    agreement = await cast.world.book(slot, cast.graduate_id)

    page = await cast.graduate.get(slots_page(cast))
    refused = await cast.graduate.post(f"/slots/{other}/hold", csrf=page.csrf)

    for shown in (page, refused):
        assert "You already have an interview for this job." in shown.words
        assert f'href="/interviews/{agreement.booking_id}/move"' in shown.text
    assert refused.status == 409


async def test_conditions_that_are_not_met_are_named_before_and_after_pressing(cast: Cast):
    slot = await cast.world.slot()
    _, junior = await cast.another(level="zhuanke")
    _, artist = await cast.another(major="13")

    for reader, why in ((junior, "higher level"), (artist, "Your major is not in one")):
        page = await reader.get(slots_page(cast))
        assert why in page.words
        refused = await reader.post(f"/slots/{slot}/hold", csrf=page.csrf)
        assert refused.status == 409
        assert why in refused.words
        assert "Other jobs" in refused.words


async def test_an_incomplete_profile_leads_to_the_profile_and_back(cast: Cast):
    await cast.world.slot()
    person, reader = await cast.another()
    async with cast.site.database.writing() as session:
        graduate = await session.get_one(Graduate, person)
        graduate.level = ""

    page = await reader.get(slots_page(cast))

    assert "Your profile does not say your level of education." in page.words
    assert f'href="/me/profile?next={slots_page(cast)}"' in page.text


async def test_an_unproved_address_must_be_proved_first(cast: Cast):
    slot = await cast.world.slot()
    _, reader = await cast.another(verified=False)

    page = await reader.get(slots_page(cast))
    refused = await reader.post(f"/slots/{slot}/hold", csrf=page.csrf)

    assert refused.status == 403
    for shown in (page, refused):
        assert 'action="/me/account/verification"' in shown.text


async def test_after_the_campaign_nothing_can_be_booked(cast: Cast):
    async with cast.site.database.writing() as session:
        job = await session.get_one(Job, cast.world.place.job_id)
        job.valid_through += timedelta(days=100)
    cast.site.clock.advance(timedelta(days=20))

    page = await cast.graduate.get(slots_page(cast))

    assert "The campaign holds no interviews on that day." in page.words
    assert "Open jobs" in page.words


async def test_a_closed_job_sends_to_its_page_which_says_why(cast: Cast):
    async with cast.site.database.writing() as session:
        job = await session.get_one(Job, cast.world.place.job_id)
        job.state = JobState.WITHDRAWN

    page = await cast.graduate.get(slots_page(cast))

    assert (page.status, page.target) == (303, f"/jobs/{cast.world.place.job_id}")


async def test_without_free_times_other_firms_of_the_same_subject_are_shown(cast: Cast):
    async with cast.site.database.writing() as session:
        firm = await a_firm(session)
        recruiter = await a_recruiter(session, firm.id)
        job = await a_job(session, firm.id)
        await a_slot(session, job.id, (id_of(recruiter),), starts_at=TEN)

    page = await cast.graduate.get(slots_page(cast))

    assert "No free times at the moment" in page.words
    assert "Other firms with free times for your subject" in page.words
    assert f'href="/jobs/{job.id}"' in page.text


async def test_a_slot_that_does_not_exist_is_refused(cast: Cast):
    await cast.world.slot()

    gone = await press(cast.graduate, "/slots/999/hold", on=slots_page(cast))

    assert gone.status == 409
    assert "This time is no longer offered." in gone.words
