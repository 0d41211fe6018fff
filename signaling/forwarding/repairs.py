"""What a viewer lacks: repeats of what it names, and a key frame where those do not help."""

from datetime import timedelta
from typing import Final

from signaling.forwarding.allocation import Allocation
from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.flight import Events
from signaling.forwarding.insurance import miss
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.outbound import OutboundTrack

FLOOD: Final = 32  # packets lacking that there is no room to repeat: a key frame takes less
RENEWED: Final = timedelta(seconds=2)  # in which the same packets are asked for again
UNDER_WAY: Final = timedelta(seconds=1)  # until a key frame is there, its lost packets repeated
LONGEST: Final = timedelta(seconds=1)  # of a round trip that is waited for


class Repairs:
    """How one viewer gets what did not reach it."""

    def __init__(
        self, allocation: Allocation, counters: SessionCounters, drops: Drops, notes: Events
    ) -> None:
        self._allocation = allocation
        self._counters = counters
        self._drops = drops
        self._notes = notes
        self._renewed_at = -RENEWED
        self._commands: dict[str, int] = {}  # the number of the last one, by MID

    def repeat(self, output: OutboundTrack, lost: tuple[int, ...], now: timedelta) -> list[bytes]:
        """What a NACK asks for, as far as there is room for it."""
        if output.is_exhausted:
            self._drops[DropReason.RESEND_BUDGET] += len(lost)
            return []
        if output.flow is not None:
            output.flow.lack(lost, now)
        held = 0
        often = self._allocation.estimate.loses_often  # to lose a repeat costs another 100 ms

        def fits(size: int, again: bool) -> bool:  # noqa: FBT001  a callback's
            nonlocal held
            kind = output.section.kind
            if often and again and kind == Kind.AUDIO:  # two copies are under way
                held += 1
                return False
            if self._allocation.may_repeat(size, kind, now, again=again):
                return True
            self._drops[DropReason.RESEND_BUDGET] += 1
            held += 1
            return False

        def spare(size: int) -> bool:
            return self._allocation.may_repeat(size, output.section.kind, now, again=True)

        trip, twice = self._allocation.estimate.trip, spare if often else None
        found = [output.repeat(sequence, now, trip, fits, twice) for sequence in lost]
        packets = [data for copies in found for data in copies]
        gone = found.count([]) - held
        repaired = {"asked": len(lost), "sent": len(packets), "gone": gone, "held": held}
        self._notes.add("nack", output.section.mid, now, **repaired)
        self._renew(output, now, has_room=held <= FLOOD)
        self._counters.resent += len(packets)
        return packets

    def key_frame(self, output: OutboundTrack, now: timedelta, command: int | None) -> None:
        """A viewer asks for a key frame: so do we, if it cannot have the one that it began with.

        A browser asks every 200 ms until it has one, however long the way is and however much of it
        has to be repeated. But another one goes to everybody, and it is the largest frame. A
        command is obeyed at once; one of the same number is the same command, said again.
        """
        self._notes.add("pli", output.section.mid)
        if output.flow is None:
            return
        patience = UNDER_WAY + 2 * min(self._allocation.estimate.trip, LONGEST)
        is_new = command is not None and command != self._commands.get(output.section.mid)
        if command is not None:
            self._commands[output.section.mid] = command
        may_wait = output.section.rtx_ssrc is not None and not is_new
        if may_wait and now - output.flow.began_at < patience:
            miss(output.flow)
        else:
            output.flow.stream.requests.want()

    def _renew(self, output: OutboundTrack, now: timedelta, *, has_room: bool) -> None:
        """Ask for a key frame where repeats do not help; a browser would wait for three seconds."""
        flow = output.flow
        if flow is None or not output.is_video or now - self._renewed_at < RENEWED:
            return
        if flow.asked.in_vain or not has_room:
            flow.asked.in_vain, self._renewed_at = False, now
            self._notes.add("renew", output.section.mid)
            flow.stream.requests.want()
