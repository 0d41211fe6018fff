"""Grants: signed, short-lived, used once, bound to what they opened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from signaling.grants import (
    GRANT_LIFE,
    Grant,
    GrantLedger,
    GrantSigner,
    new_grant,
    require_scope,
)
from signaling.refusals import (
    GrantExpired,
    GrantTooNarrow,
    GrantUsed,
    SessionUnknown,
    TokenInvalid,
)

NOW = datetime(2026, 11, 23, 1, 0, 0, 123456, tzinfo=UTC)
SIGNER = GrantSigner(b"one key")


def grant(participant: str = "p1") -> Grant:
    return new_grant(
        room="r1",
        participant=participant,
        action="publish",
        name="李雷",
        name_latin="Li Lei",
        role="candidate",
        now=NOW,
    )


def test_a_token_carries_the_whole_grant():
    given = grant()
    assert SIGNER.read(SIGNER.sign(given)) == given


def test_grants_have_ids_of_their_own():
    assert len({grant().id for _ in range(100)}) == 100


def test_a_token_of_another_key_is_not_ours():
    with pytest.raises(TokenInvalid):
        SIGNER.read(GrantSigner(b"another key").sign(grant()))


@pytest.mark.parametrize("changed", [{"action": "fly"}, {"role": "owner"}, {"expires_at": "soon"}])
def test_a_signed_token_with_foreign_content_is_not_ours(changed: dict[str, str]):
    token = SIGNER._serializer.dumps(
        {
            "id": "x",
            "room": "r",
            "participant": "p",
            "action": "publish",
            "name": "n",
            "role": "panel",
            "expires_at": 1,
            **changed,
        }
    )
    with pytest.raises(TokenInvalid):
        SIGNER.read(token)


def test_a_text_signed_for_another_purpose_is_not_ours():
    with pytest.raises(TokenInvalid):
        SIGNER.read(str(URLSafeSerializer(b"one key", salt=b"sessions").dumps({"id": "x"})))


@given(st.text(max_size=80))
def test_any_other_text_is_not_ours(text: str):
    with pytest.raises(TokenInvalid):
        SIGNER.read(text)


@given(st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_token_with_one_letter_changed_is_not_ours(place: int, letter: str):
    token = SIGNER.sign(grant())
    place %= len(token) - 1  # the last letter of base64 has spare bits
    if token[place] == letter:
        return
    with pytest.raises(TokenInvalid):
        SIGNER.read(token[:place] + letter + token[place + 1 :])


def test_a_grant_is_consumed_once():
    ledger, given = GrantLedger(NOW), grant()
    ledger.consume(given, now=NOW)
    with pytest.raises(GrantUsed):
        ledger.consume(given, now=NOW)


def test_a_grant_whose_opening_failed_may_be_used_again():
    ledger, given = GrantLedger(NOW), grant()
    ledger.consume(given, now=NOW)
    ledger.release(given)
    ledger.consume(given, now=NOW)


def test_a_grant_ends_with_its_life():
    ledger, given = GrantLedger(NOW), grant()
    with pytest.raises(GrantExpired):
        ledger.consume(given, now=NOW + GRANT_LIFE)
    ledger.consume(given, now=NOW + GRANT_LIFE - timedelta(seconds=1))


def test_a_grant_of_an_earlier_life_of_the_process_opens_nothing_again():
    given, second = grant(), timedelta(seconds=1)
    GrantLedger(NOW).consume(given, now=NOW)
    with pytest.raises(GrantExpired):
        GrantLedger(NOW + second).consume(given, now=NOW + second)
    later = replace(grant(), issued_at=NOW + second, expires_at=NOW + 3 * second)
    GrantLedger(NOW + second).consume(later, now=NOW + second)


def test_only_the_grant_that_opened_a_session_is_bound_to_it():
    ledger, given = GrantLedger(NOW), grant()
    ledger.bind(given, "s1")
    ledger.require(given, "s1")
    with pytest.raises(GrantTooNarrow):
        ledger.require(grant("p2"), "s1")
    with pytest.raises(SessionUnknown):
        ledger.require(given, "s2")


def test_a_forgotten_session_is_unknown_even_to_its_grant():
    ledger, given = GrantLedger(NOW), grant()
    ledger.bind(given, "s1")
    ledger.forget(["s1", "never"])
    with pytest.raises(SessionUnknown):
        ledger.require(given, "s1")


def test_the_ledger_forgets_used_grants_that_have_expired():
    ledger, later = GrantLedger(NOW), NOW + GRANT_LIFE
    for _ in range(50):
        ledger.consume(grant(), now=NOW)
    ledger.consume(replace(grant(), expires_at=later + GRANT_LIFE), now=later)
    assert len(ledger._used) == 1


@pytest.mark.parametrize(("room", "action"), [("r2", "publish"), ("r1", "socket")])
def test_a_grant_is_for_one_room_and_one_act(room: str, action: str):
    require_scope(grant(), room="r1", action="publish")
    with pytest.raises(GrantTooNarrow):
        require_scope(grant(), room=room, action=action)
