"""What one viewer's link is given to carry: a layer a section, probes, a bound on repeats."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.forwarding.estimate import ViewerEstimate
from signaling.forwarding.inbound import InboundTrack
from signaling.forwarding.layers import Layer, LayerChooser, Wish
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.outgoing import Sent
from signaling.forwarding.pacer import Pacer
from signaling.forwarding.rate import RateMeter

REPEATS: Final = 4  # one part in so many of a link may be repeats
MORE_REPEATS: Final = 300_000  # bits per second: of a thin one three parts in four, up to that
LEAST_REPEATS: Final = 50_000  # bits per second: a few packets always may
AT_ONCE: Final = timedelta(milliseconds=100)  # what fits a short queue; more is asked for again
ALWAYS: Final = 2500  # bytes at once: two packets
TOLERATED: Final = 90  # per cent of what is sent that a link has to carry; bursts are no trend
ONLY_LAYER: Final = 60  # per cent; where there is nothing less to send, a thin link may lose some
LARGEST: Final = 1 << 14  # pixels; higher than any picture
UNBOUNDED: Final = 1 << 31  # bits per second, for a viewer that reports nothing


class Feed(NamedTuple):
    """One section and what it is attached to; `layers` is None for a track without simulcast."""

    output: OutboundTrack
    track: InboundTrack
    layers: tuple[Layer, ...] | None
    limit: int | None
    pin: str | None
    is_speaking: bool  # whoever it shows


class Aim(NamedTuple):
    """The layer that a section is to get; None: nothing."""

    rid: str | None
    at_once: bool  # stop what flows now without waiting for a key frame


class Allocation:
    """One viewer's estimate, and what follows from it."""

    def __init__(self, *, reports_estimate: bool) -> None:
        self.estimate = ViewerEstimate()
        self._reports_estimate = reports_estimate
        self._chooser = LayerChooser()
        self._pacer = Pacer()
        self._rate = RateMeter()
        self._bitrate = 0  # as measured last
        self._bytes = 0  # sent when that was last measured
        self._repeat_room = 0.0  # bytes
        self._repeat_at: timedelta | None = None
        self._shown: frozenset[str] = frozenset()  # the sections that something was chosen for
        self.wanted = 0  # bits per second at which somebody would get a better layer

    @property
    def usable(self) -> int:
        """Bits per second that may be sent to this viewer."""
        return self.estimate.usable if self._is_bounded else UNBOUNDED

    @property
    def _is_bounded(self) -> bool:
        """Whether anything is known of the link: who tells no estimate still reports losses."""
        return self._reports_estimate or self.estimate.measured

    @property
    def told(self) -> int | None:
        """The same, once the viewer has told anything."""
        return self.estimate.usable if self.estimate.measured else None

    @property
    def bitrate(self) -> int:
        """Bits per second that are sent."""
        return self._rate.bitrate

    @property
    def is_overloaded(self) -> bool:
        """Whether clearly more is sent than the link carries."""
        if not self.estimate.measured:
            return False
        return self._bitrate * TOLERATED > 100 * self.estimate.usable

    def rests(self, now: timedelta) -> bool:
        """Whether everybody has the best that they want, on a link that does not change."""
        is_steady = not self._is_bounded or self.estimate.rests(now)
        return is_steady and not self.wanted and not self.is_overloaded

    def measure(self, media: int, total: Sent, now: timedelta) -> None:
        """Note how many bytes of media have been sent so far, and all that went out."""
        self._rate.add(media - self._bytes, now)
        self._bytes, self._bitrate = media, self._rate.bitrate
        self.estimate.sent(self._bitrate, total, now)

    def may_repeat(self, size: int, kind: Kind, now: timedelta, *, again: bool = False) -> bool:
        """Whether a repeat of so many bytes still fits; repeats of audio always do.

        Another one of what may still be under way leaves half of the room to what was not repeated.
        """
        if kind == Kind.AUDIO:
            return True
        thin = min(self.usable * 3 // 4, MORE_REPEATS)
        rate = max(self.usable // REPEATS, thin, LEAST_REPEATS) / 8
        passed = (now - self._repeat_at).total_seconds() if self._repeat_at is not None else 1
        most = max(self.usable / 8 * AT_ONCE.total_seconds(), ALWAYS)
        self._repeat_room = min(most, self._repeat_room + rate * passed)
        self._repeat_at = now
        if self._repeat_room < size + (most / 2 if again else 0):
            return self.estimate.takes_repeat(size)
        self._repeat_room -= size
        return True

    def pace(self, now: timedelta) -> float:
        """How many bytes of what a stream began with may be sent now."""
        return self._pacer.room(self.usable, self.estimate.fell_at, now)

    def paced(self, size: int) -> None:
        """So many bytes of it were."""
        self._pacer.spend(size)

    def choose(self, feeds: Mapping[str, Feed], now: timedelta) -> dict[str, Aim]:
        """The layer for every video section, by MID."""
        videos = {_key(mid, feed): mid for mid, feed in feeds.items() if feed.output.is_video}
        wishes = [_wish(key, feeds[mid]) for key, mid in videos.items()]
        audio = sum(_bitrate(feed.track) for feed in feeds.values() if not feed.output.is_video)
        chosen = self._chooser.choose(self._budget(audio, wishes), audio, wishes, now)
        self._shown = frozenset(key for key, rid in chosen.items() if rid is not None)
        self.wanted = self._chooser.wanted(audio, wishes, now)
        if not self.wanted:
            self.estimate.stop_probe()
        heavy = self.is_overloaded
        aims = {
            videos[key]: Aim(rid, heavy and _falls(feeds[videos[key]], rid))
            for key, rid in chosen.items()
        }
        audios = (mid for mid, feed in feeds.items() if not feed.output.is_video)
        return aims | {mid: Aim("", at_once=False) for mid in audios}

    def _budget(self, audio: int, wishes: Sequence[Wish]) -> int:
        """What there is to give; until the viewer has been heard, at least every lowest layer.

        What is shown keeps its lowest layer until the link has been short of it for a while: one
        key frame that overflows a short queue looks like a link that carries no picture at all.
        """
        if not self._is_bounded:
            return self.usable
        lowest = {wish.mid: wish.layers[0].bitrate for wish in wishes if wish.layers}
        if not self.estimate.measured:
            return max(self.usable, audio + 2 * sum(lowest.values()))
        least = audio + sum(cost for mid, cost in lowest.items() if mid in self._shown)
        self.estimate.least = least if self._shown else audio + min(lowest.values(), default=0)
        return self.usable if self.estimate.starves else max(self.usable, least)

    def probe(self, now: timedelta) -> int:
        """Bytes of probes to send now."""
        if not self._is_bounded or not self.wanted:
            return 0
        return self.estimate.probe(now, self.wanted)


def _key(mid: str, feed: Feed) -> str:
    """What the choice for a section is remembered by: another source is another choice."""
    return f"{mid} {feed.track.publication}"


def _wish(key: str, feed: Feed) -> Wish:
    layers = feed.layers
    if layers is None:
        only = feed.track.layers.get("")
        cost = _bitrate(feed.track) * ONLY_LAYER // 100
        layers = (Layer("", only.height if only else 0, cost),)
    if feed.pin is not None:
        layers = tuple(layer for layer in layers if layer.rid == feed.pin)
    current = feed.output.flow.stream.rid if feed.output.flow is not None else None
    return Wish(key, layers, feed.limit, current, _priority(feed))


def _priority(feed: Feed) -> int:
    """What the page shows large comes first, and of two of one size who speaks."""
    height = LARGEST if feed.limit is None else feed.limit
    return 2 * height + feed.is_speaking


def _bitrate(track: InboundTrack) -> int:
    return max((stream.rate.bitrate for stream in track.layers.values()), default=0)


def _falls(feed: Feed, rid: str | None) -> bool:
    """Whether that is less than what flows now."""
    if feed.output.flow is None:
        return False
    rids = feed.track.rids
    return rid is None or rids.index(rid) < rids.index(feed.output.flow.stream.rid)
