"""Twenty seconds of the soak: what it counts, and that nothing is left behind."""

import asyncio
import json
import sys
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.media.flatness import Life
from tests.support.processes import unmeasured

PATIENCE = timedelta(minutes=3)  # a busy machine starts three processes slowly


@pytest.mark.services
async def test_a_short_soak_leaves_nothing_behind_and_survives_a_killed_worker() -> None:
    line = ("--minutes", "0.33", "--viewers", "6", "--kill-every", "9", "--no-canary")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.media.soak", *line),
        stdout=asyncio.subprocess.PIPE,
        env=unmeasured(),
    )
    async with asyncio.timeout(PATIENCE.total_seconds()):
        printed, _ = await process.communicate()
    found = json.loads(printed)
    assert found["missed"] == []
    assert process.returncode == 0
    result = found["result"]
    assert result["joins"] > 6
    assert result["kills"] >= 1
    assert result["lost_with_a_worker"] >= 1
    assert result["lost"] > 0
    assert result["lines"] > 4
    assert result["recorded"]["bytes"] > 0
    names = {slope["name"] for slope in result["slopes"]}
    assert names >= {"control", "outputs", "steady worker"}


def life(memory: "np.ndarray[tuple[int], np.dtype[np.float64]]", files: int = 0) -> Life:
    samples = [
        (float(second), int(size), 20 + second * files // 60) for second, size in enumerate(memory)
    ]
    return Life("worker", samples)


def test_a_process_that_keeps_its_size_is_flat() -> None:
    noise = np.random.default_rng(7).normal(0, 2e5, 600)
    verdict = life(100e6 + noise).judged()
    assert verdict is not None
    assert verdict.is_flat


def test_what_fills_up_at_first_is_no_leak() -> None:
    filling = 60e6 + 40e6 * np.minimum(np.arange(600) / 150, 1)
    verdict = life(filling).judged()
    assert verdict is not None
    assert verdict.is_flat


def test_what_a_stall_made_grow_once_is_no_leak() -> None:
    noise = np.random.default_rng(7).normal(0, 2e5, 1800)
    verdict = life(100e6 + noise + 10e6 * (np.arange(1800) > 1100)).judged()
    assert verdict is not None
    assert verdict.is_flat


@pytest.mark.parametrize(("per_second", "files"), [(50e3, 0), (0, 2)])
def test_a_leak_of_memory_or_descriptors_is_not_flat(per_second: float, files: int) -> None:
    verdict = life(100e6 + per_second * np.arange(600), files).judged()
    assert verdict is not None
    assert not verdict.is_flat


def test_a_kilobyte_that_every_viewer_leaves_is_found_in_half_an_hour() -> None:
    noise = np.random.default_rng(7).normal(0, 2e5, 1800)
    left = 220 * 1000 / 60 * np.arange(1800)
    verdicts = [life(100e6 + noise + grown).judged() for grown in (0 * left, left)]
    assert [verdict.is_flat for verdict in verdicts if verdict is not None] == [True, False]


def test_a_short_life_says_nothing() -> None:
    assert life(np.full(5, 1e8)).judged() is None
