"""Mail out by SMTP (RFC 5321), one connection a mail; the only file that imports aiosmtplib."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from enum import StrEnum

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)

from scheduler.delivery.carriers import (
    HandingOver,
    Outcome,
    PermanentFailure,
    Sent,
    TemporaryFailure,
    mailbox,
)
from scheduler.invites.mime import POLICY

PERMANENT = 500  # replies from here on are final (RFC 5321 §4.2.1)
FAREWELL = timedelta(seconds=2)  # QUIT is a courtesy: the mail has already been taken
OURS = (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError)  # the set-up, not this mail


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in; `timeout` holds for each single step."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: timedelta = timedelta(seconds=20)


class SmtpCarrier:
    """A `Carrier` over SMTP; `tls` replaces the system's trust in certificates."""

    def __init__(self, server: SmtpServer, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls

    async def carry(self, message: EmailMessage, *, handing_over: HandingOver) -> Outcome:
        """See `Carrier.carry`; a 5xx reply to MAIL, RCPT or DATA is permanent."""
        handed = False

        async def hand_over() -> None:
            nonlocal handed
            await handing_over()
            handed = True

        try:
            async with self._connected() as client:
                await _transaction(client, message, hand_over)
        except OURS as error:
            return TemporaryFailure(_reason(error))
        except SMTPResponseException as error:
            if error.code >= PERMANENT:
                return PermanentFailure(_reason(error))
            return TemporaryFailure(_reason(error))
        except (SMTPException, OSError, TimeoutError) as error:
            return TemporaryFailure(_reason(error), perhaps_taken=handed)
        return Sent()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            timeout=server.timeout.total_seconds(),
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=self._tls,
        )
        try:
            await client.connect()
            yield client
            await _say_goodbye(client)
        finally:
            client.close()


async def _transaction(client: SMTP, message: EmailMessage, hand_over: HandingOver) -> None:
    sender, recipient = mailbox(message, "From"), mailbox(message, "To")
    octets = message.as_bytes()
    if sender.isascii() and recipient.isascii():
        await client.mail(sender)
        await client.rcpt(recipient)
    else:
        await client.mail(sender, options=["SMTPUTF8"], encoding="utf-8")  # RFC 6531 §3.4
        await client.rcpt(recipient, encoding="utf-8")
        octets = message.as_bytes(policy=POLICY.clone(utf8=True))
    await hand_over()
    await client.data(octets)


async def _say_goodbye(client: SMTP) -> None:
    try:
        async with asyncio.timeout(FAREWELL.total_seconds()):
            await client.quit()
    except (SMTPException, OSError, TimeoutError):
        return  # the reply to DATA counts; what happens after it does not


def _reason(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
