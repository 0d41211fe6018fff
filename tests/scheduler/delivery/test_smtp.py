"""How mail goes out by SMTP, and what is made of each answer."""

import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.delivery.carriers import Outcome, PermanentFailure, Sent, TemporaryFailure
from scheduler.delivery.smtp import Security, SmtpCarrier, SmtpServer
from scheduler.invites.mime import render_invite, render_letter
from scheduler.invites.values import Method
from tests.scheduler.delivery.servers import LOST, PASSWORD, USER, Moody, contexts, moody_server
from tests.scheduler.invites.examples import (
    ENTRY_ZH,
    EXAMPLES,
    GRADUATE,
    INVITE,
    LETTER_ZH,
    NOW,
    TO_GRADUATE,
    envelope,
)
from tests.support.service import free_port

MESSAGE = EXAMPLES["request-to-graduate"]


class Ledger:
    """Whether the carrier had asked for the last word."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self) -> None:
        self.asked += 1


async def carry(server: SmtpServer, *, tls: ssl.SSLContext | None = None) -> tuple[Outcome, int]:
    ledger = Ledger()
    carrier = SmtpCarrier(server, tls=tls)
    outcome = await carrier.carry(MESSAGE(), handing_over=ledger.ask)
    return outcome, ledger.asked


def plain(server: Moody) -> SmtpServer:
    return SmtpServer("127.0.0.1", server.port, Security.NONE, timeout=timedelta(seconds=5))


async def test_the_envelope_names_the_sender_and_the_one_recipient() -> None:
    async with moody_server() as server:
        assert await carry(plain(server)) == (Sent(), 1)
        assert server.envelopes == [("no-reply@inv.example", ["aili@example.com"])]


async def test_starttls_protects_the_mail(tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    async with moody_server(starttls=theirs) as server:
        smtp = replace(plain(server), security=Security.STARTTLS)
        assert await carry(smtp, tls=ours) == (Sent(), 1)
        assert server.encrypted == [True]


async def test_tls_from_the_first_byte_protects_the_mail(tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    async with moody_server(tls=theirs) as server:
        smtp = replace(plain(server), security=Security.TLS)
        assert await carry(smtp, tls=ours) == (Sent(), 1)
        assert len(server.taken) == 1


async def test_a_certificate_that_nobody_trusts_gets_no_mail(tmp_path: Path) -> None:
    theirs, _ = contexts(tmp_path)
    async with moody_server(starttls=theirs) as server:
        smtp = replace(plain(server), security=Security.STARTTLS)
        outcome, asked = await carry(smtp)
        assert isinstance(outcome, TemporaryFailure)
        assert not outcome.perhaps_taken
        assert (asked, server.taken) == (0, [])


async def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    async with moody_server() as server:
        smtp = replace(plain(server), security=Security.STARTTLS)
        outcome, asked = await carry(smtp)
        assert isinstance(outcome, TemporaryFailure)
        assert (asked, server.taken) == (0, [])


async def test_a_password_opens_the_server(tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    async with moody_server(starttls=theirs, login=True) as server:
        smtp = SmtpServer("127.0.0.1", server.port, Security.STARTTLS, USER, PASSWORD)
        assert await carry(smtp, tls=ours) == (Sent(), 1)
        assert server.users == [USER]


async def test_a_wrong_password_is_ours_to_mend_so_the_mail_waits(tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    async with moody_server(starttls=theirs, login=True) as server:
        smtp = SmtpServer("127.0.0.1", server.port, Security.STARTTLS, USER, "wrong")
        outcome, asked = await carry(smtp, tls=ours)
        assert isinstance(outcome, TemporaryFailure)
        assert outcome.reason.startswith("535")
        assert "wrong" not in outcome.reason
        assert asked == 0


def test_a_password_is_not_shown_with_its_server() -> None:
    assert "secret" not in repr(SmtpServer("mail.example", password="secret"))


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_4xx_answer_is_temporary(command: str) -> None:
    async with moody_server() as server:
        server.will_say(command, "451 4.7.1 greylisted, come back")
        outcome, asked = await carry(plain(server))
        assert outcome == TemporaryFailure("451 4.7.1 greylisted, come back")
        assert asked == (command == "DATA")
        assert await carry(plain(server)) == (Sent(), 1)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_5xx_answer_is_permanent_and_says_why(command: str) -> None:
    async with moody_server() as server:
        server.will_say(command, "550 5.1.1 no such mailbox")
        outcome, asked = await carry(plain(server))
        assert outcome == PermanentFailure("550 5.1.1 no such mailbox")
        assert asked == (command == "DATA")


async def test_a_connection_that_breaks_during_data_leaves_it_open_whether_the_mail_went() -> None:
    async with moody_server() as server:
        server.will_say("DATA", LOST)
        outcome, asked = await carry(plain(server))
        assert isinstance(outcome, TemporaryFailure)
        assert outcome.perhaps_taken
        assert asked == 1


async def test_a_refused_connection_is_temporary() -> None:
    smtp = SmtpServer("127.0.0.1", await free_port(), Security.NONE)
    outcome, asked = await carry(smtp)
    assert isinstance(outcome, TemporaryFailure)
    assert not outcome.perhaps_taken
    assert asked == 0


async def test_an_address_beyond_ascii_is_sent_as_rfc_6531_says() -> None:
    mailbox = "用户@example.com"
    message = render_letter(
        replace(TO_GRADUATE, mailbox=mailbox),
        letter=LETTER_ZH,
        envelope=envelope("7:REQUEST:0:3"),
        now=NOW,
    )
    async with moody_server() as server:
        carrier = SmtpCarrier(plain(server))
        assert await carrier.carry(message, handing_over=Ledger().ask) == Sent()
        assert server.envelopes == [("no-reply@inv.example", [mailbox])]
        assert f"<{mailbox}>".encode() in server.taken[0]


async def test_a_line_with_only_a_dot_does_not_end_the_mail() -> None:
    message = render_invite(
        INVITE,
        TO_GRADUATE,
        Method.REQUEST,
        letter=replace(LETTER_ZH, text="first\n.\nlast\n", html="<p>.</p>"),
        entry=ENTRY_ZH,
        envelope=envelope("7:REQUEST:0:3"),
        now=NOW,
    )
    async with moody_server() as server:
        carrier = SmtpCarrier(plain(server))
        assert await carrier.carry(message, handing_over=Ledger().ask) == Sent()
        assert server.taken == [message.as_bytes()]
        assert GRADUATE.mailbox.encode() in server.taken[0]
