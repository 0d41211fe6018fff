"""Any pattern of loss, reorder, duplicate, padding, join and switch: numbers stay gapless."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.actions import Burst, Send
from signaling.forwarding.sequence import Unwrapper
from tests.signaling.forwarding.packets import KEY, VIDEO_UP, Seen, Stage, rtp, sent_to

FRAME = timedelta(milliseconds=33)
NUMBER = slice(2, 6)  # where each payload says which packet of its source it is


@dataclass(frozen=True)
class Sent:
    """One packet of the source and what the network does to it."""

    kind: str
    copies: int
    delay: int


packets = st.lists(
    st.builds(
        Sent,
        st.sampled_from(["key", "delta", "delta", "delta", "padding"]),
        st.sampled_from([0, 1, 1, 1, 1, 2]),
        st.integers(0, 6),
    ),
    max_size=80,
)


def payload(kind: str, number: int) -> bytes:
    if kind == "padding":
        return b""
    return (b"\x10\x00" if kind == "key" else b"\x10\x01") + number.to_bytes(4, "big")


def arrivals(sent: list[Sent]) -> list[int]:
    """The indices of packets in the order in which they arrive."""
    copies = [(i + p.delay * n, i) for i, p in enumerate(sent) for n in range(1, p.copies + 1)]
    return [index for _, index in sorted(copies)]


def deliver(stage: Stage, sent: list[Sent], first: int, join_at: int) -> None:
    for step, index in enumerate(arrivals(sent)):
        if step == join_at:
            stage.do(stage.core.attach("down", "v", "camera", "1", stage.now))
        kind = sent[index].kind
        stage.now += FRAME
        stage.send(
            rtp(
                first + index,
                payload(kind, index),
                timestamp=index * 3000,
                padding=20 if kind == "padding" else 0,
            )
        )


def numbered(seen: list[Seen]) -> dict[int, Seen]:
    unwrapper = Unwrapper()
    return {unwrapper.unwrap(packet.header.sequence): packet for packet in seen}


def index_of(packet: Seen) -> int:
    return int.from_bytes(packet.payload[NUMBER], "big")


@given(packets, st.integers(0, 65535), st.integers(0, 30))
def test_outgoing_numbers_have_gaps_only_where_packets_were_lost(
    sent: list[Sent], first: int, join_at: int
) -> None:
    stage = Stage()
    stage.core.detach("down", "v")
    deliver(stage, sent, first, join_at)
    sent_at_once = [sent_to("down", a) for a in stage.actions if isinstance(a, Send | Burst)]
    replayed = {data[2:4] for packets in sent_at_once for data in packets[:-1]}
    seen = stage.take()
    by_number = numbered(seen)
    assert len(by_number) == len(seen)  # no number is used twice
    media = [(number, packet) for number, packet in sorted(by_number.items()) if packet.payload]
    came = set(arrivals(sent))
    for (low, before), (high, after) in pairwise(media):
        start, end = index_of(before), index_of(after)
        assert start < end
        fillers = sum(1 for number in by_number if low < number < high)
        lost = sum(1 for index in range(start + 1, end) if index not in came)
        assert high - low - 1 - fillers == lost
        ahead = (after.header.timestamp - before.header.timestamp) % 2**32
        if before.header.sequence.to_bytes(2, "big") not in replayed:
            assert ahead == (end - start) * 3000
        else:  # an instant picture: frames of the past follow each other closely
            assert 0 < ahead <= (end - start) * 3000
    if seen:
        assert seen[0].payload.startswith(b"\x10\x00")


@given(st.lists(st.tuples(st.sampled_from(["camera", "screen"]), packets), max_size=6))
def test_switching_sources_keeps_numbers_consecutive_and_time_running(
    stretches: list[tuple[str, list[Sent]]],
) -> None:
    stage = Stage()
    stage.core.open_publication("other", "screen", (VIDEO_UP,))
    ssrcs = {"camera": ("up", 1), "screen": ("other", 2)}
    sequence = {"camera": 65000, "screen": 10}
    for name, sent in stretches:
        session, ssrc = ssrcs[name]
        stage.do(stage.core.attach("down", "v", name, "1", stage.now))
        for packet in sent:
            stage.now += FRAME
            sequence[name] += 1
            number = sequence[name]
            content = payload(packet.kind, number)
            padding = 0 if content else 20
            stage.send(
                rtp(number, content, timestamp=number * 3000, ssrc=ssrc, padding=padding),
                session=session,
            )
    seen = stage.take()
    for before, after in pairwise(seen):
        assert after.header.sequence == (before.header.sequence + 1) & 0xFFFF
        assert 0 < (after.header.timestamp - before.header.timestamp) % 2**32 < 2**31


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_no_packets_of_an_admitted_peer_raise_anything(datagrams: list[bytes]) -> None:
    stage = Stage()
    stage.send(rtp(1, KEY))
    for data in datagrams:
        for session in ("up", "down"):
            stage.send(b"\x80" + data, b"\x90\x60" + data, b"\x81\xcd" + data, session=session)
        stage.tick()
