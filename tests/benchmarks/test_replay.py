"""What a publisher of several layers sends, and what of it counts."""

import struct
from itertools import islice, pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from benchmarks.media import descriptions
from benchmarks.media.crowd import Tally, asked_for_key_frames
from benchmarks.media.packets import header, rid_of, tagged
from benchmarks.media.publisher import UNCOUNTED, Publisher
from benchmarks.media.replay import LAYERS, TRAFFIC, Packet, Replay, packets_of
from benchmarks.media.warming import seeing
from signaling.forwarding import vp8
from signaling.sdp.agreement import reach
from signaling.sdp.parse import parse
from signaling.sdp.policy import UPLINK
from signaling.workers.negotiation import inbound


def played(replay: Replay, count: int) -> dict[str, list[Packet]]:
    found: dict[str, list[Packet]] = {}
    for packet in islice(replay, count):
        found.setdefault(packet.source, []).append(packet)
    return found


@pytest.mark.parametrize("traffic", TRAFFIC)
def test_every_traffic_begins_with_a_key_frame_and_can_be_played_twice(traffic: str) -> None:
    packets = packets_of(traffic)
    replay = Replay(packets)
    twice = list(islice(replay, 2 * len(packets)))
    assert packets[0].key
    assert all(a.at <= b.at for a, b in pairwise(twice))
    assert replay.best == ("f" if traffic == "simulcast" else "video")


def test_each_layer_numbers_its_own_pictures_over_loops() -> None:
    packets = packets_of("simulcast")
    found = played(Replay(packets), 2 * len(packets))
    assert set(found) == {"audio", *LAYERS}
    for rid in LAYERS:
        heads = [vp8.read(packet.payload(0)) for packet in found[rid]]
        ids = [head.picture_id for head in heads if head is not None]
        bases = [head.tl0 for head in heads if head is not None]
        assert len(ids) == len(found[rid])
        assert {b - a & 0x7FFF for a, b in pairwise(ids)} == {0, 1}
        assert {b - a & 0xFF for a, b in pairwise(bases)} == {0, 1}


def test_a_request_in_the_middle_is_answered_with_the_next_frame_of_that_layer() -> None:
    replay = Replay(packets_of("simulcast"))
    coming = iter(replay)
    for _ in range(200):
        next(coming)
    replay.want_key_frame(["h"])
    keys = [packet for packet in islice(coming, 100) if packet.key]
    assert replay.answered == 1
    assert {packet.rid for packet in keys} == {"h"}
    assert [packet.marker for packet in keys] == [False] * (len(keys) - 1) + [True]
    assert len({packet.timestamp for packet in keys}) == 1


def test_only_sound_and_the_best_layer_are_numbered() -> None:
    sent: list[tuple[str, bytes]] = []
    publisher = Publisher(
        Replay(packets_of("simulcast")),
        "vp8",
        lambda data, source, is_rtcp: None if is_rtcp else sent.append((source, data)),
        extensions=True,
    )
    publisher.start()
    publisher._began -= 1  # a second is due
    publisher.send_due()
    numbers = {source: [] for source in ("audio", *LAYERS)}
    for source, data in sent:
        numbers[source].append(struct.unpack("!I", data[-4:])[0])
    counted = sorted(numbers["audio"] + numbers["f"])
    assert counted == list(range(publisher.sent))
    assert set(numbers["q"] + numbers["h"]) == {UNCOUNTED}
    assert int(publisher.is_picture.sum()) == len(numbers["f"])
    assert {
        source: {rid_of(data, descriptions.RID) for s, data in sent if s == source}
        for source in numbers
    } == {"audio": {""}, "q": {"q"}, "h": {"h"}, "f": {"f"}}
    assert len({header(data).ssrc for _, data in sent}) == 4


def test_our_server_takes_the_offer_of_three_layers() -> None:
    text = descriptions.offer(
        "ours",
        "passwordpasswordpassword",
        "AB:CD",
        codecs=("vp8",),
        direction="sendonly",
        rids=LAYERS,
    )
    section = reach(parse(text), UPLINK).sections[1]
    assert inbound(section).rids == LAYERS


def test_whoever_asks_for_key_frames_names_the_sources() -> None:
    pli = struct.pack("!BBHII", 0x81, 206, 2, 1, 77)
    fir = struct.pack("!BBHIIIIII", 0x84, 206, 6, 1, 0, 88, 0, 99, 0)
    report = struct.pack("!BBHI", 0x80, 201, 1, 1)
    assert asked_for_key_frames(report) == set()
    assert asked_for_key_frames(report + pli + fir) == {77, 88, 99}


def test_a_capture_of_layers_begins_with_a_key_frame_and_ends_with_the_best_layer_s() -> None:
    rows = [
        ["f", 10, 900, 1, 0, "90", 500],
        ["q", 40, 100, 1, 1, "90", 7000],
        ["f", 41, 900, 0, 1, "90", 3500],
        ["f", 42, 900, 1, 0, "80", 3500],
        ["a", 50, 90, 0, 0, "f8", 42],
        ["q", 70, 100, 1, 0, "90", 10000],
        ["f", 71, 900, 1, 0, "90", 6500],
        ["q", 100, 100, 1, 0, "90", 13000],
    ]
    assert tagged(rows) == [
        ["q", 0, 100, 1, 1, "90", 0],
        ["f", 1, 900, 0, 1, "90", 0],
        ["f", 2, 900, 1, 1, "80", 0],
        ["a", 10, 90, 0, 0, "f8", 0],
        ["q", 30, 100, 1, 0, "90", 3000],
        ["f", 31, 900, 1, 0, "90", 3000],
    ]


def test_a_viewer_is_there_who_gets_nine_in_ten_of_the_best_layer() -> None:
    tally = Tally()
    got = [(1, n) for n in range(20)] + [(2, n) for n in range(10)] + [(3, n) for n in range(1, 20)]
    tally.members.append(np.array([member for member, _ in got]))
    tally.numbers.append(np.array([number for _, number in got]))
    is_picture = np.array([True] * 20 + [False] * 10)
    publisher = cast("Any", SimpleNamespace(sent=20, is_picture=is_picture))
    crowd = cast("Any", SimpleNamespace(tally=tally))
    assert seeing(crowd, publisher, 0, 0) == 2  # the second one gets a half
    assert seeing(crowd, publisher, 0, 1) == 0  # nothing has come since
