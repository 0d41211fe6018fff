"""Fixtures for tests in which aiortc peers meet a worker on loopback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aioice.ice
import pytest

from tests.signaling.workers.browsers import Browser
from tests.signaling.workers.control import Control, running_worker


@pytest.fixture
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves 127.0.0.1 out, which may be all that this machine has (pitfall 9)."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])


@pytest.fixture
async def control(on_loopback: None) -> AsyncIterator[Control]:  # noqa: ARG001
    """The control plane of a running worker."""
    async with running_worker() as control:
        yield control


@pytest.fixture
async def browsers(control: Control) -> AsyncIterator[list[Browser]]:
    """Three browsers: the first may publish, the others watch; closed at the end."""
    async with AsyncExitStack() as stack:
        opened = [Browser(control, f"session-{n}") for n in range(3)]
        for browser in opened:
            stack.push_async_callback(browser.close)
        yield opened
