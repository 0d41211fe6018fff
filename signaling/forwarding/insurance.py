"""The frame that a picture begins with, sent twice to a viewer whose link often loses packets.

Nothing is shown before that frame is whole, and a repeat that has to be asked for takes a round
trip: on a long link half a second for each try.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from signaling.forwarding.flow import Flow
from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.sequence import MODULUS

UNKNOWN: Final = 3  # packets that somebody may miss and not know of: more are seldom lost in a row
LONGEST: Final = 100  # packets; by then the picture has begun, or a new key frame is asked for


def miss(flow: Flow) -> None:
    """The viewer cannot begin with what the stream began with: let it go out twice, once."""
    if not flow.is_missed:
        flow.is_missed, flow.insured = True, flow.entered


def second_copies(
    output: OutboundTrack, now: timedelta, fits: Callable[[int, bool], bool], *, often: bool
) -> list[bytes]:
    """What has come of that frame and has not gone out twice; `fits` as for any repeat.

    `often`: whether the link loses that much. Else only a few packets, if the viewer misses a key
    frame: nobody asks for what came before the first one that he got.
    """
    flow, found = output.flow, list[bytes]()
    if flow is None or flow.insured is None:
        return found
    if not (often or flow.is_missed) or output.section.rtx_ssrc is None:
        flow.insured = None
        return found
    first, newest = flow.stream.cache.get(flow.entered), flow.newest
    is_over = newest is not None and newest.number - flow.entered > LONGEST
    if is_over and not flow.is_missed:
        flow.insured = None
    while flow.insured is not None:
        packet = flow.stream.cache.get(flow.insured)
        is_known = not often and flow.insured - flow.entered >= min(flow.asked.first, UNKNOWN)
        if first is None or is_known or (packet and packet.timestamp != first.timestamp):
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
