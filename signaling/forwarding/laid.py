"""One plaintext for many viewers: a packet laid out once, and what differs in each one's header."""

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

NUMBERS: Final = struct.Struct("!HII")  # sequence, timestamp, SSRC at byte 2 (RFC 3550 §5.1)
PICTURES: Final = 0x7FFF  # 15 bits (RFC 7741 §4.2)
LONG_PICTURE: Final = 0x8000
TIMESTAMPS: Final = 0xFFFFFFFF
SEND_TIME_BITS: Final = 18  # of the fraction in abs-send-time: 6.18 seconds


class Shift(NamedTuple):
    """What one viewer adds to the numbers of a source, modulo each field; the SSRC is its own."""

    ssrc: int
    sequence: int
    timestamp: int
    picture: int
    tl0: int


class LaidPacket(NamedTuple):
    """A whole RTP packet in a profile's numbers; sequence, time and pictures are the source's."""

    data: bytes
    number: int
    timestamp: int
    is_last: bool  # of its frame: nothing has to be waited for
    send_time_at: int = 0  # where abs-send-time's three bytes are; 0: there is none
    picture_at: int = 0
    picture: int = 0
    tl0_at: int = 0
    tl0: int = 0

    def copy(self, shift: Shift, stamp: bytes = b"") -> bytes:
        """The packet as one viewer gets it, sent at that time if a stamp is given."""
        packet = bytearray(self.data)
        if self.send_time_at and stamp:
            packet[self.send_time_at : self.send_time_at + 3] = stamp
        NUMBERS.pack_into(
            packet,
            2,
            (self.number + shift.sequence) & 0xFFFF,
            (self.timestamp + shift.timestamp) & TIMESTAMPS,
            shift.ssrc,
        )
        if self.picture_at:
            picture = LONG_PICTURE | (self.picture + shift.picture) & PICTURES
            packet[self.picture_at : self.picture_at + 2] = picture.to_bytes(2, "big")
        if self.tl0_at:
            packet[self.tl0_at] = (self.tl0 + shift.tl0) & 0xFF
        return bytes(packet)


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Who gets the packets of a cohort; each change makes a new value, so plans may hold on it."""

    cohort: int  # the same for all values of one cohort
    sessions: tuple[str, ...]
    shifts: tuple[Shift, ...]
    may_pad: bool = True  # not what may go again as it was


def send_time(seconds: float) -> bytes:
    """abs-send-time: 24 bits of seconds in 6.18 fixed point."""
    return (int(seconds * (1 << SEND_TIME_BITS)) & 0xFFFFFF).to_bytes(3, "big")
