"""Two real Chromiums in a room with our own client: reload, an ICE restart, a dead worker."""

import asyncio
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from signaling.turn import TurnPlan
from tests.signaling.engine.meetings import bundled, meeting_of, page_of
from tests.support.browser import launch, trusting
from tests.support.certificate import self_signed
from tests.support.coturn import SECRET, coturn
from tests.support.waiting import until

pytestmark = pytest.mark.e2e
LONG = timedelta(days=3650)  # the house's clock stands still, coturn's does not and ends in 2038
ONLY_RELAYS = """globalThis.connect = (configuration) =>
  new RTCPeerConnection({ ...configuration, iceTransportPolicy: "relay" });"""
# a starved machine takes longer to restart ICE than a page should wait for it
PATIENT = """globalThis.clockwork = {
  setTimeout: (run, delay) => setTimeout(run, delay < 2000 ? delay : 10 * delay),
  clearTimeout: (timer) => clearTimeout(timer),
  random: () => Math.random(),
};"""
BY_TLS = [["relay", "tls"]] * 2  # up and down


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> str:
    return bundled(tmp_path_factory.mktemp("client"))


async def test_two_browsers_meet_and_come_back_after_reload_ice_restart_and_dead_worker(
    client: str,
):
    async with (
        asyncio.timeout(90),
        meeting_of(client) as meeting,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright)
        li, chen = [await page_of(browser) for _ in range(2)]
        await chen.add_init_script(PATIENT)
        await meeting.enter(li, "li")
        await meeting.enter(chen, "chen")
        await li.wait_for_function("messages.includes('knock')")
        await li.evaluate("session.socket.say({type: 'admit', participant: 'chen'})")
        assert [await page.evaluate("flows()") for page in (li, chen)] == [True, True]
        await until(meeting.has_relayed_layers)

        await meeting.enter(chen, "chen")
        assert [await page.evaluate("flows()") for page in (chen, li)] == [True, True]
        assert await chen.evaluate("session.view.me.presence") == "in-room"

        # only told to be online again: its address stays
        before = await chen.evaluate("received()")
        await chen.evaluate("dispatchEvent(new Event('online'))")
        await chen.wait_for_function("links().every((state) => state === 'connected')")
        after = await chen.evaluate("flows().then(received)")
        assert after["frames"] > before["frames"], "the same connection went on"

        meeting.kill_worker_of("chen")
        since = time.monotonic()
        await chen.wait_for_function("messages.includes('media-lost')")
        assert [await page.evaluate("flows()") for page in (li, chen)] == [True, True]
        sys.stderr.write(f"a killed worker: both are back after {time.monotonic() - since:.2f} s\n")

        await li.evaluate("session.socket.say({type: 'end', outcome: 'done'})")
        await chen.wait_for_function("session.view.outcome === 'done'")
        await chen.wait_for_function("links().every((state) => state === 'closed')")
        await browser.close()


async def test_a_page_that_only_reaches_the_relay_and_by_tls_meets_the_others_and_restarts(
    client: str, tmp_path: Path
):
    certificate = self_signed(tmp_path)
    async with (
        asyncio.timeout(60),
        coturn(tmp_path, certificate) as relay,
        meeting_of(client, TurnPlan((relay.tls_url,), SECRET, LONG)) as meeting,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright, trusting(certificate))
        li, chen = [await page_of(browser) for _ in range(2)]
        await chen.add_init_script(ONLY_RELAYS)
        await chen.add_init_script(PATIENT)
        await meeting.enter(li, "li")
        await meeting.enter(chen, "chen")
        await li.wait_for_function("messages.includes('knock')")
        await li.evaluate("session.socket.say({type: 'admit', participant: 'chen'})")
        assert [await page.evaluate("flows()") for page in (li, chen)] == [True, True]
        assert await chen.evaluate("ways()") == BY_TLS
        before = await chen.evaluate("received()")
        await chen.evaluate("dispatchEvent(new Event('online'))")
        await chen.wait_for_function("links().every((state) => state === 'connected')")
        after = await chen.evaluate("flows().then(received)")
        assert after["frames"] > before["frames"], "the same connection went on"
        assert await chen.evaluate("ways()") == BY_TLS
        await browser.close()
