"""When a task takes its next turn."""

import asyncio
from collections.abc import Callable

from signaling.transport.beat import BEAT, next_beat
from signaling.workers.pace import Pace


async def turned(pace: Pace, beats: int, meanwhile: Callable[[], None] = bool) -> int:
    """At which beat the turn came; something happens while it is waited for."""
    async with asyncio.TaskGroup() as tasks:
        turn = tasks.create_task(pace.turn(beats))
        await asyncio.sleep(0)
        meanwhile()
    return round(turn.result() / BEAT)


async def test_a_turn_comes_at_a_beat_of_every_so_many() -> None:
    pace = Pace()
    first, second = await turned(pace, 4), await turned(pace, 4)
    assert first % 4 == second % 4 == 0
    assert second > first


async def test_a_turn_that_is_pressed_for_comes_sooner() -> None:
    pace, loop = Pace(), asyncio.get_running_loop()
    latest = 0.0

    def press() -> None:
        nonlocal latest
        pace.press(1)
        latest = next_beat(loop.time())

    assert await turned(pace, 100_000, press) <= round(latest / BEAT)


async def test_to_press_makes_no_turn_later() -> None:
    pace, loop = Pace(), asyncio.get_running_loop()
    latest = next_beat(loop.time(), 100_000)
    assert await turned(pace, 1, lambda: pace.press(100_000)) < round(latest / BEAT)


async def test_to_press_between_turns_is_nothing() -> None:
    pace = Pace()
    pace.press(1)
    await turned(pace, 1)
    pace.press(1)
    assert await turned(pace, 2) % 2 == 0


async def test_a_task_that_ends_leaves_no_timer() -> None:
    pace = Pace()
    async with asyncio.TaskGroup() as tasks:
        turn = tasks.create_task(pace.turn(100_000))
        await asyncio.sleep(0)
        turn.cancel()
    pace.press(1)
    assert await turned(pace, 1) < round(asyncio.get_running_loop().time() / BEAT) + 1
