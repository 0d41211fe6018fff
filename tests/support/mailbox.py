"""A real SMTP server on loopback that keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Every mail that arrived, oldest first."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self._arrived = asyncio.Condition()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        async with self._arrived:
            self.mails.append(mail)  # type: ignore[arg-type]  # the default policy makes these
            self._arrived.notify_all()
        return "250 kept"

    async def wait_for(
        self, wanted: Callable[[EmailMessage], bool], *, within: float = 60
    ) -> EmailMessage:
        """The first mail that fits, waiting for it at most so many seconds."""
        async with asyncio.timeout(within), self._arrived:
            while True:
                for mail in self.mails:
                    if wanted(mail):
                        return mail
                await self._arrived.wait()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mailbox behind a free port of loopback."""
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
