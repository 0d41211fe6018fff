"""What somebody publishes under one name: its tracks, and what its viewers and outputs need."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from signaling.forwarding.actions import Action, LayersWanted
from signaling.forwarding.counters import Drops
from signaling.forwarding.inbound import InboundTrack
from signaling.forwarding.layering import Layering
from signaling.forwarding.negotiated import InboundSection
from signaling.forwarding.rtcp import SenderReport

LAYERS_INTERVAL: Final = timedelta(milliseconds=100)


class Publication:
    """Tracks by section; their packets come up in one session, or in several if it is relayed."""

    def __init__(self, name: str, sections: tuple[InboundSection, ...], drops: Drops) -> None:
        self.name = name
        self.tracks: dict[str, InboundTrack] = {}
        self.layerings: dict[str, Layering] = {}  # of the tracks that have layers
        self._drops = drops
        self._layers_at: timedelta | None = None
        self._alive: list[bool] = []
        self.add(sections)

    def add(self, sections: tuple[InboundSection, ...]) -> None:
        """Sections that another session of the same publication brings."""
        for section in sections:
            if section.mid not in self.tracks:
                track = InboundTrack(self.name, section, self._drops)
                self.tracks[section.mid] = track
                if section.rids:
                    self.layerings[section.mid] = Layering(track)

    @property
    def is_speaking(self) -> bool:
        """Whether a voice is heard on any of its tracks."""
        return any(track.voice.speaking for track in self.tracks.values())

    @property
    def lacks(self) -> bool:
        """Whether a packet or a key frame is missing."""
        return any(track.lacks for track in self.tracks.values())

    def has_held_back(self) -> bool:
        """Whether packets came, since that was last asked, that wait for some viewers' links."""
        held = [track for track in self.tracks.values() if track.holds_back]
        for track in held:
            track.holds_back = False
        return bool(held)

    def sender_report(self, report: SenderReport, now: timedelta) -> Iterator[Action]:
        """What the clocks of a stream showed; outputs hear it at once."""
        for track in self.tracks.values():
            stream = track.streams.get(report.ssrc)
            if stream is not None:
                stream.sender = report, now
                stream.reception.sender_report(report, now)
                yield from track.taps.report(stream, report)

    def stirs(self, now: timedelta) -> bool:
        """Whether other layers come than when that was last asked: viewers have to choose anew."""
        layered = (self.tracks[mid] for mid in self.layerings)
        alive = [track.alive(rid, now) for track in layered for rid in track.rids]
        has_changed, self._alive = alive != self._alive, alive
        return has_changed

    def tick(self, now: timedelta) -> Iterator[Action]:
        """Everything that time makes due: repairs, key frames, layers."""
        for track in self.tracks.values():
            yield from track.missing(now)
        if self._layers_at is None or now - self._layers_at >= LAYERS_INTERVAL:
            self._layers_at = now
            yield from self._layers(now)
            for track in self.tracks.values():
                yield from track.quiet(now)
        yield from self.key_frame_requests(now)

    def key_frame_requests(self, now: timedelta) -> Iterator[Action]:
        """The PLIs that are due."""
        for track in self.tracks.values():
            yield from track.key_frame_requests(now)

    def _layers(self, now: timedelta) -> Iterator[Action]:
        for mid, layering in self.layerings.items():
            rids = layering.news(now)
            if rids is not None:
                yield LayersWanted(self.name, mid, rids)
