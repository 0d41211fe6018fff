"""Mail that a running service kept in its data folder, since it has no SMTP server."""

import asyncio
import base64
import json
import re

from scheduler.delivery.kept import KeptMail, KeptMessage
from tests.support.service import Service
from web.carriers import KEPT
from web.links import PURPOSES

SIGNED = re.compile(r"/i/([\w-]+)\.[\w-]+")


async def letter(service: Service, address: str, holding: str, *, within: float = 30) -> str:
    """The text of the newest mail to this address that holds this; waits for it."""
    box = KeptMail(service.data / KEPT)
    async with asyncio.timeout(within):
        while (found := await _newest(box, address, holding)) is None:  # noqa: ASYNC110  files
            await asyncio.sleep(0.1)
    return found.text


async def _newest(box: KeptMail, address: str, holding: str) -> KeptMessage | None:
    for summary in await box.newest():
        message = await box.message(summary.name)
        if address in summary.recipient and holding in message.text:
            return message
    return None


def link_with(text: str, path: str) -> str:
    """The last part of the first link of a mail under this path."""
    found = re.search(re.escape(path) + r"([\w.-]+)", text)
    assert found is not None, text
    return found[1]


def signed_link(text: str, purpose: str) -> str:
    """The token of the mail's signed link that is good for this purpose."""
    for found in SIGNED.finditer(text):
        padded = found[1] + "=" * (-len(found[1]) % 4)
        if json.loads(base64.urlsafe_b64decode(padded))[0] == PURPOSES.index(purpose):
            return found[0].removeprefix("/i/")
    raise AssertionError(text)
