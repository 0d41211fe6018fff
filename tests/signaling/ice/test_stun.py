"""STUN messages: ours are read by aioice, aioice's are read by us, hostile bytes end quietly."""

import struct

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from signaling.ice.stun import (
    Attribute,
    MessageType,
    StunError,
    StunMessage,
    binding_error,
    binding_success,
    build_stun,
    integrity_holds,
    parse_stun,
    xor_address,
)
from tests.signaling.ice.requests import HERE, OURS, TRANSACTION, check


def aioice_request() -> bytes:
    message = aioice_stun.Message(
        message_method=aioice_stun.Method.BINDING, message_class=aioice_stun.Class.REQUEST
    )
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 7
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(OURS.local_password.encode())
    return bytes(message)


def test_a_request_of_another_stack_is_understood() -> None:
    message = parse_stun(aioice_request())
    assert message.type == MessageType.BINDING_REQUEST
    assert message.username == ("ours", "theirs")
    assert message.value(Attribute.USE_CANDIDATE) == b""
    assert integrity_holds(message, OURS.local_password)
    assert not integrity_holds(message, OURS.remote_password)
    assert message.unknown_required == ()


@pytest.mark.parametrize(
    ("source", "mapped"),
    [
        (HERE, HERE),
        (("2001:db8::7", 40000), ("2001:db8::7", 40000)),
        (("::ffff:198.51.100.7", 40000), HERE),
    ],
)
def test_an_answer_is_understood_by_another_stack(
    source: tuple[str, int], mapped: tuple[str, int]
) -> None:
    data = binding_success(TRANSACTION, source, OURS.local_password)
    answer = aioice_stun.parse_message(data)
    assert answer.check_message_integrity(OURS.local_password.encode())
    assert answer.message_class == aioice_stun.Class.RESPONSE
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == mapped
    assert answer.transaction_id == TRANSACTION


def test_a_refusal_is_understood_by_another_stack() -> None:
    data = binding_error(parse_stun(check()), 487, OURS.local_password)
    answer = aioice_stun.parse_message(data)
    assert answer.check_message_integrity(OURS.local_password.encode())
    assert answer.attributes["ERROR-CODE"] == (487, "")


def test_the_mapped_address_of_rfc_5769_is_written() -> None:
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    assert xor_address(("192.0.2.1", 32853), transaction) == bytes.fromhex("0001a147e112a643")
    assert xor_address(
        ("2001:db8:1234:5678:11:2233:4455:6677", 32853), transaction
    ) == bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")


def test_what_follows_the_integrity_is_ignored() -> None:
    signed = build_stun(MessageType.BINDING_REQUEST, TRANSACTION, (), "password")
    body = signed[20:-8] + struct.pack("!HH", Attribute.USE_CANDIDATE, 0)
    message = parse_stun(signed[:2] + struct.pack("!H", len(body)) + signed[4:20] + body)
    assert message.value(Attribute.USE_CANDIDATE) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(19),
        bytes(20),  # no cookie
        check()[:-4],  # cut
        check()[:-1] + b"\0",  # a wrong fingerprint
        b"\x40" + check()[1:],  # channel data
        check()[:-8] + struct.pack("!HHI", Attribute.FINGERPRINT, 4, 1),
        check()[:20] + struct.pack("!HH", 6, 400) + check()[24:],  # an attribute beyond the end
        check(more=((0x9000, b""),) * 20),  # 25 attributes
        check(more=((0x9000, bytes(1200)),)),  # longer than what passes everywhere
    ],
)
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(StunError):
        parse_stun(data)


def test_a_check_has_room_for_what_browsers_add() -> None:
    crowded = check(more=((0x9000, b""),) * 19)
    assert integrity_holds(parse_stun(crowded), OURS.local_password)
    long = check(more=((0xC070, bytes(1140)),))  # a handshake on the back of a check
    assert len(long) == 1232
    assert integrity_holds(parse_stun(long), OURS.local_password)


def test_a_fingerprint_has_to_be_the_last_attribute() -> None:
    request = check()
    longer = request + struct.pack("!HH", 0x8001, 0)
    patched = longer[:2] + struct.pack("!H", len(longer) - 20) + longer[4:]
    with pytest.raises(StunError):
        parse_stun(patched)


@pytest.mark.parametrize("name", [b"", b"no-colon", b":theirs", b"ours:", b"\xff:\xff"])
def test_a_username_that_is_not_two_fragments_is_refused(name: bytes) -> None:
    message = StunMessage(1, TRANSACTION, ((Attribute.USERNAME, name),), b"", None)
    with pytest.raises(StunError):
        _ = message.username


def test_a_message_without_a_username_is_refused() -> None:
    with pytest.raises(StunError):
        _ = StunMessage(1, TRANSACTION, (), b"", None).username


@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_but_a_stun_error(data: bytes) -> None:
    try:
        parse_stun(data)
    except StunError:
        return


@given(st.binary(max_size=200).map(lambda body: body + bytes(-len(body) % 4)))
def test_no_attributes_raise_anything_but_a_stun_error(body: bytes) -> None:
    head = struct.pack("!HHI", 1, len(body), 0x2112A442) + TRANSACTION
    try:
        message = parse_stun(head + body)
        integrity_holds(message, "password")
        _ = message.username
    except StunError:
        return


@given(
    st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=6).map(
        lambda listed: [(k, v) for k, v in listed if k not in {0x8028, 0x0008}]
    )
)
def test_what_is_built_is_read_back(attributes: list[tuple[int, bytes]]) -> None:
    data = build_stun(MessageType.BINDING_SUCCESS, TRANSACTION, tuple(attributes), "password")
    message = parse_stun(data)
    assert list(message.attributes[:-1]) == attributes
    assert integrity_holds(message, "password")
