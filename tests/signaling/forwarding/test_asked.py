"""What is asked for in vain is noticed, and what is remembered of it is bounded."""

from signaling.forwarding.asked import DESPERATE, MOST, Asked


def asked_for(*numbers: int) -> bool:
    asked = Asked()
    for number in numbers:
        asked.note(number)
    return asked.in_vain


def test_what_was_asked_for_too_often_is_asked_for_in_vain():
    assert not asked_for(*[7] * (DESPERATE - 1))
    assert asked_for(*[7] * DESPERATE)


def test_no_more_than_a_viewer_can_lack_is_remembered():
    others = range(100, 100 + MOST)
    assert not asked_for(*[7] * (DESPERATE - 1), *others, 7)
