"""All that can happen at once, of a source of H.264 that tells its parameter sets once or seldom.

The sets that are added take numbers of their own, and so does what is spared for them: whatever the
pattern, every viewer's numbers stay gapless but for what was lost, and whoever begins at a key
picture is told its sets first.
"""

from dataclasses import dataclass
from itertools import zip_longest
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from signaling.forwarding.sequence import Unwrapper
from tests.signaling.forwarding.h264_units import pps, slice_of, sps, stap
from tests.signaling.forwarding.packets import Seen, rtp
from tests.signaling.forwarding.test_everything_flows import RIDS, TICKS, VIEWERS, Show

SETS = {
    rid: [sps(width=4 * height // 3, height=height), pps(tail=layer)]
    for layer, (rid, height) in enumerate(zip(RIDS, (12, 23, 45), strict=True))
}  # of 192, 368 and 720 lines
ADDED = {stap(sets): rid for rid, sets in SETS.items()}
AGAIN = 0.2  # of the key pictures have their sets with them once more
FRAGMENT = 28  # FU-A (RFC 6184 §5.8)


@dataclass(frozen=True)
class Told:
    """What a viewer's packet says of its source, and the numbers that it came with."""

    number: int
    timestamp: int
    rid: str
    index: int  # of the packet among all of its layer; -1: it was added, -2: and is empty
    frame: int
    is_key: bool  # it begins a key picture
    has_sets: bool


class Sparing(Show):
    """Three layers of H.264 with the moods of the other show."""

    def __init__(self, random: Random) -> None:
        super().__init__(random, short=False)
        self.begun: set[str] = set()  # layers whose sets were sent

    @override
    def packet(self, rid: str, frame: int, place: int, *, is_key: bool, is_last: bool) -> bytes:
        layer = RIDS.index(rid)
        index, self.indices[rid] = self.indices[rid], self.indices[rid] + 1
        mark = b"K" if is_key and place == 0 else b"-"
        tail = rid.encode() + index.to_bytes(4, "big") + frame.to_bytes(4, "big") + mark
        kind = 5 if is_key else 1
        body = slice_of(kind, 7 if is_key else 5) + tail
        if place > 0:
            body = bytes((0x60 | FRAGMENT, kind)) + body[1:]
        elif is_key and (rid not in self.begun or self.random.random() < AGAIN):
            self.begun.add(rid)
            body = stap([*SETS[rid], body])
        return rtp(
            65500 + layer * 10 + index,
            body,
            ssrc=50 + layer,
            payload_type=102,
            timestamp=2**32 - 20 * TICKS + layer * 777 + frame * TICKS,
            marker=is_last,
            extensions=[(4, b"1"), (10, rid.encode())],
        )

    def heard_by(self, viewer: str) -> list[Told]:
        """What a viewer got, by its numbers."""
        unwrapper = Unwrapper()
        seen = [Seen.of(data) for data in self.got[viewer]]
        listed = [_told(packet, unwrapper) for packet in seen]
        return sorted(listed, key=lambda told: told.number)


def _told(seen: Seen, unwrapper: Unwrapper) -> Told:
    number, timestamp = unwrapper.unwrap(seen.header.sequence), seen.header.timestamp
    if not seen.payload:
        return Told(number, timestamp, "", -2, -1, is_key=False, has_sets=False)
    if seen.payload in ADDED:
        return Told(number, timestamp, ADDED[seen.payload], -1, -1, is_key=False, has_sets=True)
    tail = seen.payload[-10:]
    rid, index, frame = chr(tail[0]), int.from_bytes(tail[1:5], "big"), tail[5:9]
    has_sets = seen.payload.startswith(stap(SETS[rid]))
    return Told(
        number,
        timestamp,
        rid,
        index,
        int.from_bytes(frame, "big"),
        is_key=tail[9:] == b"K",
        has_sets=has_sets,
    )


def assert_goes_on(before: Told, after: Told, *, added: int, empty: int) -> None:
    """The next packet of the same stretch, or the start of another one right behind."""
    step = after.number - before.number - added - empty
    frames = after.frame - before.frame
    ahead = (after.timestamp - before.timestamp) % 2**32
    if step == 1 and (added or after.has_sets):
        assert 0 < ahead < 2**31
    else:
        assert after.rid == before.rid
        lost = after.index - before.index - 1
        assert step == 1 if lost == 0 else lost < step <= 2 * lost + 1  # each with what was spared
        assert ahead == 0 if frames == 0 else 0 < ahead <= frames * TICKS


def assert_in_order(told: list[Told]) -> None:
    """No number twice, none missing but for what was lost, and no picture before its sets."""
    assert len({packet.number for packet in told}) == len(told)
    before, added, empty = None, 0, 0
    for packet, following in zip_longest(told, told[1:]):
        if packet.index == -2:
            empty += 1
            continue
        if packet.index < 0:  # added: right before the key picture that it is for
            assert following is not None
            assert following.is_key
            assert (following.number, following.rid) == (packet.number + 1, packet.rid)
            assert following.timestamp == packet.timestamp
            added = 1
            continue
        if before is None:
            assert added or packet.has_sets
        else:
            assert_goes_on(before, packet, added=added, empty=empty)
        before, added, empty = packet, 0, 0


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 70))
def test_any_pattern_with_added_parameter_sets_keeps_every_viewers_numbers_in_order(
    seed: int, frames: int
) -> None:
    show = Sparing(Random(seed))  # noqa: S311  it has to come again
    for number in range(frames):
        show.frame(number)
        show.disturb()
    for viewer in VIEWERS:
        assert_in_order(show.heard_by(viewer))


def test_such_patterns_add_sets_in_every_layer() -> None:
    show = Sparing(Random(4))  # noqa: S311
    for number in range(120):
        show.frame(number)
        show.disturb()
    heard = [packet for viewer in VIEWERS for packet in show.heard_by(viewer)]
    assert {packet.rid for packet in heard if packet.index == -1} == set(RIDS)
    assert any(packet.index == -2 for packet in heard)
