"""Which publications of this worker are handed to the outputs process besides being forwarded."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from signaling.forwarding import forwarder as forwarding
from signaling.forwarding.actions import Action, Tapped, TappedClock
from signaling.outputs.packets import KeyFrameWanted, MediaPacket, SenderClock, SourceEnded
from signaling.workers import messages
from signaling.workers.admission import OutputsUnreachable
from signaling.workers.output_link import OutputLink


@dataclass(frozen=True, slots=True)
class _Tap:
    publication: str
    address: str


class Taps:
    """Starts and stops outputs, passes on what the core taps; forwarding never waits for it."""

    def __init__(
        self,
        forwarder: forwarding.Forwarder,
        now: Callable[[], timedelta],
        perform: Callable[[Iterable[Action]], None],
    ) -> None:
        self._forwarder = forwarder
        self._now = now
        self._perform = perform
        self._links: dict[str, OutputLink] = {}  # by address
        self._taps: dict[str, _Tap] = {}  # by output
        self._dropped = 0  # by links that are gone

    @property
    def drops(self) -> Counter[str]:
        """Messages that the outputs process was too slow for."""
        dropped = self._dropped + sum(link.dropped for link in self._links.values())
        return Counter({"outputs-full": dropped} if dropped else {})

    def start(self, command: messages.StartOutput) -> None:
        """Tap a publication; raises UnknownPublication, UnknownSection, OutputsUnreachable."""
        self._connect(command.address)
        actions = self._forwarder.tap(
            command.output, command.publication, command.mids, self._now()
        )
        self._taps[command.output] = _Tap(command.publication, command.address)
        self._perform(actions)

    def stop(self, output: str) -> None:
        """Tap it no longer."""
        if self._taps.pop(output, None) is not None:
            self._forwarder.untap(output)

    def packet(self, tapped: Tapped) -> None:
        """Pass a packet on."""
        link = self._link(tapped.output)
        if link is None:
            return
        packet = tapped.packet
        link.send(
            MediaPacket(
                tapped.output,
                tapped.mid,
                packet.codec.name.lower(),
                self._now(),
                packet.number,
                packet.ssrc,
                packet.timestamp,
                packet.marker,
                packet.payload,
            )
        )

    def clock(self, clock: TappedClock) -> None:
        """Pass a sender report on."""
        link = self._link(clock.output)
        if link is not None:
            link.send(
                SenderClock(
                    clock.output, clock.mid, clock.ssrc, self._now(), clock.ntp, clock.timestamp
                )
            )

    def flush(self) -> None:
        """Hand over what has come together."""
        for link in tuple(self._links.values()):
            link.flush()

    def session_closed(self) -> None:
        """A session is gone: the outputs of its publication have no source any more."""
        for output, tap in tuple(self._taps.items()):
            if not self._forwarder.has_publication(tap.publication):
                del self._taps[output]
                self._forwarder.untap(output)
                self._links[tap.address].send(SourceEnded(output))
        self.flush()

    def close(self) -> None:
        """Hang up; the outputs process ends what this worker fed."""
        for link in self._links.values():
            link.close()

    def _link(self, output: str) -> OutputLink | None:
        tap = self._taps.get(output)
        return None if tap is None else self._links.get(tap.address)

    def _connect(self, address: str) -> None:
        if address in self._links:
            return
        try:
            self._links[address] = OutputLink(
                address, wanted=self._wanted, lost=lambda: self._lost(address)
            )
        except OSError as error:
            raise OutputsUnreachable(str(error)) from error

    def _lost(self, address: str) -> None:
        self._dropped += self._links.pop(address).dropped
        for output in [o for o, tap in self._taps.items() if tap.address == address]:
            self.stop(output)

    def _wanted(self, wanted: KeyFrameWanted) -> None:
        tap = self._taps.get(wanted.output)
        if tap is not None:
            self._perform(
                self._forwarder.tap(wanted.output, tap.publication, (wanted.mid,), self._now())
            )
