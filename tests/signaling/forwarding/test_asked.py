"""What is asked for in vain is noticed, and what is remembered of it is bounded."""

from collections.abc import Iterable
from datetime import timedelta

from signaling.forwarding.asked import AT_LAST, AT_LEAST, DESPERATE, MOST, Asked

MS = timedelta(milliseconds=1)
OFTEN = 100 * MS  # how often a browser asks that does not know its round trip


def asked_for(numbers: Iterable[int], every: timedelta = MS) -> list[bool]:
    """Whether something was asked for in vain, after each of these."""
    asked, now, found = Asked(), timedelta(), []
    for number in numbers:
        asked.note(number, now)
        found.append(asked.in_vain)
        asked.in_vain = False
        now += every
    return found


def test_what_was_asked_for_too_often_is_asked_for_in_vain_once():
    assert asked_for([7] * 10) == [n == DESPERATE for n in range(1, 11)]


def test_what_is_asked_for_after_long_is_asked_for_in_vain_though_many_of_these_were_lost():
    last = AT_LAST // OFTEN + 1
    assert asked_for([7] * 10, OFTEN).index(True) in {last - 1, last, DESPERATE - 1}
    assert asked_for([7] * AT_LEAST, AT_LAST / (AT_LEAST - 1))[-1]
    assert not any(asked_for([7] * (AT_LEAST - 1), AT_LAST))


def test_no_more_than_a_viewer_can_lack_is_remembered():
    others = range(100, 100 + MOST)
    assert not any(asked_for([*[7] * (DESPERATE - 1), *others, 7]))


def test_of_what_flows_no_more_nothing_is_remembered():
    asked, now = Asked(), timedelta()
    for _ in range(2):
        for _ in range(DESPERATE - 1):
            asked.note(7, now)
        asked.forget()
    assert not asked.in_vain


def test_the_lowest_number_is_known():
    asked = Asked()
    for number in (9, 4, 12):
        asked.note(number, timedelta())
    assert asked.first == 4
