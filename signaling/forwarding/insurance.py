"""The frame that a picture begins with, sent twice to a viewer whose link often loses packets.

Nothing is shown before that frame is whole, and a repeat that has to be asked for takes a round
trip: on a long link half a second for each try.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.sequence import MODULUS

LONGEST: Final = 100  # packets; by then the picture has begun, or a new key frame is asked for


def second_copies(
    output: OutboundTrack, now: timedelta, fits: Callable[[int, bool], bool], *, often: bool
) -> list[bytes]:
    """What has come of that frame and has not gone out twice; `fits` as for any repeat.

    `often`: whether the link loses that much; else there is nothing to do, later neither.
    """
    flow, found = output.flow, list[bytes]()
    if flow is None or flow.insured is None:
        return found
    if not often or output.section.rtx_ssrc is None:
        flow.insured = None
        return found
    first, newest = flow.stream.cache.get(flow.entered), flow.newest
    if newest is not None and newest.number - flow.entered > LONGEST:
        flow.insured = None
    while flow.insured is not None:
        packet = flow.stream.cache.get(flow.insured)
        if first is None or (packet is not None and packet.timestamp != first.timestamp):
            flow.insured = None
        elif packet is None:  # not yet
            break
        else:
            sequence = (flow.insured + flow.sequence) % MODULUS
            copies = output.repeat(sequence, now, timedelta(0), fits)
            if not copies:  # there is no room for it right now
                break
            found += copies
            flow.insured = None if packet.marker else flow.insured + 1
    return found
