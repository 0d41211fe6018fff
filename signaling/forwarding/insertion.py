"""What goes out before a packet of H.264 that lacks its parameter sets, and in which number."""

from typing import Final, NamedTuple

from signaling.forwarding import h264
from signaling.forwarding.sequence import SequenceMap

HABIT: Final = 2  # pictures in a row with their sets: the next one's are under way, if it has none


class Inserted(NamedTuple):
    """A packet of our own; an empty one takes the number that was spared and is not needed."""

    number: int
    payload: bytes


class Insertion:
    """Tells for every packet of one stream, in the order of arrival.

    A key picture may come late, when what follows has its numbers already. So one is spared in
    every gap in which a picture may begin, unless the source brings the sets with each of them:
    then what lacks them waits for the source's own, which may be others than the last ones.
    """

    def __init__(self, numbering: SequenceMap) -> None:
        self._numbering = numbering
        self._sets = h264.ParameterSets()
        self._told_at: int | None = None  # timestamp of the last picture that has got its sets
        self._told = 0  # pictures in a row that brought them

    def before(
        self, sequence: int, timestamp: int, payload: bytes, previous: int
    ) -> Inserted | None:
        """The packet to send before this one; `previous` is the timestamp of the newest so far."""
        lacking = self._lacking(timestamp, payload)
        missing = self._numbering.missing_before(sequence)
        if missing == 0:
            self._told = 0 if lacking else self._told
        elif self._told >= HABIT:
            lacking = None
        elif missing > 0 and timestamp != previous:
            self._numbering.spare(sequence, previous)
        if lacking is not None:
            number = self._numbering.insert(sequence)
        else:
            number = self._numbering.settle(sequence, timestamp) if missing < 0 else None
        return None if number is None else Inserted(number, lacking or b"")

    def _lacking(self, timestamp: int, payload: bytes) -> bytes | None:
        """The sets that have to be sent before this packet, once for each picture."""
        self._sets.seen(payload)
        if h264.SPS in h264.kinds(payload) and timestamp != self._told_at:
            self._told_at = timestamp
            self._told += 1
        sets = self._sets.insertion(payload, has_sets_in_frame=self._told_at == timestamp)
        if sets is not None:
            self._told_at = timestamp
        return sets
