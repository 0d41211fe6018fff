"""The grants of a room bring TURN servers to those who may use media, and to nobody else."""

from datetime import timedelta

from signaling.engine.tokens import Tokens
from signaling.rooms.actions import IssueGrants
from signaling.rooms.values import ConnectionId, ParticipantId
from signaling.turn import TurnPlan, ice_servers
from tests.signaling.engine.pages import KEY
from tests.support.clock import START

PLAN = TurnPlan(("stun:relay.example", "turn:relay.example"), "north", timedelta(hours=1))


def issued(*, admitted: bool) -> IssueGrants:
    return IssueGrants(ConnectionId("c"), ParticipantId("li"), "Li Na", "panel", admitted)


def test_who_is_in_the_room_gets_the_servers_with_a_credential_of_their_own():
    stun, turn = Tokens(KEY, PLAN).issue("r1", issued(admitted=True), START).ice_servers
    assert (stun.urls, stun.username, stun.credential) == (("stun:relay.example",), None, None)
    assert turn.urls == ("turn:relay.example",)
    assert turn.username == f"{int((START + timedelta(hours=1)).timestamp())}:li"
    assert turn.credential == ice_servers(PLAN, "li", START)[1].credential


def test_who_waits_gets_none():
    assert Tokens(KEY, PLAN).issue("r1", issued(admitted=False), START).ice_servers == ()
