"""Sound and picture on one timeline: by their sender's clock, and by arrival until it is known."""

from datetime import timedelta

from signaling.outputs.packets import SenderClock
from signaling.outputs.timeline import PICTURE_RATE, SHORTEST, PictureLine, SoundLine, Unwrapper

ORIGIN = timedelta(hours=1)
NTP = 1 << 32


def at(seconds: float) -> timedelta:
    return ORIGIN + timedelta(seconds=seconds)


def clock(seconds: float, timestamp: int, ssrc: int = 7) -> SenderClock:
    return SenderClock("out", "0", ssrc, at(seconds), int(seconds * NTP), timestamp)


def test_timestamps_go_on_growing_when_32_bits_are_over():
    unwrapper = Unwrapper()
    top = (1 << 32) - 10
    assert [unwrapper.unwrap(t) for t in (top, 5, top - 1)] == [top, top + 15, top - 1]


def test_sound_begins_where_it_arrived_and_then_follows_its_own_clock():
    line = SoundLine(ORIGIN)
    assert line.place(1000, at(0.5)) == 24_000
    line.end = 24_960
    assert line.place(1960, at(0.9)) == 24_960  # late, but 20 ms after the first


def test_sound_before_the_start_has_no_place():
    line = SoundLine(ORIGIN)
    assert line.place(1000, at(-0.1)) is None
    assert line.place(1960, at(0.0)) == 0


def test_sound_that_would_overlap_is_moved_back():
    line = SoundLine(ORIGIN)
    line.place(0, at(0))
    line.end = 96_000  # silence was written meanwhile
    assert line.place(960, at(2.1)) == 96_000
    line.end = 96_960
    assert line.place(1920, at(2.12)) == 96_960


def test_a_sound_clock_that_leaps_is_begun_again():
    line = SoundLine(ORIGIN)
    line.place(0, at(0))
    line.end = 960
    assert line.place(1 << 30, at(1.0)) == 48_000


def test_pictures_follow_the_sound_as_soon_as_both_have_reported():
    sound = SoundLine(ORIGIN)
    picture = PictureLine(ORIGIN, sound)
    sound.place(0, at(0))  # sent at 0.0 s, no delay
    assert picture.place(7, 0, at(0.3)) == 0.3 * PICTURE_RATE  # sent at 0.0 s, 300 ms on its way
    sound.report(clock(1.0, 48_000))
    picture.report(clock(1.0, PICTURE_RATE))
    assert picture.place(7, PICTURE_RATE, at(1.3)) == PICTURE_RATE
    assert picture.place(7, PICTURE_RATE + 3000, at(1.4)) == PICTURE_RATE + 3000


def test_a_correction_never_turns_time_back():
    sound = SoundLine(ORIGIN)
    picture = PictureLine(ORIGIN, sound)
    sound.place(0, at(0))
    picture.place(7, 0, at(0.3))
    before = picture.place(7, 3000, at(0.33))
    sound.report(clock(0.0, 0))
    picture.report(clock(0.0, 0))
    assert picture.place(7, 6000, at(0.36)) == before + SHORTEST


def test_a_new_layer_goes_on_where_the_old_one_was():
    picture = PictureLine(ORIGIN, SoundLine(ORIGIN))
    picture.place(7, 0, at(0.1))
    before = picture.place(7, 3000, at(0.2))
    assert picture.place(8, 4_000_000_000, at(0.3)) - before > 3000


def test_a_report_of_a_layer_that_begins_says_nothing_of_the_one_before():
    sound = SoundLine(ORIGIN)
    picture = PictureLine(ORIGIN, sound)
    sound.place(0, at(0))
    sound.report(clock(0.0, 0))
    picture.place(7, 0, at(0.3))
    picture.report(clock(1.0, 50 * PICTURE_RATE, ssrc=8))  # its first picture is not whole yet
    assert picture.place(7, 9000, at(0.4)) == 0.4 * PICTURE_RATE
    assert picture.place(8, 50 * PICTURE_RATE, at(1.3)) == PICTURE_RATE


def test_a_report_that_leads_astray_is_not_believed():
    sound = SoundLine(ORIGIN)
    picture = PictureLine(ORIGIN, sound)
    sound.place(0, at(0))
    picture.place(7, 0, at(0))
    sound.report(clock(1.0, 48_000))
    picture.report(clock(3600.0, PICTURE_RATE))
    assert picture.place(7, PICTURE_RATE, at(1.0)) == PICTURE_RATE


def test_a_picture_clock_that_leaps_is_begun_again():
    picture = PictureLine(ORIGIN, SoundLine(ORIGIN))
    picture.place(7, 0, at(0))
    assert picture.place(7, 1 << 30, at(0.5)) == PICTURE_RATE // 2


def test_reports_before_any_packet_are_kept_for_it():
    sound = SoundLine(ORIGIN)
    picture = PictureLine(ORIGIN, sound)
    sound.report(clock(0.0, 0))
    picture.report(clock(0.0, 0))
    assert sound.seconds_at(0) is None
    sound.place(24_000, at(0.5))
    assert picture.place(7, PICTURE_RATE, at(1.3)) == PICTURE_RATE


def test_without_sound_a_picture_is_where_it_arrived():
    picture = PictureLine(ORIGIN, SoundLine(ORIGIN))
    picture.report(clock(1.0, 90_000))
    assert picture.place(7, 0, at(0.5)) == PICTURE_RATE // 2
