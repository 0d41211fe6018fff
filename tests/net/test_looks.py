"""Stretches that are put together say what happened between them too."""

from dataclasses import replace

from tests.net.looks import Look, Watched
from tests.net.noise import WIDTH

FIRST = Look(0.0, 0, 0, 0, WIDTH, 0, 0, 0, 0)


def stretch(since: float, until: float, *, frozen: tuple[float, float]) -> Watched:
    """A look every tenth of a second; between two moments neither picture nor sound came."""
    looks = []
    for tenth in range(round(since * 10), round(until * 10) + 1):
        missed = max(0, min(tenth, round(frozen[1] * 10)) - round(frozen[0] * 10))
        seen = tenth - missed
        look = replace(FIRST, at=tenth / 10, encoded=tenth, decoded=seen, samples=480 * tenth)
        looks.append(replace(look, concealed=480 * missed))
    return Watched(looks)


def test_a_freeze_over_the_border_of_two_stretches_is_one():
    frozen = (8.6, 11.2)
    wide, narrow = stretch(0, 10, frozen=frozen), stretch(10, 20, frozen=frozen)
    assert max(wide.longest_freeze, narrow.longest_freeze) < 2
    assert round((wide + narrow).longest_freeze, 1) == 2.7
    assert round((wide + narrow).longest_silence, 1) == 2.7


def test_the_end_of_a_stretch_is_judged_by_itself():
    watched = stretch(0, 10, frozen=(0, 6))
    assert round(watched.frames_kept, 1) == round(watched.sound_kept, 1) == 0.4
    assert watched.latest(3).frames_kept == watched.latest(3).sound_kept == 1


def test_a_stretch_may_begin_with_its_first_picture():
    watched = stretch(0, 10, frozen=(0, 6))
    assert watched.longest_freeze > 6
    assert watched.from_first_picture().longest_freeze < 1
