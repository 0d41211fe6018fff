"""What went out within a stretch of time, between notes that come now and then."""

from datetime import timedelta

from signaling.forwarding.outgoing import SPAN, Outgoing, Sent

MS = timedelta(milliseconds=1)
BEGIN = timedelta(seconds=50)


def noted(*totals: int) -> Outgoing:
    """A total in bytes every 100 ms, in packets of 100 bytes."""
    outgoing = Outgoing()
    for number, total in enumerate(totals):
        outgoing.add(Sent(total, total / 100), BEGIN + 100 * number * MS)
    return outgoing


def test_between_two_notes_it_went_out_evenly():
    outgoing = noted(0, 1000, 5000)
    assert outgoing.within(BEGIN + 50 * MS, BEGIN + 150 * MS) == Sent(2500, 25)
    assert outgoing.bitrate(BEGIN, BEGIN + 200 * MS) == 200_000


def test_after_the_last_note_nothing_is_known_to_have_gone_out():
    assert noted(0, 1000).within(BEGIN + 50 * MS, BEGIN + 300 * MS) == Sent(500, 5)


def test_a_second_note_of_one_moment_replaces_the_first():
    outgoing = noted(0, 1000)
    outgoing.add(Sent(3000, 30), BEGIN + 100 * MS)
    assert outgoing.within(BEGIN, BEGIN + 100 * MS) == Sent(3000, 30)


def test_what_is_too_old_or_no_time_at_all_is_not_known():
    outgoing = noted(*range(0, 10_000, 100))
    assert Outgoing().bitrate(BEGIN, BEGIN + MS) is None
    assert outgoing.bitrate(BEGIN + SPAN, BEGIN + SPAN) is None
    assert outgoing.bitrate(BEGIN, BEGIN + SPAN) is None
    assert outgoing.bitrate(BEGIN + 9000 * MS, BEGIN + 9500 * MS) == 8000
