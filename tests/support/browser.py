"""A real Chromium with a fake camera and microphone, found wherever it is installed."""

import shutil
from pathlib import Path

from playwright.async_api import Browser, Playwright

from tests.support.certificate import key_hash

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
)


def executable() -> str:
    """The path of a Chromium on this machine."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    for place in PLACES:
        if Path(place).exists():
            return place
    raise FileNotFoundError("no Chromium found: run `make setup`")


async def launch(playwright: Playwright, *more: str) -> Browser:
    """A headless browser; `more` are further command-line flags."""
    return await playwright.chromium.launch(
        executable_path=executable(), headless=True, args=["--headless=new", *FLAGS, *more]
    )


def trusting(pem: Path) -> str:
    """The flag that makes a browser take this certificate, for WebRTC's TLS as for pages.

    It heeds the flag only with a profile folder of its own, which Playwright gives it.
    """
    return f"--ignore-certificate-errors-spki-list={key_hash(pem)}"
