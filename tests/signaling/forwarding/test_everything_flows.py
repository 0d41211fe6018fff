"""All that can happen at once: layers, several viewers, loss, reorder, duplicates, joins, leaves.

Whatever the pattern: every viewer's sequence numbers are gapless but for what was lost, its picture
ids go on, and its time never runs backwards.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.forwarding.actions import Burst, Fanout, Send
from signaling.forwarding.sequence import Unwrapper
from tests.signaling.forwarding.packets import (
    OUT_VIDEO,
    VIDEO_UP,
    Seen,
    Stage,
    rtp,
    sent_to,
    video_down,
)

FRAME = timedelta(milliseconds=33)
RIDS = ("q", "h", "f")
TICKS = 3000  # of the media clock, a frame
VIEWERS = ("down", "twin", "other")  # "other" has numbers of its own
LIMITS = (0, 180, 360, None, None)
LATEST = 20  # arrivals that a packet may be late by
HEIGHTS = {"q": 180, "h": 360, "f": 720}


@dataclass(frozen=True)
class Told:
    """What a viewer's packet says of its source, and the numbers that it came with."""

    number: int
    timestamp: int
    picture: int
    tl0: int
    rid: str
    index: int  # of the packet among all of its layer
    frame: int
    starts: bool


class Show(Stage):
    """Three layers whose numbers are about to wrap, three viewers, and a network with moods."""

    def __init__(self, random: Random, *, short: bool) -> None:
        super().__init__(replace(VIDEO_UP, rids=RIDS))
        self.watch("twin", replace(video_down(), ssrc=OUT_VIDEO + 90))
        self.watch("other", video_down(1))
        self.random = random
        self.short = short  # picture ids of 7 bits
        self.indices = dict.fromkeys(RIDS, 0)
        self.late: list[tuple[int, int, bytes]] = []
        self.came = 0
        self.got: dict[str, list[bytes]] = {viewer: [] for viewer in VIEWERS}

    def frame(self, number: int) -> None:
        for rid in RIDS:
            is_key = number == 0 or self.random.random() < 0.15
            count = self.random.randint(1, 3)
            for place in range(count):
                data = self.packet(rid, number, place, is_key=is_key, is_last=place == count - 1)
                for _ in range(self.random.choice((0, 1, 1, 1, 1, 1, 1, 2))):
                    due = self.came + self.random.choice((0, 0, 0, 1, 4, LATEST))
                    self.late.append((due, len(self.late), data))
        self.arrive()
        self.tick(FRAME)
        self.note()

    def packet(self, rid: str, frame: int, place: int, *, is_key: bool, is_last: bool) -> bytes:
        layer = RIDS.index(rid)
        index, self.indices[rid] = self.indices[rid], self.indices[rid] + 1
        picture = (0x7FF0 + layer * 50 + frame) & 0x7FFF
        identity = bytes((picture & 0x7F,)) if self.short else (0x8000 | picture).to_bytes(2, "big")
        tl0 = bytes(((250 + layer * 7 + frame) & 0xFF,))
        descriptor = bytes((0x90 if place == 0 else 0x80, 0xE0)) + identity + tl0 + b"\x20"
        size = b"\x9d\x01\x2a" + b"\x40\x01" + HEIGHTS[rid].to_bytes(2, "little")
        body = b"\x10\x00\x00" + size if is_key and place == 0 else b"\x11"
        mark = b"K" if is_key and place == 0 else b"-"
        tail = rid.encode() + index.to_bytes(4, "big") + frame.to_bytes(4, "big") + mark
        return rtp(
            65500 + layer * 10 + index,
            descriptor + body + tail,
            ssrc=50 + layer,
            timestamp=2**32 - 20 * TICKS + layer * 777 + frame * TICKS,
            marker=is_last,
            extensions=[(4, b"1"), (10, rid.encode())],
        )

    def arrive(self) -> None:
        self.late.sort()
        while self.late and self.late[0][0] <= self.came:
            self.send(self.late.pop(0)[2])
            self.came += 1
        self.came += 1

    def disturb(self) -> None:
        """Somebody joins, leaves, wants another picture, or has a wish for a key frame."""
        viewer = self.random.choice(VIEWERS)
        match self.random.randint(0, 9):
            case 0:
                self.core.detach(viewer, "v")
            case 1 | 2:
                self.do(self.core.attach(viewer, "v", "camera", "1", self.now))
            case 3 | 4 | 5:
                limit = self.random.choice(LIMITS)
                self.do(self.core.limit(viewer, "v", limit, self.now))
            case _:
                pass
        self.note()

    def note(self) -> None:
        for viewer in VIEWERS:
            self.got[viewer] += [data for a in self.actions for data in sent_to(viewer, a)]
        self.actions = [a for a in self.actions if not isinstance(a, Fanout | Send | Burst)]

    def told(self, viewer: str) -> list[Told]:
        """What a viewer got, by its numbers."""
        unwrapper = Unwrapper()
        listed = [_told(Seen.of(data), unwrapper) for data in self.got[viewer]]
        return sorted(listed, key=lambda told: told.number)


def _told(seen: Seen, unwrapper: Unwrapper) -> Told:
    tail = seen.payload[-10:]
    return Told(
        number=unwrapper.unwrap(seen.header.sequence),
        timestamp=seen.header.timestamp,
        picture=int.from_bytes(seen.payload[2:4], "big") & 0x7FFF,
        tl0=seen.payload[4],
        rid=chr(tail[0]),
        index=int.from_bytes(tail[1:5], "big"),
        frame=int.from_bytes(tail[5:9], "big"),
        starts=tail[9:] == b"K",
    )


def assert_goes_on(before: Told, after: Told) -> None:
    """The next packet of the same stretch, or the start of another one right behind."""
    step = after.number - before.number
    frames = after.frame - before.frame
    ahead = (after.timestamp - before.timestamp) % 2**32
    if after.starts and step == 1:
        assert (after.picture - before.picture) & 0x7FFF == 1
        assert (after.tl0 - before.tl0) & 0xFF == 1
        assert 0 < ahead < 2**31
    else:
        assert after.rid == before.rid
        assert after.index - before.index == step
        assert (after.picture - before.picture) & 0x7FFF == frames
        assert (after.tl0 - before.tl0) & 0xFF == frames
        assert ahead == 0 if frames == 0 else 0 < ahead <= frames * TICKS


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 70), st.booleans())
def test_any_pattern_of_everything_keeps_every_viewers_numbers_in_order(
    seed: int,
    frames: int,
    short: bool,  # noqa: FBT001  drawn
) -> None:
    show = Show(Random(seed), short=short)  # noqa: S311  it has to come again
    for number in range(frames):
        show.frame(number)
        show.disturb()
    for viewer in VIEWERS:
        told = show.told(viewer)
        assert len({packet.number for packet in told}) == len(told)
        assert not told or told[0].starts
        for before, after in pairwise(told):
            assert_goes_on(before, after)
