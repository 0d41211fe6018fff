"""The agent of a worker that calls another worker, against the ICE-lite agent that it calls."""

import struct
from collections.abc import Callable
from datetime import timedelta
from itertools import count

from signaling.ice.agent import Answer, Credentials, Drop, DropReason, IceAgent
from signaling.ice.controlling import ControllingAgent
from signaling.ice.stun import Address, Attribute, MessageType, build_stun, parse_stun
from tests.signaling.ice.requests import HERE, OURS, THERE

THEIRS = Credentials(OURS.remote_ufrag, OURS.remote_password, OURS.local_ufrag, OURS.local_password)
START = timedelta(seconds=100)


def drawing() -> Callable[[int], bytes]:
    """Bytes that are never the same twice."""
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def calling() -> ControllingAgent[Address]:
    return ControllingAgent(OURS, THERE, draw=drawing(), now=START)


def at(seconds: float) -> timedelta:
    return START + timedelta(seconds=seconds)


def answered(request: bytes, now: timedelta) -> bytes:
    """What the ICE-lite agent at the other end says to a check."""
    lite = IceAgent[Address](THEIRS, now=now)
    answer = lite.receive(parse_stun(request), HERE, HERE, now)
    assert isinstance(answer, Answer)
    assert lite.selected == HERE
    return answer.data


def check_of(agent: ControllingAgent[Address], now: timedelta) -> bytes:
    check = agent.due(now)
    assert check is not None
    return check


def test_a_check_nominates_the_only_pair_and_says_who_controls():
    message = parse_stun(check_of(calling(), START))
    assert message.type == MessageType.BINDING_REQUEST
    assert message.username == (OURS.remote_ufrag, OURS.local_ufrag)
    assert message.value(Attribute.USE_CANDIDATE) == b""
    assert message.value(Attribute.ICE_CONTROLLING) is not None
    assert message.value(Attribute.PRIORITY) == struct.pack("!I", 0x7EFFFFFF)


def test_a_lite_agent_answers_and_the_pair_is_in_use():
    agent = calling()
    check = check_of(agent, START)
    assert agent.selected is None
    heard = agent.receive(parse_stun(answered(check, START)), THERE, THERE, at(0.01))
    assert heard == Answer(b"", valid=True)
    assert (agent.selected, agent.addresses) == (THERE, (THERE,))


def test_a_check_is_repeated_less_and_less_often_until_it_is_answered():
    agent = calling()
    check = check_of(agent, START)
    sent = [ms / 10 for ms in range(300) if agent.due(at(ms / 10)) == check]
    assert sent == [0.5, 1.5, 3.5, 7.5, 15.5]
    assert answered(check, at(16))


def test_after_the_last_repetition_a_new_transaction_is_begun():
    agent = calling()
    first = [check_of(agent, at(500 * n)) for n in range(7)]
    assert len(set(first)) == 1
    assert check_of(agent, at(4000)) not in first


def test_consent_is_asked_for_again_and_again_with_a_new_transaction_each():
    agent = calling()
    seen = set()
    for n in range(20):
        now = at(2.5 * n)
        check = check_of(agent, now)
        agent.receive(parse_stun(answered(check, now)), THERE, THERE, now)
        assert agent.due(now + timedelta(seconds=2.4)) is None
        seen.add(parse_stun(check).transaction)
        assert not agent.expired(now + timedelta(seconds=30))
    assert len(seen) == 20


def test_consent_that_is_not_given_for_half_a_minute_has_ended():
    agent = calling()
    agent.receive(parse_stun(answered(check_of(agent, START), START)), THERE, THERE, START)
    for n in range(1, 12):
        assert agent.due(at(2.5 * n)) is not None
    assert not agent.expired(at(30))
    assert agent.expired(at(30.1))


def test_an_answer_to_an_older_check_still_counts():
    agent = calling()
    agent.receive(parse_stun(answered(check_of(agent, START), START)), THERE, THERE, START)
    older, _ = check_of(agent, at(2.5)), check_of(agent, at(5))
    assert agent.receive(parse_stun(answered(older, at(5))), THERE, THERE, at(6)) == Answer(
        b"", valid=True
    )
    assert not agent.expired(at(36))


def test_what_answers_no_check_of_ours_proves_nothing():
    agent = calling()
    check = check_of(agent, START)
    answer = parse_stun(answered(check, START))
    agent.receive(answer, THERE, THERE, START)
    again = agent.receive(answer, THERE, THERE, at(1))
    assert again == Drop(DropReason.NOT_ASKED)


def test_an_answer_with_another_password_proves_nothing():
    agent = calling()
    transaction = parse_stun(check_of(agent, START)).transaction
    forged = build_stun(MessageType.BINDING_SUCCESS, transaction, (), "another-password-of-22")
    answer = agent.receive(parse_stun(forged), THERE, THERE, START)
    assert answer == Drop(DropReason.WRONG_INTEGRITY)
    assert agent.selected is None


def test_a_refusal_or_a_request_is_no_answer():
    agent = calling()
    check = parse_stun(check_of(agent, START))
    refused = build_stun(MessageType.BINDING_ERROR, check.transaction, (), OURS.remote_password)
    for message in (parse_stun(refused), check):
        answer = agent.receive(message, THERE, THERE, START)
        assert answer == Drop(DropReason.NOT_A_SUCCESS)
