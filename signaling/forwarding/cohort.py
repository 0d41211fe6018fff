"""Viewers' sections that get one stream in one profile: one plaintext for all of them."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from signaling.forwarding.actions import Fanout
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.laid import LaidPacket, Members, Shift, send_time
from signaling.forwarding.negotiated import Codec
from signaling.forwarding.profile import Layout, Profile

MOST_LAID: Final = 512  # packets kept for those who join; a replay has 400 at most
_NAMES = itertools.count(1)


class Member(Protocol):
    """A viewer's section that a stream flows into."""

    @property
    def session(self) -> str:
        """Whose it is."""

    @property
    def entered(self) -> int:
        """The number of the first packet that is for it."""

    @property
    def shift(self) -> Shift:
        """How its numbers differ from the stream's."""

    def passed_by(self, octets: int, size: int) -> None:
        """A packet went to others of the cohort only."""


class Cohort:
    """Its members, and what has flowed to all of them."""

    def __init__(self, profile: Profile) -> None:
        self.layout = Layout(profile)
        self.outputs: list[Member] = []
        self.packets = 0
        self.octets = 0  # of payloads (RFC 3550 §6.4.1)
        self.bytes = 0  # of whole packets
        self._name = next(_NAMES)
        self._members: Members | None = None
        self._laid: dict[int, LaidPacket] = {}
        self._youngest = 0  # the highest number that a member entered at

    def add(self, output: Member, entered: int) -> None:
        """A member that gets every packet from that number on."""
        self.outputs.append(output)
        self._youngest = max(self._youngest, entered)
        if self._members is not None:  # many may join between two packets: add, do not ask all
            known, session, shift = self._members, output.session, output.shift
            self._members = replace(
                known, sessions=(*known.sessions, session), shifts=(*known.shifts, shift)
            )

    def remove(self, output: Member) -> None:
        """It gets nothing more."""
        self.outputs.remove(output)
        self._members = None

    def without(self, codec: Codec) -> int:
        """How many members cannot have packets of this codec."""
        return 0 if self.layout.takes(codec) else len(self.outputs)

    def lay(self, packet: StoredPacket) -> LaidPacket | None:
        """The packet in the cohort's numbers, for one who joins; the next to join gets the same."""
        laid = self._laid.get(packet.number)
        if laid is None:
            laid = self.layout.lay(packet, send_time=bytes(3))
            if laid is None:
                return None
            if len(self._laid) >= MOST_LAID:
                self._laid.clear()
            self._laid[packet.number] = laid
        return laid

    def fan(self, packet: StoredPacket, now: timedelta) -> Fanout | None:
        """The packet for everybody whom it is for; None when nobody can have it."""
        if not self.outputs:
            return None
        laid = self.layout.lay(packet, send_time=send_time(now.total_seconds()))
        if laid is None:
            return None
        is_late = packet.number < self._youngest
        members = self._older(packet) if is_late else self._whole()
        if members.sessions:
            self._count(packet, laid)
        if is_late and members.sessions:
            self._pass_by(packet, laid)
        return Fanout(members, laid) if members.sessions else None

    def _whole(self) -> Members:
        known = self._members
        if known is None or known.may_pad != self.layout.has_rtx:  # another codec since
            known = self._members = self._of(self.outputs)
        return known

    def _older(self, packet: StoredPacket) -> Members:
        """Those who had entered when this late packet was new."""
        return self._of(output for output in self.outputs if output.entered <= packet.number)

    def _of(self, outputs: Iterable[Member]) -> Members:
        listed = list(outputs)
        return Members(
            self._name,
            tuple(output.session for output in listed),
            tuple(output.shift for output in listed),
            may_pad=self.layout.has_rtx,
        )

    def _pass_by(self, packet: StoredPacket, laid: LaidPacket) -> None:
        """Whoever entered later did not get this late packet, though all share one count."""
        for output in self.outputs:
            if output.entered > packet.number:
                output.passed_by(len(packet.payload), len(laid.data))

    def _count(self, packet: StoredPacket, laid: LaidPacket) -> None:
        self.packets += 1
        self.octets += len(packet.payload)
        self.bytes += len(laid.data)
