import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.channels import Channel


def said(channel: Channel[str, str], *texts: str, audience: str = "all") -> None:
    for text in texts:
        channel.publish(lambda number, text=text: f"{number}:{text}", audience)


def everything(_entry: object) -> bool:
    return True


def test_messages_are_numbered_from_one_and_know_their_number():
    channel: Channel[str, str] = Channel(keep=3)
    said(channel, "a", "b")
    assert channel.last_number == 2
    assert [e.body for e in channel.latest(everything)] == ["1:a", "2:b"]


def test_a_reader_who_missed_two_messages_gets_those_two():
    channel: Channel[str, str] = Channel(keep=3)
    said(channel, "a", "b", "c")
    replay = channel.replay(1, everything)
    assert replay is not None
    assert [e.number for e in replay] == [2, 3]


def test_a_reader_who_missed_more_than_is_kept_needs_a_fresh_picture():
    channel: Channel[str, str] = Channel(keep=3)
    said(channel, *"abcde")
    assert channel.replay(1, everything) is None
    assert channel.replay(2, everything) is not None


def test_a_number_that_was_never_given_cannot_be_replayed_from():
    channel: Channel[str, str] = Channel(keep=3)
    said(channel, "a")
    assert channel.replay(2, everything) is None


def test_an_empty_channel_replays_nothing_to_a_reader_who_saw_nothing():
    channel: Channel[str, str] = Channel(keep=3)
    assert channel.replay(0, everything) == ()


def test_what_a_reader_may_not_hear_is_left_out_of_the_replay():
    channel: Channel[str, str] = Channel(keep=9)
    said(channel, "open")
    said(channel, "secret", audience="panel")
    replay = channel.replay(0, lambda entry: entry.audience == "all")
    assert replay is not None
    assert [e.body for e in replay] == ["1:open"]


def test_a_channel_that_keeps_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="at least one"):
        Channel(keep=0)


@given(keep=st.integers(1, 8), count=st.integers(0, 30), after=st.integers(-2, 32))
def test_a_replay_is_complete_or_refused(keep: int, count: int, after: int):
    channel: Channel[str, str] = Channel(keep)
    said(channel, *("x" for _ in range(count)))
    replay = channel.replay(after, everything)
    if replay is None:
        assert after > count or after < max(count - keep, 0)
    else:
        assert [e.number for e in replay] == list(range(after + 1, count + 1))
