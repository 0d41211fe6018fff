"""Real SMTP servers on loopback: plain, with STARTTLS, with TLS, asking for a password, moody."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.certificate import self_signed

LOST = "421 the line breaks before the mail is kept"
LOST_BUT_KEPT = "421 the line breaks after the mail is kept"
USER, PASSWORD = "daigang", "correct horse"


class Moody:
    """Answers as it was told to, and keeps what it takes."""

    def __init__(self) -> None:
        self.port = 0
        self.replies: dict[str, list[str]] = {}
        self.taken: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.users: list[str] = []
        self.encrypted: list[bool] = []

    def will_say(self, command: str, *replies: str) -> None:
        """The next answers to MAIL, RCPT or DATA, used up one by one."""
        self.replies.setdefault(command, []).extend(replies)

    def _reply(self, command: str, otherwise: str) -> str:
        waiting = self.replies.get(command)
        return waiting.pop(0) if waiting else otherwise

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.mail_from = address
        return self._reply("MAIL", "250 fine")

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._reply("RCPT", "250 fine")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        reply = self._reply("DATA", "250 kept")
        if reply in {LOST, LOST_BUT_KEPT}:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]  # a socket transport
        if reply.startswith("250") or reply == LOST_BUT_KEPT:
            self.taken.append(bytes(envelope.content or b""))
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
            self.encrypted.append(session.ssl is not None)
        return reply

    def check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.users.append(data.login.decode())
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def moody_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: bool = False,
) -> AsyncIterator[Moody]:
    """A server on a free port of loopback, closed at the end."""
    moody = Moody()

    def protocol() -> SMTP:
        return SMTP(
            moody,
            enable_SMTPUTF8=True,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=moody.check if login else None,
            auth_required=login,
            auth_require_tls=login,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    moody.port = server.sockets[0].getsockname()[1]
    try:
        yield moody
    finally:
        server.close()
        await server.wait_closed()


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS with a fresh self-signed certificate, and a client's that trusts only it."""
    pem = self_signed(folder)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=pem)
