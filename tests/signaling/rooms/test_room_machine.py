"""Any order of inputs: what must be true of a room at every moment."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from signaling.rooms.actions import Attach, Deliver, Detach, IssueGrants
from signaling.rooms.memory import NOTE, Memory
from signaling.rooms.messages.client import (
    Admit,
    Decline,
    End,
    Leave,
    MediaState,
    SendChat,
    TakeOver,
)
from signaling.rooms.room import Room
from signaling.rooms.values import ParticipantId, SessionId
from tests.signaling.rooms.story import PEOPLE, START, Story

people = st.sampled_from(sorted(PEOPLE))
kinds = st.sampled_from(["a", "v", "av", "aavv", ""])


class AnyOrderOfInputs(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.serial = 0
        self.open: dict[str, str] = {}  # connection -> who
        self.last_seen: dict[str, int] = {}
        self.flowing: dict[tuple[str, str], str] = {}
        self.admitted: set[str] = set()
        self.checked = 0
        self.memory = Memory()

    def fresh(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{self.serial}"

    @rule(who=people, device=st.sampled_from(["one", "two"]), resume=st.booleans())
    def somebody_enters(self, who: str, device: str, resume: bool):  # noqa: FBT001
        connection = self.fresh(who)
        self.open[connection] = who
        last_seen = self.last_seen.get(who) if resume else None
        self.story.enter(who, connection, device=f"device-{device}", last_seen=last_seen)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def a_socket_is_lost(self, data: st.DataObject):
        connection = data.draw(st.sampled_from(sorted(self.open)))
        del self.open[connection]
        self.story.loses(connection)

    @precondition(lambda self: self.open)
    @rule(
        data=st.data(),
        message=st.one_of(
            st.just(Leave()),
            st.just(TakeOver()),
            st.builds(Admit, participant=people),
            st.builds(Decline, participant=people),
            st.builds(MediaState, muted=st.booleans(), camera_off=st.booleans()),
            st.builds(SendChat, text=st.just("hi"), key=st.uuids().map(str), to=st.none() | people),
        ),
    )
    def somebody_says(self, data: st.DataObject, message: Leave | TakeOver | Admit | Decline):
        self.story.says(data.draw(st.sampled_from(sorted(self.open))), message)

    @rule(who=people, what=kinds)
    def somebody_publishes(self, who: str, what: str):
        self.story.publishes(who, self.fresh("p"), what)

    @rule(who=people, what=kinds)
    def somebody_subscribes(self, who: str, what: str):
        self.story.subscribes(who, self.fresh("d"), what)

    @rule(data=st.data())
    def a_session_dies(self, data: st.DataObject):
        media = self.story.room.state.media
        sessions = [p.session for p in media.publications.values()] + list(media.subscriptions)
        if sessions:
            session = SessionId(data.draw(st.sampled_from(sorted(sessions))))
            self.story.took(self.story.room.session_gone(session, "closed"))

    @rule(minutes=st.sampled_from([1, 9, 11]))
    def time_passes(self, minutes: int):
        if self.story.now < self.story.room.state.plan.closes_at - timedelta(minutes=12):
            self.story.after(minutes=minutes)

    @precondition(lambda self: self.serial > 20)
    @rule(outcome=st.sampled_from(["done", "no-show"]))
    def the_panel_ends_it(self, outcome: str):
        for connection, who in sorted(self.open.items()):
            if who == "li":
                self.story.says(connection, End(outcome=outcome))
                return

    @invariant()
    def nobody_hears_the_room_before_being_admitted(self):
        state = self.story.room.state
        for action in self.story.actions[self.checked :]:
            if isinstance(action, Attach):
                self.flowing[action.session, action.mid] = action.publication
            elif isinstance(action, Detach):
                self.flowing.pop((action.session, action.mid), None)
            elif isinstance(action, IssueGrants) and action.admitted:
                self.admitted.add(action.participant)
            elif isinstance(action, Deliver) and action.message.type == "welcome":
                self.last_seen[action.message.you.id] = state.events.last_number
        self.checked = len(self.story.actions)
        for connection in self.story.closed:  # the shell reads nothing more from these
            self.open.pop(connection, None)
        for subscription in state.media.subscriptions.values():
            assert state.people[subscription.participant].is_in_room
        for who, person in state.people.items():
            if person.is_in_room and person.connection:
                assert who in self.admitted

    @invariant()
    def chat_of_the_room_reaches_only_those_in_it(self):
        state = self.story.room.state
        for person in state.people.values():
            if person.is_waiting and person.connection:
                for message in self.story.heard.get(person.connection, []):
                    if message.type == "chat" and not message.line.private:
                        raise AssertionError((person.id, message))

    @invariant()
    def the_map_points_to_living_publications_and_each_section_carries_at_most_one(self):
        media = self.story.room.state.media
        for (session, mid), track in media.carried.items():
            subscription = media.subscriptions[session]
            publication = media.publications[track.publication]
            assert publication.participant != subscription.participant
            into = next(s for s in subscription.sections if s.mid == mid)
            source = next(s for s in publication.sections if s.mid == track.mid)
            assert into.kind == source.kind
        flows = [(session, t) for (session, _), t in media.carried.items()]
        assert len(flows) == len(set(flows)), "one track flows twice into one subscription"

    @invariant()
    def what_the_worker_was_told_is_what_the_map_says(self):
        media = self.story.room.state.media
        told = {k: p for k, p in self.flowing.items() if SessionId(k[0]) in media.subscriptions}
        assert told == {key: track.publication for key, track in media.carried.items()}

    @invariant()
    def each_participant_has_at_most_one_subscription_and_one_camera(self):
        media = self.story.room.state.media
        owners = [s.participant for s in media.subscriptions.values()]
        assert len(owners) == len(set(owners))
        cameras = [(p.participant, p.source) for p in media.publications.values()]
        assert len(cameras) == len(set(cameras))

    @invariant()
    def a_kept_seat_has_a_time_and_a_held_seat_has_a_connection(self):
        for person in self.story.room.state.people.values():
            if person.seat is not None:
                held = person.seat.connection is not None
                assert held == (person.seat.kept_until is None)
                assert person.seat.kept_until is None or person.seat.kept_until >= self.story.now
            assert (person.seat is not None) == (person.presence in {"waiting", "in-room"})

    @invariant()
    def a_room_that_is_over_is_empty(self):
        state = self.story.room.state
        if state.is_over:
            assert not state.media.publications
            assert all(person.seat is None for person in state.people.values())
            assert self.story.room.connections() == ()

    @invariant()
    def numbers_only_grow_for_each_reader(self):
        for messages in self.story.heard.values():
            numbers = [m.number for m in messages if getattr(m, "number", None) is not None]
            assert all(a <= b for a, b in pairwise(numbers))

    @invariant()
    def its_notes_say_who_is_here_and_what_was_said(self):
        state = self.story.room.state
        for note in self.memory.news(state):
            self.memory.take(NOTE.validate_json(note.model_dump_json()))
        again = Room.remembered(state.plan, "next", self.memory, self.story.now).state
        assert again.is_over == state.is_over
        for who, person in state.people.items():
            reader = again.people[who]
            assert (reader.presence, reader.muted) == (person.presence, person.muted)
            told, meant = (
                room.snapshot(one, START) for room, one in ((again, reader), (state, person))
            )
            assert told.chat == meant.chat
            assert {p.id for p in told.people} == {p.id for p in meant.people}

    def teardown(self) -> None:
        for who in PEOPLE:
            person = self.story.room.state.people.get(ParticipantId(who))
            assert person is None or person.id == who


TestAnyOrderOfInputs = AnyOrderOfInputs.TestCase
TestAnyOrderOfInputs.pytestmark = pytest.mark.unwatched
