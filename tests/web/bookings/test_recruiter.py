"""A recruiter offers times, sees who booked, cancels with a reason, and says how it ended."""

from datetime import timedelta

from interviews.bookings.models import BookingState
from interviews.identity.models import Role
from tests.support.site import Browser, Page
from tests.support.verbs import TEN
from tests.web.bookings.people import Cast, press, with_account

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW = "/hr/slots/new"


def window(cast: Cast, **changes: str) -> dict[str, str]:
    """The form as typed: one Tuesday morning of 20 minutes and 5 between."""
    return {
        "job": str(cast.world.place.job_id),
        "on": "2026-11-24",
        "days": "1",
        "start": "09:00",
        "end": "10:15",
        "length": "20",
        "gap": "5",
        "panel": str(cast.world.place.recruiter_id),
        **changes,
    }


async def offer(cast: Cast, **changes: str) -> Page:
    """Send the form; the date's field is called `on` too, so not by `press`."""
    page = await cast.recruiter.get(NEW)
    return await cast.recruiter.post("/hr/slots", csrf=page.csrf, **window(cast, **changes))


async def test_without_times_the_list_offers_a_preset_of_two_mornings(cast: Cast):
    page = await cast.recruiter.get("/hr/slots")
    assert "Start with two mornings: 20 minutes each, 5 minutes between." in page.words

    form = await cast.recruiter.get("/hr/slots/new?preset=two-mornings")

    assert 'name="length" value="20"' in form.text
    assert 'name="gap" value="5"' in form.text
    assert 'name="days" value="2"' in form.text
    assert 'value="2026-11-24"' in form.text  # tomorrow is a working day


async def test_the_times_are_shown_before_they_are_offered(cast: Cast):
    preview = await cast.recruiter.get(NEW, params=window(cast))

    assert "3 times would be offered" in preview.words
    for time in ("09:00–09:20", "09:25–09:45", "09:50–10:10"):
        assert time in preview.words
    assert "You offer no times yet" in (await cast.recruiter.get("/hr/slots")).words

    done = await offer(cast)

    assert done.target == f"/hr/slots?job={cast.world.place.job_id}"
    offered = await cast.recruiter.get(done.target)
    assert "3 times are offered now." in offered.words
    assert "0 of 3 booked" in offered.words


async def test_the_preview_names_clashes_and_days_outside_the_campaign(cast: Cast):
    await cast.world.book(await cast.world.slot(TEN - HOUR), cast.graduate_id)

    clash = await cast.recruiter.get(NEW, params=window(cast))
    assert "Left out: 09:00–09:30 An interviewer has another interview then." in clash.words
    outside = await cast.recruiter.get(NEW, params=window(cast, on="2026-12-05"))

    assert "The campaign holds no interviews on that day." in outside.words
    assert "Nothing would be offered." in outside.words


async def test_two_days_are_offered_at_once_and_a_full_day_is_explained(cast: Cast):
    both = window(cast, days="2")

    preview = await cast.recruiter.get(NEW, params=both)
    assert "6 times would be offered" in preview.words
    await offer(cast)
    again = await cast.recruiter.get(NEW, params=both)

    assert "3 times would be offered" in again.words
    assert "This panel already offers a time then for this job." in again.words


async def test_what_was_typed_wrong_is_marked_and_nothing_is_lost(cast: Cast):
    page = await offer(cast, on="soon", length="2")

    assert page.status == 422
    assert 'value="soon"' in page.text
    assert "This should be at least 5." in page.words
    asked = await cast.recruiter.get(NEW, params=window(cast, panel=""))
    assert "Choose one or two interviewers." in asked.words


async def test_a_window_that_is_too_short_says_so_in_place(cast: Cast):
    short = window(cast, end="09:10")

    assert "does not fit into 10 minutes" in (await cast.recruiter.get(NEW, params=short)).words
    page = await offer(cast, end="09:10")

    assert page.status == 422
    assert "does not fit into 10 minutes" in page.words


async def test_times_are_offered_for_ones_own_jobs_only(cast: Cast):
    other = await cast.world.other_place()

    page = await offer(cast, job=str(other.job_id))

    assert page.status == 404
    assert "You offer no times yet" in (await cast.recruiter.get("/hr/slots")).words


async def test_a_time_that_nobody_booked_is_withdrawn(cast: Cast):
    slot = await cast.world.slot()

    done = await press(cast.recruiter, f"/hr/slots/{slot}/withdrawal", on="/hr/slots")

    assert done.target == "/hr/slots"
    listed = await cast.recruiter.get("/hr/slots?stand=withdrawn")
    assert "10:00–10:30 Withdrawn" in listed.words
    assert "No time fits these filters" in (await cast.recruiter.get("/hr/slots?stand=free")).words


async def test_a_booked_time_is_not_withdrawn(cast: Cast):
    slot = await cast.world.slot()
    await cast.world.book(slot, cast.graduate_id)

    page = await press(cast.recruiter, f"/hr/slots/{slot}/withdrawal", on="/hr/slots")

    assert page.status == 409
    assert "Cancel the interview with a reason first." in page.words
    assert "1 of 1 booked" in page.words
    assert 'href="/hr/bookings/' in page.text


