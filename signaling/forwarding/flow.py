"""One stretch in which one stream flows into a viewer's section."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from typing import Final

from signaling.forwarding.asked import Asked
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.cohort import Cohort, Member
from signaling.forwarding.laid import LaidPacket, Shift
from signaling.forwarding.sequence import nearest
from signaling.forwarding.stream import InboundStream

TIMESTAMPS: Final = 1 << 32
ORDINARY: Final = 5_000_000  # bits per second that a link takes, as our pacer has it at first
LEAST: Final = 0.001  # seconds between two frames


@dataclass(slots=True)
class Flow:
    """Which packets of the stream have gone out, and how: with a cohort's, or one by one."""

    stream: InboundStream
    cohort: Cohort
    entered: int
    shift: Shift
    sequence: int  # outgoing minus source number, not yet modulo 2^16
    began_at: timedelta
    before: tuple[int, int, int] = (0, 0, 0)  # packets, octets and bytes of the cohort till then
    replayed: dict[int, int] = field(default_factory=dict)  # source -> outgoing timestamp …
    replayed_to: int = -1  # … of packets up to that one: the same goes out twice, no other
    asked: Asked = field(default_factory=Asked)
    is_missed: bool = False  # the viewer wants a key frame: it did not get what this began with
    insured: int | None = None  # the next packet of its first frame that may go out twice
    behind: int | None = None  # the next packet, as long as they go out one by one
    followed: StoredPacket | None = None  # the last one that did
    joined: int = 0  # the first one that came with the cohort's

    def lack(self, sequences: Iterable[int], now: timedelta) -> None:
        """The viewer asks for these; what flowed before is of no account."""
        newest = self.newest
        reference = self.sequence + (self.entered if newest is None else newest.number)
        for sequence in sequences:
            number = nearest(sequence, reference) - self.sequence - self.entered
            if number >= 0:
                self.asked.note(number, now)

    @property
    def newest(self) -> StoredPacket | None:
        """The newest packet that flowed."""
        if self.behind is not None:
            return self.followed
        newest = self.stream.newest
        return newest if newest is not None and newest.number >= self.entered else None

    def timestamp_of(self, packet: StoredPacket | LaidPacket) -> int:
        """The outgoing timestamp of a packet of the source."""
        replayed = self._replayed(packet)
        usual = packet.timestamp + self.shift.timestamp
        return (usual if replayed is None else replayed) % TIMESTAMPS

    def shift_of(self, packet: StoredPacket | LaidPacket) -> Shift:
        """How its numbers differ."""
        replayed = self._replayed(packet)
        if replayed is None:
            return self.shift
        return self.shift._replace(timestamp=(replayed - packet.timestamp) % TIMESTAMPS)

    def _replayed(self, packet: StoredPacket | LaidPacket) -> int | None:
        return self.replayed.get(packet.timestamp) if packet.number <= self.replayed_to else None

    @property
    def has_caught_up(self) -> bool:
        """Whether there is nothing more to send one by one."""
        newest = self.stream.newest
        return self.behind is None or newest is None or self.behind > newest.number

    def follow(self, room: float) -> list[StoredPacket]:
        """The next packets, of about so many bytes, that go out one by one."""
        packets: list[StoredPacket] = []
        while room > 0 and self.behind is not None and not self.has_caught_up:
            packet = self.stream.cache.get(self.behind)
            self.behind += 1
            if packet is not None:  # else the viewer asks for it, as everybody does
                self.followed = packet
                packets.append(packet)
                room -= len(packet.payload)
        return packets

    def join(self, member: Member) -> None:
        """From the next packet on they come with the cohort's."""
        self.joined, self.behind = self.behind or self.joined, None
        self.cohort = self.stream.cohort(self.cohort.layout.profile)  # it may have been forgotten
        self.before = (self.cohort.packets, self.cohort.octets, self.cohort.bytes)
        self.cohort.add(member, self.joined)

    def part(self, member: Member, first: StoredPacket) -> bool:
        """Let the packets from this one on go out one by one, if the one before it went out."""
        before = self.stream.cache.get(first.number - 1)
        if self.behind is not None or before is None or before.number < self.joined:
            return False
        self.followed, self.behind = before, first.number
        self.stream.leave(self.cohort, member)
        return True

    def leave(self, member: Member) -> None:
        """Nothing flows any more."""
        if self.behind is None:
            self.stream.leave(self.cohort, member)


def squeezed(packets: Sequence[StoredPacket], start: int, clock_rate: int) -> dict[int, int]:
    """Outgoing timestamps, not yet modulo 2^32, of frames that follow each other at once.

    They differ by as long as a frame is under way on an ordinary link. From the first frames a
    browser learns how a clock runs (libwebrtc's TimestampExtrapolator); of one that seems to stand
    still it waits seconds for the next picture.
    """
    sizes: Counter[int] = Counter()
    for packet in packets:
        sizes[packet.timestamp] += len(packet.payload)
    ascending = sorted(sizes, key=lambda moment: (moment - packets[0].timestamp) % TIMESTAMPS)
    steps = [round(max(LEAST, 8 * sizes[moment] / ORDINARY) * clock_rate) for moment in ascending]
    return dict(zip(ascending, accumulate(steps[1:], initial=start), strict=True))
