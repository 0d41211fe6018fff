"""Every "no" of signaling can be told as a problem (RFC 9457)."""

import json
from datetime import timedelta

import pytest

from signaling import refusals
from signaling.refusals import Refusal, TooManyRequests, problem

EVERY = [
    kind for kind in vars(refusals).values() if isinstance(kind, type) and Refusal in kind.__bases__
]
PARAMETERS = {"expected": "application/sdp", "limit": 9, "line": 3, "rule": "a rule"}


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.code)
def test_a_refusal_names_the_rule_and_the_next_step(kind: type[Refusal]):
    body = json.loads(problem(kind(**PARAMETERS)))
    assert body["status"] in range(400, 600)
    assert body["type"] == f"urn:daigang:refusal:{kind.code}"
    assert body["detail"].endswith((".", ")."))
    assert "%" not in body["detail"] + body["next_step"]
    assert str(kind(**PARAMETERS)) == f"{body['detail']} {body['next_step']}"


def test_codes_are_unique():
    assert len({kind.code for kind in EVERY}) == len(EVERY) > 15


def test_a_busy_server_says_when_to_come_back():
    assert refusals.NoWorker().wait == timedelta(seconds=2)
    assert TooManyRequests(seconds=7).wait == timedelta(seconds=7)
    assert refusals.RoomUnknown().wait is None
