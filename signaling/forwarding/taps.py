"""Outputs that listen to a track: each gets one layer, and changes it only at a key frame."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, Protocol

from signaling.forwarding.actions import Tapped, TappedClock
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.rtcp import SenderReport
from signaling.forwarding.stream import InboundStream

SILENT: Final = timedelta(seconds=1)  # after so long a recording goes on with a lower layer


class Layers(Protocol):
    """The track that is tapped."""

    @property
    def rids(self) -> tuple[str, ...]:
        """Its layers, ascending."""

    @property
    def layers(self) -> dict[str, InboundStream]:
        """Those that have come."""


class Taps:
    """Outputs by name and the stream that each one gets, of the section `mid`."""

    def __init__(self, mid: str) -> None:
        self._mid = mid
        self._current: dict[str, InboundStream | None] = {}

    def add(self, output: str) -> None:
        """It gets packets from the next start on."""
        self._current[output] = None

    def remove(self, output: str) -> None:
        """It gets no more."""
        self._current.pop(output, None)

    def __bool__(self) -> bool:
        return bool(self._current)

    @property
    def rids(self) -> frozenset[str]:
        """The layers that outputs get now."""
        return frozenset(current.rid for current in self._current.values() if current is not None)

    def take(
        self, stream: InboundStream, packet: StoredPacket, track: Layers
    ) -> Iterator[Tapped | TappedClock]:
        """The packet for the outputs that it is for; who begins hears of the clock first."""
        for output, current in self._current.items():
            if stream is not current and packet.starts and _is_better(stream, current, track):
                self._current[output] = stream
                if stream.sender is not None:
                    yield self._clock(output, stream.sender[0])
            if self._current[output] is stream:
                yield Tapped(output, self._mid, packet)

    def starve(self, now: timedelta) -> bool:
        """Whether an output gets nothing, because its layer is not sent any more."""
        return any(
            current is not None and now - current.newest_at > SILENT
            for current in self._current.values()
        )

    def report(self, stream: InboundStream, report: SenderReport) -> Iterator[TappedClock]:
        """What the stream's clock shows, for the outputs that get it."""
        for output, current in self._current.items():
            if current is stream:
                yield self._clock(output, report)

    def _clock(self, output: str, report: SenderReport) -> TappedClock:
        return TappedClock(output, self._mid, report.ssrc, report.ntp, report.timestamp)


def _is_better(new: InboundStream, old: InboundStream | None, track: Layers) -> bool:
    """A higher layer, or the same from a new SSRC, or any while the old one is silent."""
    if old is None or track.layers.get(old.rid) is not old:
        return True
    if new.newest_at - old.newest_at > SILENT:
        return True
    return track.rids.index(new.rid) > track.rids.index(old.rid)
