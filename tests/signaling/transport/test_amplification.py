"""Nobody gets more bytes out of the media port than went in, unless a check of theirs was valid."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random

import pytest

from signaling.forwarding import rtcp_build
from signaling.ice.stun import Address, Attribute
from signaling.transport.demultiplex import Protocol, protocol_of
from tests.signaling.forwarding.packets import KEY, rtp
from tests.signaling.fuzz.mutation import Mutator
from tests.signaling.fuzz.targets import STUN_SEEDS
from tests.signaling.ice.requests import HERE, NEXT, OURS, THERE, check
from tests.signaling.transport.hellos import firefox_hello
from tests.signaling.transport.test_hub import PEER, Street
from tests.signaling.workers.control import until

SEED = 20261126
STRANGER = ("203.0.113.200", 4444)
HELLO = firefox_hello(1100)
HOSTILE = (
    *STUN_SEEDS,
    *HELLO,
    rtp(1, KEY),
    rtcp_build.picture_loss(1, 2),
    b"\x16\xfe\xfd" + bytes(200),
    b"\x2c" + bytes(60),
    b"\x40" * 100,
    b"",
)


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    async with asyncio.TaskGroup() as tasks:
        street = Street(tasks)
        street.hub.bind(street.sent.extend)
        street.hub.open("first", OURS, PEER)
        yield street
        street.hub.close_all("closed")


async def test_a_hello_is_answered_only_where_a_valid_check_came_from(street: Street) -> None:
    wrong = check(password="another-password-of-22")
    for data in (*HELLO, wrong, *HELLO):
        street.receive(data, STRANGER)
    await asyncio.sleep(0)
    assert street.sent == []
    assert street.hub.drops["unknown-address"] == 2 * len(HELLO)
    assert street.hub.drops["stun-wrong-integrity"] == 1
    street.receive(check(OURS), HERE)
    for data in HELLO:
        street.receive(data, STRANGER)
        street.receive(data, HERE)
    await until(lambda: any(protocol_of(data) is Protocol.DTLS for data, _ in street.sent))
    assert {to for _, to in street.sent} == {HERE}


async def test_strangers_get_no_more_than_they_brought(
    street: Street, capsys: pytest.CaptureFixture[str]
) -> None:
    """Spoiled checks, hellos and media from one address each: what leaves for it is no more."""
    brought: Counter[Address] = Counter()
    mutator = Mutator(Random(SEED), HOSTILE, (b"\x21\x12\xa4\x42",), 1500)  # noqa: S311
    examples = 3000
    for number in range(examples):
        data, source = mutator.next(), ("198.51.100.99", 1024 + number)
        brought[source] += len(data)
        street.receive(data, source)
    sent: Counter[Address] = Counter()
    for data, to in street.sent:
        assert isinstance(to, tuple)
        sent[to] += len(data)
    assert all(count <= brought[to] for to, count in sent.items())
    counted = sum(street.hub.drops.values())
    assert counted + len(sent) >= examples, "what is not answered is counted"
    with capsys.disabled():
        print(f"\nhostile datagrams: {examples}, seed {SEED}, {dict(street.hub.drops)}", end="")  # noqa: T201


@pytest.mark.parametrize(
    "request_",
    [
        check(),
        check(role=Attribute.ICE_CONTROLLED),
        check(more=((0x7777, b""),)),
        check(more=tuple((0x7000 + n, b"") for n in range(8))),
        check(NEXT),
    ],
)
@pytest.mark.parametrize("source", [HERE, THERE, ("2001:db8::1", 65535)])
async def test_no_answer_to_a_check_is_longer_than_the_check(
    street: Street, request_: bytes, source: tuple[str, int]
) -> None:
    street.receive(request_, source)
    assert sum(len(data) for data, _ in street.sent) <= len(request_)


async def test_media_of_a_stranger_is_dropped_and_counted(street: Street) -> None:
    street.receive(check(OURS), HERE)
    street.sent.clear()
    street.receive(rtp(1, KEY), STRANGER)
    street.receive(rtcp_build.picture_loss(1, 2), STRANGER)
    assert street.hub.drops["unknown-address"] == 2
    assert street.sent == []
