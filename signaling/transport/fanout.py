"""One packet for many viewers: gathered by frame, laid out once, encrypted and sent in batches."""

import socket
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from signaling.forwarding.laid import LaidPacket, Members
from signaling.transport.mmsg import IS_AVAILABLE
from signaling.transport.paths import Source
from signaling.transport.peer import Peer
from signaling.transport.plans import Plans, Reach
from signaling.transport.sealing import LONGEST as LONGEST_PACKET
from signaling.transport.trains import LONGEST, trains
from signaling.transport.workspace import Party, Workspace


class Outlet(Protocol):
    """The port that datagrams leave through."""

    @property
    def descriptor(self) -> int:
        """Of its socket."""

    @property
    def family(self) -> socket.AddressFamily:
        """Of its socket."""

    @property
    def is_busy(self) -> bool:
        """Whether datagrams wait because the kernel took no more."""


class Handle(Protocol):
    """Of something that is to happen."""

    def cancel(self) -> None:
        """It is not to happen any more."""


class Crowd(Reach, Protocol):
    """Who is connected, and how a single datagram reaches somebody."""

    def transmit(self, datagrams: Iterable[tuple[bytes, Source]]) -> None:
        """Send datagrams one by one."""


@dataclass(slots=True)
class Waiting:
    """The packets of a frame that has not ended yet."""

    members: Members
    packets: list[LaidPacket] = field(default_factory=list)


class FanOut:
    """Takes packets for cohorts; `later(flush)` has it called a beat later."""

    def __init__(
        self,
        crowd: Crowd,
        outlet: Outlet,
        *,
        clock: Callable[[], timedelta],
        later: Callable[[Callable[[], None]], Handle],
        segments: bool = True,
    ) -> None:
        self.drops: Counter[str] = Counter()
        self._crowd = crowd
        self._outlet = outlet
        self._clock = clock
        self._later = later
        self._waiting: dict[int, Waiting] = {}
        self._timer: Handle | None = None
        self._space = Workspace(segments=segments) if IS_AVAILABLE else None
        self._plans = Plans(crowd, outlet.family, batches=IS_AVAILABLE)

    def add(self, members: Members, packet: LaidPacket) -> None:
        """Send a packet now if it ends its frame, else within a beat."""
        if len(packet.data) > LONGEST_PACKET:  # the memory for one ends behind it
            self.drops["too-long"] += len(members.sessions)
            return
        waiting = self._waiting.get(members.cohort)
        if waiting is not None and waiting.members is not members:
            self._send(self._waiting.pop(members.cohort))
            waiting = None
        if waiting is None:
            waiting = self._waiting[members.cohort] = Waiting(members)
        waiting.packets.append(packet)
        if packet.is_last or len(waiting.packets) >= LONGEST:
            del self._waiting[members.cohort]
            self._send(waiting)
        if self._waiting and self._timer is None:
            self._timer = self._later(self.flush)
        elif not self._waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def is_waiting(self) -> bool:
        """Whether a part of a frame is there."""
        return bool(self._waiting)

    def flush(self) -> None:
        """Send whatever waits."""
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        for frame in waiting.values():
            self._send(frame)

    def _send(self, frame: Waiting) -> None:
        plan = self._plans.of(frame.members)
        self.drops["not-connected"] += plan.unreachable * len(frame.packets)
        for peer, shift in plan.singles:
            self._send_singly(peer, [packet.copy(shift) for packet in frame.packets])
        if plan.parties and self._space is not None:
            for viewers in plan.parties:
                is_cut = self._space.segments and frame.members.may_pad
                listed = trains(frame.packets, viewers.tag) if is_cut else zip(frame.packets)
                for train in listed:
                    self._send_train(self._space, viewers, train)

    def _send_train(self, space: Workspace, viewers: Party, train: tuple[LaidPacket, ...]) -> None:
        failed = space.protect(viewers, train, self._clock())
        if failed or self._outlet.is_busy:
            self.drops["srtp-refused-out"] += len(failed)
            sound = [place for place in range(len(viewers.sessions)) if place not in failed]
            self._hand_over(space, viewers, sound, len(train))
            return
        left = space.send(self._outlet.descriptor, viewers)
        self._hand_over(space, viewers, left, len(train))

    def _hand_over(self, space: Workspace, viewers: Party, places: list[int], count: int) -> None:
        """Send one by one what cannot leave as a batch; the port keeps what must wait."""
        for place in places:
            address = viewers.addresses[place]
            self._crowd.transmit((data, address) for data in space.datagrams(place, count))

    def _send_singly(self, peer: Peer, packets: list[bytes]) -> None:
        if peer.srtp is None or peer.agent.selected is None:
            self.drops["not-connected"] += len(packets)
            return
        for packet in packets:
            data = peer.srtp.protect(packet)
            if data is None:
                self.drops["srtp-refused-out"] += 1
            else:
                self._crowd.transmit([(data, peer.agent.selected)])

    def sweep(self) -> None:
        """Forget the plans of cohorts that nothing was sent to since the last sweep."""
        self._plans.sweep()
