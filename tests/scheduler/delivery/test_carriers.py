"""What every carrier promises, kept by the real SMTP one and by the one that keeps files."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from scheduler.delivery.carriers import Carrier, Sent
from scheduler.delivery.kept import KeptMail
from scheduler.delivery.smtp import Security, SmtpCarrier, SmtpServer
from tests.scheduler.delivery.servers import moody_server
from tests.scheduler.invites.examples import EXAMPLES

NAMES = sorted(EXAMPLES)


@dataclass(frozen=True, slots=True)
class Case:
    """A carrier, and how to see what arrived."""

    carrier: Carrier
    arrived: Callable[[], list[bytes]]


class KeptBackError(Exception):
    """The caller changed its mind."""


@asynccontextmanager
async def over_smtp(_folder: Path) -> AsyncIterator[Case]:
    async with moody_server() as server:
        smtp = SmtpServer("127.0.0.1", server.port, Security.NONE)
        yield Case(SmtpCarrier(smtp), lambda: server.taken)


@asynccontextmanager
async def into_files(folder: Path) -> AsyncIterator[Case]:
    def arrived() -> list[bytes]:
        return [path.read_bytes() for path in sorted(folder.glob("mail/*.eml"))]

    yield Case(KeptMail(folder / "mail"), arrived)


@pytest.fixture(params=[over_smtp, into_files])
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as case:
        yield case


async def no_objection() -> None:
    """The caller hands the mail over."""


@pytest.mark.parametrize("name", NAMES)
async def test_a_mail_arrives_octet_for_octet(case: Case, name: str) -> None:
    message = EXAMPLES[name]()
    assert await case.carrier.carry(message, handing_over=no_objection) == Sent()
    assert case.arrived() == [message.as_bytes()]


async def test_the_caller_is_asked_once_before_the_mail_is_gone(case: Case) -> None:
    seen: list[list[bytes]] = []

    async def look() -> None:
        seen.append(list(case.arrived()))

    await case.carrier.carry(EXAMPLES[NAMES[0]](), handing_over=look)
    assert seen == [[]]
    assert len(case.arrived()) == 1


async def test_a_caller_who_objects_keeps_the_mail_back(case: Case) -> None:
    async def object_to_it() -> None:
        raise KeptBackError

    with pytest.raises(KeptBackError):
        await case.carrier.carry(EXAMPLES[NAMES[0]](), handing_over=object_to_it)
    assert case.arrived() == []


async def test_mails_carried_after_each_other_all_arrive(case: Case) -> None:
    for name in NAMES:
        await case.carrier.carry(EXAMPLES[name](), handing_over=no_objection)
    subjects = [message_from_bytes(each, policy=default)["Message-ID"] for each in case.arrived()]
    assert sorted(subjects) == sorted(EXAMPLES[name]()["Message-ID"] for name in NAMES)
