"""Reports on many streams say one thing: how much is lost, and how long a packet is under way."""

from datetime import timedelta

from signaling.forwarding.reports import Heard, ViewerReports
from signaling.forwarding.rtcp import ReportBlock

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
NOW = timedelta(seconds=50)


def block(ssrc: int, highest: int, lost: int, *, last: int = 0, delay: int = 0) -> ReportBlock:
    return ReportBlock(ssrc, 0, lost & 0xFFFFFF, highest, 0, last, delay)


def test_the_share_lost_is_that_of_all_streams_together():
    reports = ViewerReports()
    assert reports.read([block(1, 100, 0), block(2, 50, 3)], NOW) == Heard(None, None)
    heard = reports.read([block(1, 130, 0), block(2, 60, 7)], NOW + 200 * MS)
    assert heard.fraction_lost == 4 / 40


def test_few_packets_wait_for_more_but_not_for_ever():
    reports = ViewerReports()
    reports.read([block(1, 100, 0)], NOW)
    assert reports.read([block(1, 115, 1)], NOW + 200 * MS).fraction_lost is None
    assert reports.read([block(1, 130, 3)], NOW + 400 * MS).fraction_lost == 3 / 30
    assert reports.read([block(1, 135, 3)], NOW + 600 * MS).fraction_lost is None
    assert reports.read([block(1, 135, 3)], NOW + 1500 * MS).fraction_lost == 0
    assert reports.read([block(1, 135, 3)], NOW + 3 * SECOND).fraction_lost is None


def test_repeats_that_arrive_twice_are_no_negative_losses():
    reports = ViewerReports()
    reports.read([block(1, 100, 5), block(2, 100, 0)], NOW)
    heard = reports.read([block(1, 130, -3), block(2, 110, 2)], NOW + MS)
    assert heard.fraction_lost == 2 / 40


def test_a_stream_that_began_anew_is_left_out():
    reports = ViewerReports()
    reports.read([block(1, 100, 0)], NOW)
    reports.read([block(1, 90, 50)], NOW + MS)
    assert reports.read([block(1, 120, 53)], NOW + 2 * MS).fraction_lost == 3 / 30


def test_the_round_trip_comes_from_our_own_sender_reports():
    reports = ViewerReports()
    reports.sent(0x1234_5678_9ABC_DEF0, NOW)
    held = 0x10000 // 2  # half a second
    heard = reports.read([block(1, 1, 0, last=0x5678_9ABC, delay=held)], NOW + 620 * MS)
    assert heard.round_trip == 120 * MS
    assert reports.read([block(1, 1, 0, last=7, delay=held)], NOW + SECOND).round_trip is None
    early = reports.read([block(1, 1, 0, last=0x5678_9ABC, delay=held)], NOW + 100 * MS)
    assert early.round_trip == timedelta(0)


def test_what_a_viewer_makes_us_remember_is_bounded():
    reports = ViewerReports()
    for number in range(10_000):
        reports.sent(number << 16, NOW)
        reports.read([block(number, 1, 0)], NOW)
    assert reports.read([block(0, 2, 0, last=0)], NOW).round_trip is None