async def test_another_firms_time_is_not_found(cast: Cast):
    slot = await cast.world.slot()
    stranger = await rival(cast)

    page = await press(stranger, f"/hr/slots/{slot}/withdrawal", on="/hr/slots")

    assert page.status == 404
    assert "10:00–10:30" not in (await stranger.get("/hr/slots")).words


async def rival(cast: Cast) -> Browser:
    """A recruiter of another firm."""
    place = await cast.world.other_place()
    await with_account(cast.site.database, place.recruiter_id, Role.RECRUITER)
    return await cast.site.signed_in(place.recruiter_id)


async def test_bookings_are_listed_by_day_and_narrowed_by_the_address(cast: Cast):
    first = await cast.world.book(await cast.world.slot(), cast.graduate_id)
    other, _ = await cast.another()
    await cast.world.book(await cast.world.slot(TEN + DAY), other)
    await cast.world.cancel(first.booking_id, cast.graduate_id, "I fell ill")

    everything = await cast.recruiter.get("/hr/bookings")
    for words in (
        "Tue, 24 Nov 2026 1",
        "Wed, 25 Nov 2026 1",
        "Reason: I fell ill",
        "No answer yet",
    ):
        assert words in everything.words
    by_day = await cast.recruiter.get("/hr/bookings?day=2026-11-25")
    by_state = await cast.recruiter.get("/hr/bookings?state=cancelled")
    by_job = await cast.recruiter.get("/hr/bookings?job=999")

    assert "Tue, 24 Nov" not in by_day.words
    assert "Wed, 25 Nov" not in by_state.words
    assert "No interview fits these filters" in by_job.words
    assert (await cast.recruiter.get("/hr/bookings?day=x&job=-1&state=odd")).status == 200


async def test_without_bookings_the_way_to_offering_times_is_shown(cast: Cast):
    page = await cast.recruiter.get("/hr/bookings")

    assert "Nobody has booked yet" in page.words
    assert 'href="/hr/slots/new"' in page.text


async def test_one_booking_shows_the_graduate_and_the_room(cast: Cast):
    _, abroad = await cast.another()
    agreement = await cast.world.book(await cast.world.slot(), cast.graduate_id)
    here = f"/hr/bookings/{agreement.booking_id}"

    page = await cast.recruiter.get(here)
    for words in ("星河大学", "软件工程", "2027-06", "The room opens Tue, 24 Nov, 09:00."):
        assert words in page.words
    cast.site.clock.advance(DAY)
    assert "Join the interview" in (await cast.recruiter.get(here)).words
    assert (await abroad.get(here)).status == 403
    assert (await (await rival(cast)).get(here)).status == 404


async def test_both_zones_are_shown_to_the_recruiter_of_a_graduate_abroad(cast: Cast):
    person, _ = await cast.another(zone="Europe/Berlin")
    agreement = await cast.world.book(await cast.world.slot(), person)

    page = await cast.recruiter.get(f"/hr/bookings/{agreement.booking_id}")

    assert "For the graduate: Tue, 24 Nov, 03:00, " in page.words
    assert "(UTC+01:00)" in page.words


async def test_a_recruiter_cancels_with_a_reason_only(cast: Cast):
    agreement = await cast.world.book(await cast.world.slot(), cast.graduate_id)
    here = f"/hr/bookings/{agreement.booking_id}"

    silent = await press(cast.recruiter, f"{here}/cancellation", on=here)
    assert silent.status == 422
    assert "Say why you cancel" in silent.words
    done = await press(cast.recruiter, f"{here}/cancellation", on=here, reason="Post is filled")

    assert done.target == here
    assert "Reason: Post is filled" in (await cast.recruiter.get(here)).words
    again = await press(cast.recruiter, f"{here}/cancellation", on=here, reason="Twice")
    assert again.status == 409
    assert (await press(await rival(cast), f"{here}/cancellation", on="/hr")).status == 404


async def test_the_outcome_is_offered_when_it_may_be_said(cast: Cast):
    agreement = await cast.world.book(await cast.world.slot(), cast.graduate_id)
    here = f"/hr/bookings/{agreement.booking_id}"
    assert "How did it end?" not in (await cast.recruiter.get(here)).words
    early = await press(cast.recruiter, f"{here}/outcome", on=here, outcome="done")
    assert early.status == 409
    assert "Wait until Tue, 24 Nov, 09:00." in early.words
    cast.site.clock.advance(DAY + HOUR)

    page = await cast.recruiter.get(here)
    assert "It took place" in page.words
    assert "Nobody came" not in page.words  # the grace is not over
    cast.site.clock.advance(timedelta(minutes=10))
    assert "Nobody came" in (await cast.recruiter.get(here)).words
    done = await press(cast.recruiter, f"{here}/outcome", on=here, outcome="no_show")

    assert done.target == here
    assert (await cast.world.row(agreement.booking_id)).state == BookingState.NO_SHOW
    odd = await press(cast.recruiter, f"{here}/outcome", on=here, outcome="cancelled")
    assert odd.status == 409
    assert (await press(await rival(cast), f"{here}/outcome", on="/hr")).status == 404
