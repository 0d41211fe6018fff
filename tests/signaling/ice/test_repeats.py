"""Checks that repeat an earlier one: answered alike, and nothing else is taken for one."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.ice.agent import Answer, Drop, IceAgent
from signaling.ice.stun import Address, Attribute, build_stun, parse_stun
from tests.signaling.ice.requests import HERE, NEXT, OURS, THERE, check

START = timedelta(seconds=100)
V6 = ("2001:db8::7", 40000)
TRANSACTIONS = st.binary(min_size=12, max_size=12)


def agent(source: Address = HERE, data: bytes = b"") -> IceAgent[Address]:
    """One who got a check from there."""
    ice = IceAgent[Address](OURS, now=START)
    ice.receive(parse_stun(data or check()), source, source, START)
    return ice


@given(TRANSACTIONS, st.sampled_from([HERE, V6]))
def test_a_repeated_check_is_answered_as_if_it_was_read(
    transaction: bytes, source: Address
) -> None:
    ice = agent(source)
    data = check(transaction=transaction)
    again = ice.again(data, source, START)
    read = ice.receive(parse_stun(data), source, source, START)
    assert read == Answer(again or b"", valid=True)


@given(TRANSACTIONS, st.data())
def test_a_check_with_another_bit_anywhere_is_none(transaction: bytes, draw: st.DataObject) -> None:
    data = bytearray(check(transaction=transaction))
    at = draw.draw(st.integers(0, len(data) * 8 - 1))
    data[at // 8] ^= 1 << at % 8
    assert agent().again(bytes(data), HERE, START) is None


@given(st.binary(max_size=120))
def test_whatever_comes_is_no_repeat(data: bytes) -> None:
    assert agent().again(data, HERE, START) is None


def test_a_repeat_proves_consent() -> None:
    ice = agent()
    later = START + timedelta(seconds=20)
    assert ice.again(check(), HERE, later) is not None
    assert ice.hears(HERE, later)
    assert not ice.expired(later + timedelta(seconds=30))
    assert ice.expired(later + timedelta(seconds=31))


def test_a_forged_repeat_proves_nothing() -> None:
    ice = agent()
    later = START + timedelta(seconds=31)
    assert ice.again(check(password="guessed"), HERE, later) is None
    assert ice.expired(later)


def test_only_what_comes_from_where_the_peer_is_repeats_anything() -> None:
    ice = agent()
    assert ice.again(check(), THERE, START) is None
    ice.receive(parse_stun(check()), THERE, THERE, START)  # not nominated: the peer is still here
    assert ice.selected == HERE
    assert ice.again(check(), THERE, START) is None
    assert ice.again(check(), HERE, START) is None  # the last one that was read came from there


def test_a_way_that_is_gone_is_not_heard_again() -> None:
    ice = agent()
    ice.forget(HERE)
    assert ice.again(check(), HERE, START) is None
    assert ice.addresses == ()


def test_a_restart_ends_what_can_be_repeated() -> None:
    ice = agent()
    ice.restart(NEXT)
    assert ice.again(check(), HERE, START) is None
    assert isinstance(ice.receive(parse_stun(check(NEXT)), HERE, HERE, START), Answer)
    assert ice.again(check(), HERE, START) is None
    assert ice.again(check(NEXT), HERE, START) is not None


def test_what_follows_the_integrity_is_read() -> None:
    extra = ((int(Attribute.PRIORITY), bytes(4)),)
    data = check()
    tail = build_stun(1, bytes(12), extra, "x")[20:28]
    longer = data[:-8] + tail + data[-8:]
    ice = IceAgent[Address](OURS, now=START)
    assert ice.again(longer, HERE, START) is None
    ice.receive(parse_stun(data), HERE, HERE, START)
    assert ice.again(longer, HERE, START) is None


def test_a_refused_check_is_not_remembered() -> None:
    ice = IceAgent[Address](OURS, now=START)
    wrong = check(password="guessed")
    assert isinstance(ice.receive(parse_stun(wrong), HERE, HERE, START), Drop)
    assert ice.again(wrong, HERE, START) is None
