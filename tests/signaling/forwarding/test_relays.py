"""A publication that comes from another worker: two cores in a row, a session for each stream."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from signaling.forwarding.actions import Action, LayersWanted, SendRtcp
from signaling.forwarding.forwarder import Forwarder
from signaling.forwarding.negotiated import Extension, InboundSection, Kind, OutboundSection
from signaling.forwarding.rtcp import KeyFrameRequest, RtcpPacket, parse_rtcp
from signaling.forwarding.rtcp_build import picture_loss
from tests.signaling.forwarding.packets import (
    AUDIO_UP,
    DELTA,
    EXTENSIONS,
    KEY,
    LEVEL,
    OPUS,
    OUT_VIDEO,
    RID,
    TICK,
    VP8,
    Seen,
    audio_down,
    rtp,
    sent_to,
    video_down,
)

RIDS = ("q", "h", "f")
SIMULCAST = InboundSection("1", Kind.VIDEO, (VP8,), EXTENSIONS, rids=RIDS)
SOURCES = {"q": 0x71, "h": 0x72, "f": 0x73, "sound": 0x2222}  # SSRCs of the publisher
HOPS = {"q": 0x1001, "h": 0x1003, "f": 0x1005, "sound": 0x1007}  # and between the workers
NUMBERS = {extension.uri: extension.id for extension in EXTENSIONS}


def down_the_hop(name: str) -> OutboundSection:
    """What the origin sends in the session of that name."""
    ssrc = HOPS[name]
    if name == "sound":
        level = (Extension(LEVEL, 1),)
        return OutboundSection("0", Kind.AUDIO, (OPUS,), ssrc, None, "relay", level)
    return OutboundSection("1", Kind.VIDEO, (VP8,), ssrc, ssrc + 1, "relay", ())


def up_from_the_hop(name: str) -> InboundSection:
    """The same as the edge hears it."""
    down = down_the_hop(name)
    pairs = ((down.ssrc, down.ssrc + 1),) if down.kind == Kind.VIDEO else ()
    rids = RIDS if down.kind == Kind.VIDEO else ()
    ssrcs = (down.ssrc,)
    return InboundSection(down.mid, down.kind, down.codecs, down.extensions, ssrcs, pairs, rids)


class TwoWorkers:
    """A publisher, its worker, a worker that gets the publication from there, a viewer."""

    def __init__(self, *names: str) -> None:
        self.now = timedelta(seconds=1000)
        self.origin, self.edge = (Forwarder(lambda limit: limit - 2) for _ in range(2))
        self.wanted: list[tuple[str, ...]] = []  # layers, as the edge told them
        self.told: list[RtcpPacket] = []  # what the publisher heard
        self.asked: dict[str, list[RtcpPacket]] = defaultdict(list)  # what the edge said, by hop
        self.seen: list[Seen] = []  # by the viewer
        self.loses = 0  # so many of the next packets between the workers
        self._number = 0
        self.origin.open_publication("up", "camera", (AUDIO_UP, SIMULCAST))
        for name in names:
            self.open(name)
        self.edge.open_subscription("viewer", (audio_down(), video_down()))
        self.from_edge(self.edge.connected("viewer", self.now))

    def open(self, name: str) -> None:
        down = down_the_hop(name)
        rid = None if name == "sound" else name
        self.origin.open_subscription(name, (down,))
        self.from_origin(self.origin.connected(name, self.now))
        self.edge.open_relay(name, "camera", rid or "", (up_from_the_hop(name),))
        self.from_origin(self.origin.attach(name, down.mid, "camera", down.mid, self.now, rid=rid))

    def close(self, name: str) -> None:
        self.edge.close(name)
        self.origin.close(name)

    def attach(self) -> None:
        for mid, source in (("a", "0"), ("v", "1")):
            self.from_edge(self.edge.attach("viewer", mid, "camera", source, self.now))

    def publish(self, payload: bytes = DELTA, *names: str) -> None:
        """A packet of each stream, then some time."""
        self._number += 1
        for name in names or ("sound", *RIDS):
            number, ssrc = self._number, SOURCES[name]
            if name == "sound":
                packet = rtp(
                    number, b"opus", ssrc=ssrc, payload_type=111, extensions=[(1, b"\x90")]
                )
            else:
                rid = [(NUMBERS[RID], name.encode())]
                packet = rtp(number, payload, timestamp=3000 * number, ssrc=ssrc, extensions=rid)
            self.from_origin(self.origin.receive("up", [(packet, self.now)]))
        self.tick()

    def tick(self, by: timedelta = TICK) -> None:
        self.now += by
        self.from_origin(self.origin.tick(self.now))
        self.from_edge(self.edge.tick(self.now))

    def from_origin(self, actions: Iterable[Action]) -> None:
        """Down the hops, and up to the publisher."""
        for action in actions:
            for name in HOPS:
                for data in sent_to(name, action):
                    if self.loses:
                        self.loses -= 1
                    else:
                        self.from_edge(self.edge.receive(name, [(data, self.now)]))
            if isinstance(action, SendRtcp) and action.session == "up":
                self.told += parse_rtcp(action.data)
            elif isinstance(action, SendRtcp):
                arrived = [(action.data, self.now)]
                self.from_edge(self.edge.receive(action.session, arrived))

    def from_edge(self, actions: Iterable[Action]) -> None:
        """Down to the viewer, and up the hops."""
        for action in actions:
            self.seen += map(Seen.of, sent_to("viewer", action))
            if isinstance(action, LayersWanted):
                self.wanted.append(action.rids)
            elif isinstance(action, SendRtcp) and action.session in HOPS:
                self.asked[action.session] += parse_rtcp(action.data)
                arrived = [(action.data, self.now)]
                self.from_origin(self.origin.receive(action.session, arrived))

    def pictures(self) -> list[int]:
        """The numbers of the pictures that the viewer has seen, in order of arrival."""
        return [seen.header.sequence for seen in self.seen if seen.header.ssrc == OUT_VIDEO]

    def requests(self) -> int:
        """How often the publisher was asked for a key frame."""
        return sum(isinstance(packet, KeyFrameRequest) for packet in self.told)


def flowing(*names: str) -> TwoWorkers:
    """Two workers with these hops, over which sound and picture flow."""
    workers = TwoWorkers(*names)
    workers.attach()
    workers.publish(KEY)
    for _ in range(10):
        workers.publish()
    return workers


def test_sound_and_one_layer_of_the_picture_reach_the_viewer_at_the_edge():
    workers = flowing("sound", *RIDS)
    sound = [seen for seen in workers.seen if seen.payload == b"opus"]
    assert len(sound) > 5
    assert sound[-1].elements[5] == b"\x90"  # the level, in the viewer's own numbers
    pictures = workers.pictures()
    assert pictures == list(range(pictures[0], pictures[0] + len(pictures)))
    assert len(pictures) >= 10


def test_layers_are_known_whichever_session_came_first():
    workers = flowing("sound", *RIDS)
    for _ in range(200):
        workers.publish()
    assert workers.wanted
    assert set(workers.wanted[-1]) <= set(RIDS)


def test_what_is_lost_between_the_workers_is_repaired_there():
    workers = flowing("sound", *RIDS)
    workers.loses = 4  # the sound and every layer of one moment
    for _ in range(20):
        workers.publish()
    pictures = sorted(workers.pictures())
    assert pictures == list(range(pictures[0], pictures[0] + len(pictures)))
    assert not any(type(packet).__name__ == "Nack" for packet in workers.told)


def test_a_key_frame_that_the_viewer_asks_for_is_asked_of_the_publisher():
    workers = flowing("sound", *RIDS)
    for _ in range(100):  # past the gap between two requests
        workers.publish()
    before = workers.requests()
    request = picture_loss(1, OUT_VIDEO)
    workers.from_edge(workers.edge.receive("viewer", [(request, workers.now)]))
    for _ in range(50):
        workers.publish()
    assert workers.requests() > before
    over = {
        n for n, all_ in workers.asked.items() if any(isinstance(p, KeyFrameRequest) for p in all_)
    }
    assert over
    assert over <= set(RIDS)


def test_a_session_that_ends_takes_only_its_stream_along_and_may_come_again():
    workers = flowing("sound", *RIDS)
    for rid in RIDS:
        workers.close(rid)
    workers.seen.clear()
    workers.publish()
    assert workers.edge.has_publication("camera")
    assert {seen.payload for seen in workers.seen} == {b"opus"}
    for rid in RIDS:
        workers.open(rid)
    for _ in range(20):
        workers.publish(KEY)
    assert len(workers.pictures()) > 10
    for name in ("sound", *RIDS):
        workers.close(name)
    assert not workers.edge.has_publication("camera")
