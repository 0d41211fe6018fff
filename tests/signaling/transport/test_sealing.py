"""Compiled protection: the RFC's own example, and libsrtp as a second opinion."""

import gc
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from signaling.transport import openssl
from signaling.transport.kernels import kernels
from signaling.transport.sealing import NONE_YET, Indexes, Sealer, derive, indexes

MASTER = bytes(range(28))
SSRC = 0x5501A0B2
# RFC 7714 §16.1.1: AES-128-GCM, with keys as packets are encrypted with, not masters
PLAIN = bytes.fromhex(
    "8040f17b8041f8d35501a0b2"
    "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573"
)
SEALED = bytes.fromhex(
    "8040f17b8041f8d35501a0b2"
    "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
    "899d7f27beb16a9152cf765ee4390cce"
)
EXTENDED = b"\xbe\xde\x00\x01abcd"


def libsrtp(kind: int) -> Session:
    profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    return Session(Policy(key=MASTER, ssrc_type=kind, srtp_profile=profile))


def packet(number: int, payload: bytes = b"speech", ssrc: int = SSRC) -> bytes:
    header = struct.pack("!BBHII", 0x90, 96, number & 0xFFFF, number * 3000 & 0xFFFFFFFF, ssrc)
    return header + EXTENDED + payload


def test_the_example_of_the_rfc() -> None:
    context = openssl.context(b"AES-128-GCM", bytes(range(16)))
    assert Sealer(context, b"Quid pro quo").protect(PLAIN) == SEALED


def test_keys_come_from_the_master_as_in_libsrtp() -> None:
    theirs = libsrtp(Policy.SSRC_ANY_OUTBOUND)
    assert Sealer.gcm(MASTER).protect(packet(7)) == theirs.protect(packet(7))


def test_keys_of_another_master_are_others() -> None:
    key, salt = derive(MASTER)
    other_key, other_salt = derive(MASTER[::-1])
    assert (len(key), len(salt)) == (16, 12)
    assert key != other_key
    assert salt != other_salt


@given(
    first=st.integers(0, 0x7FFF),
    steps=st.lists(st.integers(1, 400), max_size=40),
    sizes=st.lists(st.integers(0, 1300), min_size=41, max_size=41),
)
def test_libsrtp_makes_the_same_of_any_run_of_packets(
    first: int, steps: list[int], sizes: list[int]
) -> None:
    ours, theirs = Sealer.gcm(MASTER), libsrtp(Policy.SSRC_ANY_OUTBOUND)
    reader = libsrtp(Policy.SSRC_ANY_INBOUND)
    number = first
    for step, size in zip([0, *steps], sizes, strict=False):
        number += step * 50  # past the end of 16 bits within a few steps
        plain = packet(number, bytes(size))
        sealed = ours.protect(plain)
        assert sealed == theirs.protect(plain)
        assert sealed is not None
        assert reader.unprotect(sealed) == plain


def test_a_packet_that_goes_again_after_the_numbers_began_anew_is_as_it_was() -> None:
    sealer = Sealer.gcm(MASTER)
    before = sealer.protect(packet(65_530))
    sealer.protect(packet(65_540))
    assert sealer.protect(packet(65_530)) == before


def test_each_stream_counts_for_itself() -> None:
    sealer, theirs = Sealer.gcm(MASTER), libsrtp(Policy.SSRC_ANY_OUTBOUND)
    for number in (60_000, 70_000):
        for ssrc, shift in ((1, 0), (2, -50_000)):
            plain = packet(number + shift, ssrc=ssrc)
            assert sealer.protect(plain) == theirs.protect(plain)


@pytest.mark.parametrize(
    "refused",
    [
        b"",
        b"\x80" + bytes(10),  # shorter than a header
        b"\x8f" + bytes(20),  # fifteen sources that are not there
        b"\x90" + bytes(11) + b"\xbe\xde",  # an extension without a length
        b"\x90" + bytes(11) + b"\xbe\xde\x00\x09" + bytes(8),  # one that is longer than the packet
    ],
)
def test_what_is_no_packet_is_refused(refused: bytes) -> None:
    assert Sealer.gcm(MASTER).protect(refused) is None


def test_a_packet_of_before_the_first_is_refused() -> None:
    sealer = Sealer.gcm(MASTER)
    assert sealer.protect(packet(3)) is not None
    assert sealer.protect(packet(65_535)) is None


def test_other_profiles_are_left_to_libsrtp() -> None:
    policy = {"key": bytes(30), "srtp_profile": Policy.SRTP_PROFILE_AES128_CM_SHA1_80}
    ours = Session(Policy(ssrc_type=Policy.SSRC_ANY_OUTBOUND, **policy))
    theirs = Session(Policy(ssrc_type=Policy.SSRC_ANY_OUTBOUND, **policy))
    assert Sealer.libsrtp(ours).protect(packet(5)) == theirs.protect(packet(5))


def test_what_was_counted_ends_with_the_keys() -> None:
    sealer = Sealer.gcm(MASTER)
    sealer.protect(packet(9))
    cell = sealer.cell(SSRC)
    assert indexes().highest[cell] == 9
    del sealer
    gc.collect()
    taken = []
    while cell not in taken:
        taken.append(indexes().take())
    assert indexes().highest[cell] == NONE_YET
    for one in taken:
        indexes().give_back(one)


def test_there_is_room_for_any_number_of_streams() -> None:
    known = Indexes()
    cells = [known.take() for _ in range(3000)]
    assert len(set(cells)) == 3000
    assert len(known.highest) >= 3000
    assert (known.highest[cells] == NONE_YET).all()


def test_a_key_of_the_wrong_size_is_no_key() -> None:
    with pytest.raises(openssl.CipherError):
        openssl.context(b"AES-999-GCM", bytes(16))


def test_compiled_code_takes_arrays_in_one_piece_only() -> None:
    sealer, refused = Sealer.gcm(MASTER), np.zeros(1, np.uint8)
    with pytest.raises(TypeError):
        kernels().rows(
            True, sealer.context, sealer.salt, indexes().highest, 0,
            np.zeros(64, np.uint8)[::2], 32, np.zeros(1, np.int32), refused,
        )  # fmt: skip
