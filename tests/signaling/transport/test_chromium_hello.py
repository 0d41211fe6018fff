"""A real Chromium's post-quantum hello: longer than a datagram, in fragments, ends in GCM keys."""

import asyncio
from collections.abc import Sequence

import pytest
from playwright.async_api import Page, async_playwright

from signaling.sdp.answer import answer
from signaling.sdp.policy import UPLINK
from signaling.sdp.write import write
from signaling.transport.dtls import fingerprint
from signaling.transport.intake import Received
from signaling.workers import negotiation, translate
from signaling.workers.messages import Candidate, Hello
from tests.signaling.transport.hellos import X25519MLKEM768
from tests.signaling.transport.lines import Station, station
from tests.signaling.workers.control import until
from tests.support.browser import launch

pytestmark = pytest.mark.e2e
OFFER = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  globalThis.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  peer.addTransceiver(stream.getTracks()[0], { direction: "sendonly", streams: [stream] });
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
}"""
CIPHER = """async () => {
  const report = [...(await peer.getStats()).values()];
  return report.find((one) => one.type === "transport").srtpCipher;
}"""


class Listening:
    """Keeps the records of the handshake that come in."""

    def __init__(self, place: Station) -> None:
        self.hellos: list[bytes] = []
        self._hub = place.hub
        place.udp._intakes[0]._received = self.receive

    def receive(self, batch: Sequence[Received]) -> None:
        self.hellos += [r.data for r in batch if r.data[0] == 22 and r.data[13] == 1]
        self._hub.receive(batch)


async def met(page: Page, place: Station) -> None:
    """The page publishes to the station, which has no worker around it."""
    agreement = negotiation.agree_on(await page.evaluate(OFFER), UPLINK)
    candidate = Candidate(address=place.host, port=place.udp.number)
    known = fingerprint(place.hub._certificate)
    hello = Hello(worker="w", process=1, fingerprint=known, candidates=(candidate,))
    answerer = negotiation.answerer(hello, negotiation.new_ice())
    credentials = negotiation.credentials(answerer.ice, agreement.ice)
    place.hub.open(
        "s",
        translate.credentials(credentials),
        translate.dtls_peer(negotiation.dtls_peer(agreement)),
    )
    text = write(answer(agreement, answerer, UPLINK))
    await page.evaluate("sdp => peer.setRemoteDescription({ type: 'answer', sdp })", text)
    await until(lambda: place.connected_sessions == ["s"])


async def test_a_post_quantum_hello_of_a_real_browser_ends_in_gcm_keys():
    async with (
        asyncio.timeout(60),
        station() as place,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright)
        page = await browser.new_page()
        await page.goto("chrome://version")
        heard = Listening(place)
        await met(page, place)
        length = int.from_bytes(heard.hellos[0][14:17], "big")
        assert length > 1200
        assert len(heard.hellos) > 1
        assert X25519MLKEM768.to_bytes(2, "big") in b"".join(heard.hellos)
        assert await page.evaluate(CIPHER) == "SRTP_AEAD_AES_128_GCM"
        await until(lambda: place.packets)
        await browser.close()
