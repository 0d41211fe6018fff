"""The media worker: carries out commands, moves packets, reports what happens."""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final, assert_never

from signaling.forwarding import forwarder as forwarding
from signaling.forwarding.actions import Action, Fanout, MediaBegan, SendRtcp
from signaling.transport.dtls import fingerprint, make_certificate
from signaling.transport.hub import Hub
from signaling.transport.port import UdpPort, bind, reachable_addresses
from signaling.workers import messages, translate
from signaling.workers.admission import (
    Admission,
    CommandRefusal,
    PublicationExists,
    UnknownPublication,
    UnknownSection,
    UnknownSession,
)
from signaling.workers.commands import encode_report, read_command
from signaling.workers.frames import FrameError

TICK: Final = timedelta(milliseconds=20)  # how late a NACK or a report may be
MOST_SESSIONS: Final = 3000  # their statistics fit into one frame; one core serves fewer
MOST_UNREAD: Final = 4 << 20  # bytes of reports; a control plane that reads none is gone


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Where a worker listens, and how it is to be reached."""

    worker: str
    host: str = "127.0.0.1"
    port: int = 0  # any
    advertise: tuple[str, ...] = ()  # addresses for the answer; none: where it listens
    most_sessions: int = MOST_SESSIONS


class Worker:
    """One worker on the running loop; `run` serves one control plane until it goes away."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._certificate = make_certificate()
        self._forwarder = forwarding.Forwarder(secrets.randbelow)
        self._admission = Admission(options.most_sessions)
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def _now(self) -> timedelta:
        return timedelta(seconds=self._loop.time())

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve until the control plane has gone or a drain is over; raises OSError at binding."""
        self._writer = writer
        sock = bind(self._options.host, self._options.port)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._hub = Hub(self._certificate, self, tasks, self._now)
                self._port = UdpPort(sock, self._hub.receive)
                self._hub.bind(self._port.send)
                self._report(self._hello())
                owned = [tasks.create_task(self._serve(reader)), tasks.create_task(self._tick())]
                await self._ended.wait()
                self._hub.close_all("closed")
                for task in owned:
                    task.cancel()
        finally:
            self._port.close()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def drain(self, within: timedelta) -> None:
        """Open no new session; end when the last is gone or the time is up."""
        self._admission.drain(self._now() + within)

    def _hello(self) -> messages.Hello:
        addresses = self._options.advertise or reachable_addresses(self._options.host)
        return messages.Hello(
            worker=self._options.worker,
            process=os.getpid(),
            fingerprint=fingerprint(self._certificate),
            candidates=tuple(
                messages.Candidate(address=address, port=self._port.number) for address in addresses
            ),
        )

    async def _serve(self, reader: asyncio.StreamReader) -> None:
        with suppress(FrameError):
            while (command := await read_command(reader)) is not None:
                self._answer(command)
        self._ended.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK.total_seconds())
            now = self._now()
            self._perform(self._forwarder.tick(now))
            self._hub.tick(now)
            if self._admission.is_drained(now):
                self._ended.set()

    def _report(self, report: messages.Report) -> None:
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            self._ended.set()
        elif not self._writer.is_closing():
            self._writer.write(encode_report(report))

    # what happens on the wire

    def connected(self, session: str) -> None:
        """Let media flow, and report that ICE and DTLS are up."""
        self._perform(self._forwarder.connected(session, self._now()))
        self._report(messages.Connected(session=session))

    def disconnected(self, session: str, reason: str) -> None:
        """Forget a session that is gone, and report why."""
        self._forwarder.close(session)
        self._admission.close(session)
        self._report(messages.Disconnected(session=session, reason=reason))

    def media(self, session: str, packets: Sequence[tuple[bytes, timedelta]]) -> None:
        """Forward a batch of decrypted packets."""
        self._perform(self._forwarder.receive(session, packets))

    def _perform(self, actions: Iterable[Action]) -> None:
        outgoing: list[tuple[str, bytes]] = []
        for action in actions:
            match action:
                case Fanout(packets):
                    outgoing.extend(packets)
                case SendRtcp(session, data):
                    outgoing.append((session, data))
                case MediaBegan(publication, mid, kind):
                    started = messages.MediaStarted(
                        publication=publication, mid=mid, kind=kind.value
                    )
                    self._report(started)
                case _:
                    assert_never(action)
        if outgoing:
            self._hub.send(outgoing)

    # what the control plane wants

    def _answer(self, command: messages.Command) -> None:
        try:
            answer = self._carry_out(command)
        except CommandRefusal as refusal:
            self._report(
                messages.Failed(request=command.request, code=refusal.code, detail=str(refusal))
            )
        else:
            self._report(answer or messages.Done(request=command.request))

    def _carry_out(self, command: messages.Command) -> messages.Report | None:
        match command:
            case messages.OpenPublication():
                self._open_publication(command)
            case messages.OpenSubscription():
                self._open_subscription(command)
            case messages.Attach():
                self._attach(command)
            case messages.Detach():
                self._detach(command)
            case messages.RestartIce():
                self._admission.require(command.session)
                self._hub.restart(command.session, translate.credentials(command.ice))
            case messages.CloseSession():
                self._admission.require(command.session)
                self._hub.close(command.session, "closed")
            case messages.Drain():
                self.drain(timedelta(seconds=command.seconds))
            case messages.AskStatistics():
                return self._statistics(command.request)
            case _:
                assert_never(command)
        return None

    def _open_publication(self, command: messages.OpenPublication) -> None:
        if self._forwarder.has_publication(command.publication):
            raise PublicationExists(command.publication)
        self._admission.open(command.session, command.room, command.epoch)
        sections = tuple(translate.inbound(section) for section in command.sections)
        self._forwarder.open_publication(command.session, command.publication, sections)
        self._open(command)

    def _open_subscription(self, command: messages.OpenSubscription) -> None:
        self._admission.open(command.session, command.room, command.epoch)
        sections = tuple(translate.outbound(section) for section in command.sections)
        self._forwarder.open_subscription(command.session, sections)
        self._open(command)

    def _open(self, command: messages.OpenPublication | messages.OpenSubscription) -> None:
        ice, dtls = translate.credentials(command.ice), translate.dtls_peer(command.dtls)
        self._hub.open(command.session, ice, dtls)

    def _attach(self, command: messages.Attach) -> None:
        now = self._now()
        try:
            actions = self._forwarder.attach(
                command.session, command.mid, command.publication, command.source_mid, now
            )
        except LookupError as error:
            raise _refusal(error) from error
        self._perform(actions)

    def _detach(self, command: messages.Detach) -> None:
        try:
            self._forwarder.detach(command.session, command.mid)
        except LookupError as error:
            raise _refusal(error) from error

    def _statistics(self, request: int) -> messages.Statistics:
        dropped: Counter[str] = Counter()
        for drops in (self._hub.drops, self._port.drops, self._forwarder.drops):
            dropped.update(drops)
        sessions = tuple(
            messages.SessionStatistics(session=session, **asdict(counters))
            for session, counters in self._forwarder.statistics().items()
        )
        return messages.Statistics(request=request, dropped=dict(dropped), sessions=sessions)


def _refusal(error: LookupError) -> CommandRefusal:
    match error:
        case forwarding.UnknownSession():
            return UnknownSession(str(error))
        case forwarding.UnknownPublication():
            return UnknownPublication(str(error))
        case _:
            return UnknownSection(str(error))
