"""The ICE-lite agent: what it answers, where it believes the peer to be, when it gives up."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.ice.agent import Answer, Drop, DropReason, IceAgent
from signaling.ice.stun import Address, Attribute, MessageType, StunError, build_stun, parse_stun
from tests.signaling.ice.requests import HERE, NEXT, OURS, THERE, TRANSACTION, check

START = timedelta(seconds=100)


def agent() -> IceAgent[Address]:
    return IceAgent(OURS, now=START)


def receive(
    ice: IceAgent[Address], data: bytes, source: Address = HERE, after: float = 0
) -> Answer | Drop:
    return ice.receive(parse_stun(data), source, source, START + timedelta(seconds=after))


def test_a_check_with_or_without_nomination_is_answered() -> None:
    ice = agent()
    for nominate in (True, False):
        answer = receive(ice, check(nominate=nominate))
        assert isinstance(answer, Answer)
        assert answer.valid
        assert parse_stun(answer.data).type == MessageType.BINDING_SUCCESS


def test_an_answer_is_never_longer_than_its_question() -> None:
    request = check()
    answer = receive(agent(), request, ("2001:db8::1", 4000))
    assert isinstance(answer, Answer)
    assert len(answer.data) <= len(request)


def test_a_short_question_gets_no_longer_answer() -> None:
    name = (int(Attribute.USERNAME), b"ours:theirs")
    request = build_stun(MessageType.BINDING_REQUEST, TRANSACTION, (name,), OURS.local_password)
    dropped = receive(agent(), request, ("2001:db8::1", 4000))
    assert dropped == Drop(DropReason.AMPLIFYING)


def test_a_wrong_password_changes_nothing() -> None:
    ice = agent()
    receive(ice, check(nominate=True))
    dropped = receive(ice, check(nominate=True, password="guessed"), THERE)
    assert dropped == Drop(DropReason.WRONG_INTEGRITY)
    assert ice.selected == HERE


def test_a_message_without_integrity_is_dropped() -> None:
    signed = check()
    bare = parse_stun(signed)
    unsigned = type(bare)(bare.type, bare.transaction, bare.attributes[:-1], signed, None)
    assert agent().receive(unsigned, HERE, HERE, START) == Drop(DropReason.WRONG_INTEGRITY)


def test_another_username_is_dropped() -> None:
    for name in ("others:theirs", "ours:others"):
        dropped = receive(agent(), check(username=name))
        assert dropped == Drop(DropReason.WRONG_USERNAME)


def test_a_response_is_not_answered() -> None:
    data = build_stun(MessageType.BINDING_SUCCESS, TRANSACTION, (), OURS.local_password)
    assert receive(agent(), data) == Drop(DropReason.NOT_A_REQUEST)


def test_a_peer_that_wants_to_be_controlled_is_told_of_the_conflict() -> None:
    ice = agent()
    answer = receive(ice, check(role=Attribute.ICE_CONTROLLED))
    assert isinstance(answer, Answer)
    assert not answer.valid
    assert parse_stun(answer.data).value(Attribute.ERROR_CODE) == bytes((0, 0, 4, 87))
    assert ice.selected is None


def test_an_unknown_required_attribute_is_named_in_the_refusal() -> None:
    answer = receive(agent(), check(more=((0x7001, b"abcd"),)))
    assert isinstance(answer, Answer)
    refusal = parse_stun(answer.data)
    assert refusal.value(Attribute.ERROR_CODE) == bytes((0, 0, 4, 20))
    assert refusal.value(Attribute.UNKNOWN_ATTRIBUTES) == b"\x70\x01"


def test_the_address_changes_with_a_nomination() -> None:
    ice = agent()
    receive(ice, check())
    receive(ice, check(), THERE)
    assert ice.selected == HERE
    receive(ice, check(nominate=True), THERE)
    assert ice.selected == THERE
    assert set(ice.addresses) == {HERE, THERE}


def test_a_silent_address_is_left_without_nomination() -> None:
    ice = agent()
    receive(ice, check(nominate=True))
    receive(ice, check(), THERE, after=6)
    assert ice.selected == THERE


def test_a_way_that_is_gone_leaves_the_newest_other_one() -> None:
    ice = agent()
    receive(ice, check(nominate=True))
    receive(ice, check(nominate=True), THERE)
    ice.forget(THERE)
    assert ice.selected == HERE
    ice.forget(HERE)
    assert ice.selected is None
    receive(ice, check(), THERE)
    assert ice.selected == THERE


def test_consent_ends_after_thirty_seconds_without_a_valid_check() -> None:
    ice = agent()
    receive(ice, check(), after=10)
    receive(ice, check(password="guessed"), after=39)
    assert not ice.expired(START + timedelta(seconds=40))
    assert ice.expired(START + timedelta(seconds=40, milliseconds=1))


def test_a_peer_that_never_comes_expires_as_well() -> None:
    assert agent().expired(START + timedelta(seconds=31))


def test_both_generations_are_answered_until_the_new_one_is_used() -> None:
    ice = agent()
    receive(ice, check(nominate=True))
    ice.restart(NEXT)
    assert isinstance(receive(ice, check()), Answer)
    assert ice.local_ufrags == ("ours", "ours-2")
    assert isinstance(receive(ice, check(NEXT, nominate=True), THERE), Answer)
    assert ice.local_ufrags == ("ours-2",)
    assert ice.selected == THERE
    assert receive(ice, check()) == Drop(DropReason.WRONG_USERNAME)


def test_a_second_restart_replaces_the_first_that_was_not_used() -> None:
    ice = agent()
    ice.restart(NEXT)
    ice.restart(replace(NEXT, local_ufrag="ours-3"))
    assert ice.local_ufrags == ("ours", "ours-3")


@given(st.lists(st.integers(1024, 65535), min_size=20, max_size=60))
def test_the_remembered_addresses_are_bounded(ports: list[int]) -> None:
    ice = agent()
    receive(ice, check(nominate=True))
    for port in ports:
        receive(ice, check(), ("198.51.100.8", port))
    assert len(ice.addresses) <= 16
    assert ice.selected in ice.addresses


@given(st.binary(max_size=80).map(lambda b: b + bytes(-len(b) % 4)))
def test_a_stranger_never_gets_an_answer(body: bytes) -> None:
    data = bytes((0, 1)) + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + TRANSACTION + body
    try:
        outcome = receive(agent(), data)
    except StunError:
        return
    assert isinstance(outcome, Drop)
