"""A story that went wrong is told again, and it is said whether the machine stalled."""

import asyncio

import pytest

from tests.net.stalls import LATE, TRIES, waits, within_tries

CALM = "the machine did not stall"


class Story:
    """Goes wrong so many times; `blocks`: keeps the relay's loop for itself meanwhile."""

    def __init__(self, failures: int, *, blocks: bool = False) -> None:
        self.failures = failures
        self.blocks = blocks
        self.told = 0
        self.said: list[str] = []

    async def tell(self) -> None:
        loop = asyncio.get_running_loop()
        self.told += 1
        await asyncio.sleep(0)  # the loop is being looked at
        until = loop.time() + 2 * LATE if self.blocks else 0
        while loop.time() < until:
            pass
        await asyncio.sleep(0)
        assert self.told > self.failures, "no picture"

    async def within_tries(self) -> None:
        await within_tries(self.tell, self.said.append)


async def test_what_goes_well_is_told_once():
    story = Story(0)
    await story.within_tries()
    assert story.told == len(story.said) == 1


async def test_what_went_wrong_while_the_relay_was_late_is_told_again():
    story = Story(1, blocks=True)
    await story.within_tries()
    assert story.told == 2
    assert "no picture" in story.said[0]
    assert "the relay woke up" in story.said[0]


async def test_of_what_goes_wrong_without_a_stall_just_that_is_said():
    story = Story(1)
    await story.within_tries()
    assert story.told == 2
    assert CALM in story.said[0] or "late" in story.said[0]  # it may have stalled, here as well


async def test_what_goes_wrong_at_every_try_fails():
    story = Story(TRIES, blocks=True)
    with pytest.raises(AssertionError, match="no picture"):
        await story.within_tries()
    assert story.told == TRIES


def test_threads_tell_how_long_they_had_no_core():
    assert all(waited >= 0 for waited in waits().values())
