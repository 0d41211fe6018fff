"""One incoming stream (one SSRC, one layer): numbers, cache, losses, reception, what flows on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.forwarding import h264, vp8
from signaling.forwarding.cache import PacketCache, StoredPacket
from signaling.forwarding.cohort import Cohort, Member
from signaling.forwarding.flight import Events, PacketLog
from signaling.forwarding.insertion import Insertion
from signaling.forwarding.keyframes import starts_key_frame
from signaling.forwarding.laid import LONG_PICTURE, PICTURES
from signaling.forwarding.nack import NackGenerator
from signaling.forwarding.negotiated import Codec, Kind
from signaling.forwarding.profile import Profile
from signaling.forwarding.rate import RateMeter
from signaling.forwarding.reception import Reception
from signaling.forwarding.requests import KeyFrameRequests
from signaling.forwarding.rtcp import SenderReport
from signaling.forwarding.rtp import HEADER_SIZE, RtpHeader
from signaling.forwarding.sequence import (
    MODULUS,
    MOST_MISORDER,
    Place,
    Places,
    SequenceMap,
    Unwrapper,
    is_near,
    nearest,
)

SHORT_PICTURES: Final = 1 << 7  # picture ids of 7 bits (RFC 7741 §4.2)
Pictures = tuple[int, int, int, int]  # the last four fields of a stored packet
NO_PICTURES: Final[Pictures] = (0, 0, 0, 0)
TAIL: Final = 16  # bytes of a payload that tell it from another one
LOOKED_AT: Final = 500  # packets in which an encoder that makes B frames has made one


class Arrival(NamedTuple):
    """One media packet of a known stream; `repaired` when it came inside a retransmission."""

    data: bytes
    header: RtpHeader
    codec: Codec
    rid: str
    elements: dict[int, bytes]
    repaired: bool


class InboundStream:
    """State of one SSRC; `session` is whom to ask for repairs and key frames."""

    def __init__(
        self, session: str, ssrc: int, codec: Codec, *, publication: str, rid: str, kind: Kind
    ) -> None:
        self.session = session
        self.publication = publication  # its streams have one capture clock
        self.ssrc = ssrc
        self.rid = rid
        self.kind = kind
        self.codec = codec
        self.cache = PacketCache(kind)
        self.nacks = NackGenerator()
        self.requests = KeyFrameRequests()
        self.reception = Reception(ssrc, codec.clock_rate)
        self.rate = RateMeter()
        self.sender: tuple[SenderReport, timedelta] | None = None
        self.cohorts: dict[Profile, Cohort] = {}
        self.newest: StoredPacket | None = None  # the highest number so far
        self.newest_at = timedelta()
        self.key: StoredPacket | None = None  # where the last key frame begins
        self.key_at = timedelta()
        self.has_b_frames = False  # which no WebRTC player shows in order
        self._looked = 0
        self.height = 0  # pixels, from the last key frame
        self._picture = SHORT_PICTURES  # the highest short id so far, extended
        self.log = PacketLog()
        self.asked = Events()  # repairs and key frames that were asked for
        self._places = Places()
        self._unwrapper = Unwrapper()
        self._numbering = SequenceMap(MODULUS)
        self._insertion = Insertion(self._numbering)

    def place(self, arrival: Arrival) -> Place:
        """Where a packet belongs; a repair never begins anything."""
        sequence, highest = arrival.header.sequence, self._unwrapper.highest
        near = is_near(sequence, highest)
        if arrival.repaired:
            return Place.STREAM if near else Place.NOWHERE
        return self._places.of(sequence, is_near=near and not self._contradicts(arrival))

    def _contradicts(self, arrival: Arrival) -> bool:
        """Whether a number that seems late is another packet's, or comes from too far behind.

        A source that counts anew a little below where it was uses its numbers twice.
        """
        highest = self._unwrapper.highest
        if highest is None or (behind := highest - nearest(arrival.header.sequence, highest)) < 0:
            return False
        number = self._numbering.map(highest - behind)
        known = None if number is None else self.cache.get(number)
        if known is None:
            return behind > MOST_MISORDER and not self.nacks.is_missing(highest - behind)
        header = arrival.header
        tail = arrival.data[
            max(header.payload_start, header.payload_end - TAIL) : header.payload_end
        ]
        return known.timestamp != header.timestamp or not known.payload.endswith(tail)

    def successor(self) -> "InboundStream":
        """The stream of a source that counts anew; what was asked of it and noted goes on."""
        anew = InboundStream(
            self.session,
            self.ssrc,
            self.codec,
            publication=self.publication,
            rid=self.rid,
            kind=self.kind,
        )
        anew.requests, anew.rate, anew.height = self.requests, self.rate, self.height
        anew.log, anew.asked = self.log, self.asked
        return anew

    def read(
        self, arrival: Arrival, uris: Mapping[int, str], now: timedelta
    ) -> list[StoredPacket] | None:
        """The packets that come of it, to be kept in this order; None when it is too late."""
        header = arrival.header
        sequence = self._unwrapper.unwrap(header.sequence)
        if self.newest is None and self._unwrapper.highest == sequence:
            self._numbering.enter(sequence)
        if not arrival.repaired:
            self.reception.received(sequence, header.timestamp, now)
        is_new = not arrival.repaired or self.nacks.is_missing(sequence)
        if not self.nacks.received(sequence) and self.kind == Kind.VIDEO:
            self.requests.want()
        payload = arrival.data[header.payload_start : header.payload_end]
        self.codec = arrival.codec
        # a browser pads its estimate with repeats of what has come, and no viewer gets those
        self.rate.add(len(arrival.data) if payload and is_new else 0, now)
        added = self._added(arrival, sequence, payload, uris)
        if not payload:
            number = self._numbering.drop(sequence)
            return added if number is None else [*added, _stored(arrival, number, payload, uris)]
        number = self._numbering.map(sequence)
        if number is None:
            return None
        if self.codec.name.lower() == "h264" and self._looked < LOOKED_AT:
            self._looked += 1
            self.has_b_frames = self.has_b_frames or h264.has_b_slices(payload)
        packet = self._packet(arrival, number, payload, uris)
        return [*added, packet]

    def _added(
        self, arrival: Arrival, sequence: int, payload: bytes, uris: Mapping[int, str]
    ) -> list[StoredPacket]:
        """What goes out before it in a number of its own."""
        if self.codec.name.lower() != "h264":
            return []
        timestamp = arrival.header.timestamp
        previous = timestamp if self.newest is None else self.newest.timestamp
        inserted = self._insertion.before(sequence, timestamp, payload, previous)
        if inserted is None:
            return []
        number, sets = inserted
        packet = _stored(arrival, number, sets, uris, starts=bool(sets))
        return [packet._replace(marker=False)]

    def _packet(
        self, arrival: Arrival, number: int, payload: bytes, uris: Mapping[int, str]
    ) -> StoredPacket:
        """The packet with what its payload says: a start, a size, picture numbers."""
        name = arrival.codec.name.lower()
        starts = starts_key_frame(name, payload)
        if starts and name == "h264":
            units = h264.units(payload)
            self._note_size(next(filter(None, map(h264.size_of, units)), None))
        if name != "vp8":
            return _stored(arrival, number, payload, uris, starts=starts)
        if starts:
            self._note_size(vp8.size_of(payload))
        payload, pictures = self._pictures(payload)
        return _stored(arrival, number, payload, uris, pictures, starts=starts)

    def _pictures(self, payload: bytes) -> tuple[bytes, Pictures]:
        """The VP8 numbers of a payload; a picture id of 7 bits becomes one of 15."""
        read = vp8.read(payload)
        if read is None:
            return payload, NO_PICTURES
        picture, tl0_at = read.picture_id, read.tl0_at
        if read.picture_bits == vp8.SHORT_ID:
            at = read.picture_at
            extended = nearest(picture, self._picture, SHORT_PICTURES)
            self._picture = max(self._picture, extended)
            picture = extended & PICTURES
            payload = payload[:at] + (LONG_PICTURE | picture).to_bytes(2, "big") + payload[at + 1 :]
            tl0_at = tl0_at + 1 if tl0_at else 0
        return payload, (read.picture_at, picture, tl0_at, read.tl0)

    def _note_size(self, size: tuple[int, int] | None) -> None:
        if size is not None:
            self.height = min(size)  # a phone held upright has the lines of one held across

    def keep(self, packet: StoredPacket, now: timedelta) -> bool:
        """Remember a packet; False for a duplicate."""
        if not self.cache.add(packet):
            return False
        if packet.starts and self._begins_key_frame(packet):
            self.key, self.key_at = packet, now
        if self.newest is None or packet.number > self.newest.number:
            self.newest, self.newest_at = packet, now
        return True

    @property
    def has_packets(self) -> bool:
        """Whether any are kept."""
        return self.newest is not None and self.cache.get(self.newest.number) is not None

    def let_go(self) -> None:
        """Keep no packets any more; what was noted of them stays."""
        self.cache.clear()

    def _begins_key_frame(self, packet: StoredPacket) -> bool:
        """Whether this start is a newer frame's than the last one we know."""
        if self.key is None:
            return True
        return packet.number > self.key.number and packet.timestamp != self.key.timestamp

    def cohort(self, profile: Profile) -> Cohort:
        """Those who get this stream in that profile."""
        if profile not in self.cohorts:
            self.cohorts[profile] = Cohort(profile)
        return self.cohorts[profile]

    def leave(self, cohort: Cohort, member: Member) -> None:
        """A member leaves its cohort; one without members is forgotten."""
        cohort.remove(member)
        if not cohort.outputs:
            self.cohorts.pop(cohort.layout.profile, None)


def _stored(
    arrival: Arrival,
    number: int,
    payload: bytes,
    uris: Mapping[int, str],
    pictures: Pictures = NO_PICTURES,
    *,
    starts: bool = False,
) -> StoredPacket:
    header, elements = arrival.header, arrival.elements
    return StoredPacket(
        header.ssrc,
        number,
        header.timestamp,
        header.marker,
        arrival.codec,
        starts,
        arrival.data[HEADER_SIZE : header.csrc_end],
        tuple([(uris[n], value) for n, value in elements.items() if n in uris]),
        payload,
        *pictures,
    )


def clocks_between(old: InboundStream, new: InboundStream, packet: StoredPacket) -> int | None:
    """The old stream's timestamp of the moment at which the new one's packet was captured.

    By the sender reports of both; None until both have come. Clock units, not yet modulo 2^32.
    """
    if old.sender is None or new.sender is None:
        return None
    theirs, ours = new.sender[0], old.sender[0]
    ahead = (packet.timestamp - theirs.timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
    seconds = ahead / new.codec.clock_rate + (theirs.ntp - ours.ntp) / (1 << 32)
    return ours.timestamp + round(seconds * old.codec.clock_rate)
