"""What the control plane may ask of a worker: each command carried out, each "no" by its code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Protocol, assert_never

from signaling.forwarding import forwarder as forwarding
from signaling.forwarding.actions import Action
from signaling.transport.hub import Hub
from signaling.workers import messages, translate
from signaling.workers.admission import (
    Admission,
    CommandRefusal,
    PublicationExists,
    UnknownPublication,
    UnknownSection,
    UnknownSession,
    Unreachable,
)
from signaling.workers.load import Load
from signaling.workers.packing import packed
from signaling.workers.taps import Taps

Opening = messages.OpenPublication | messages.OpenSubscription | messages.OpenRelay


class Host(Protocol):
    """The worker that the verbs are carried out in."""

    def now(self) -> timedelta:
        """The loop's clock."""

    def perform(self, actions: Iterable[Action]) -> None:
        """Do what the core wants done."""

    def drain(self, within: timedelta) -> None:
        """Open no new session; end when the last is gone or the time is up."""

    def load(self) -> Load:
        """How busy the worker is."""

    def counted(self) -> Counter[str]:
        """What was thrown away anywhere in this worker, by reason."""


class Verbs:
    """Commands in, answers out; everything happens in the worker's own objects."""

    def __init__(
        self,
        host: Host,
        hub: Hub,
        forwarder: forwarding.Forwarder,
        admission: Admission,
        taps: Taps,
    ) -> None:
        self._host = host
        self._hub = hub
        self._forwarder = forwarder
        self._admission = admission
        self._taps = taps

    def answer(self, command: messages.Command) -> messages.Report:
        """Carry a command out, and say how that went."""
        try:
            answer = self._carry_out(command)
        except CommandRefusal as refusal:
            return messages.Failed(request=command.request, code=refusal.code, detail=str(refusal))
        else:
            return answer or messages.Done(request=command.request)

    def _carry_out(self, command: messages.Command) -> messages.Report | None:
        match command:
            case messages.OpenPublication() | messages.OpenSubscription() | messages.OpenRelay():
                self._open(command)
            case messages.Attach():
                self._attach(command)
            case messages.Detach():
                self._detach(command)
            case messages.SetLimit() | messages.NoteFreezes():
                self._about_picture(command)
            case messages.StartOutput() | messages.StopOutput():
                self._output(command)
            case messages.RestartIce():
                self._admission.require(command.session)
                self._hub.restart(command.session, translate.credentials(command.ice))
            case messages.CloseSession():
                self._admission.require(command.session)
                self._hub.close(command.session, "closed")
            case messages.Drain():
                self._host.drain(timedelta(seconds=command.seconds))
            case messages.AskStatistics() | messages.AskFlight():
                return self._tell(command)
            case _:
                assert_never(command)
        return None

    def _open(self, command: Opening) -> None:
        match command:
            case messages.OpenPublication():
                self._open_publication(command)
            case messages.OpenSubscription():
                self._open_subscription(command)
            case messages.OpenRelay():
                self._open_relay(command)
            case _:
                assert_never(command)

    def _open_publication(self, command: messages.OpenPublication) -> None:
        if self._forwarder.has_publication(command.publication):
            raise PublicationExists(command.publication)
        self._admission.open(command.session, command.room, command.epoch)
        sections = tuple(translate.inbound(section) for section in command.sections)
        self._forwarder.open_publication(command.session, command.publication, sections)
        self._expect(command)

    def _open_subscription(self, command: messages.OpenSubscription) -> None:
        self._admission.open(command.session, command.room, command.epoch)
        sections = tuple(translate.outbound(section) for section in command.sections)
        self._forwarder.open_subscription(command.session, sections)
        self._expect(command)

    def _expect(self, command: messages.OpenPublication | messages.OpenSubscription) -> None:
        ice, dtls = translate.credentials(command.ice), translate.dtls_peer(command.dtls)
        self._hub.open(command.session, ice, dtls)

    def _open_relay(self, command: messages.OpenRelay) -> None:
        self._admission.open(command.session, command.room, command.epoch)
        ice, dtls = translate.credentials(command.ice), translate.dtls_peer(command.dtls)
        remote = command.remote
        try:
            self._hub.dial(command.session, ice, dtls, (remote.address, remote.port))
        except OSError as error:
            self._admission.close(command.session)
            raise Unreachable(f"{remote.address}: {error}") from error
        sections = tuple(translate.inbound(section) for section in command.sections)
        self._forwarder.open_relay(command.session, command.publication, command.rid, sections)

    def _attach(self, command: messages.Attach) -> None:
        now, session = self._host.now(), command.session
        failed: LookupError | None = None
        for inflow in command.inflows:
            source = inflow.publication, inflow.source_mid
            try:
                actions = self._forwarder.attach(session, inflow.mid, *source, now, rid=inflow.rid)
            except LookupError as error:
                failed = failed or error
            else:
                self._host.perform(actions)
        if failed is not None:
            raise _refusal(failed) from failed

    def _detach(self, command: messages.Detach) -> None:
        try:
            self._forwarder.detach(command.session, command.mid)
        except LookupError as error:
            raise _refusal(error) from error

    def _about_picture(self, command: messages.SetLimit | messages.NoteFreezes) -> None:
        section, now = (command.session, command.mid), self._host.now()
        try:
            if isinstance(command, messages.SetLimit):
                self._host.perform(self._forwarder.limit(*section, command.height, now))
            else:
                spent = timedelta(milliseconds=command.milliseconds)
                self._forwarder.froze(*section, command.freezes, spent, now)
        except LookupError as error:
            raise _refusal(error) from error

    def _output(self, command: messages.StartOutput | messages.StopOutput) -> None:
        try:
            if isinstance(command, messages.StopOutput):
                self._taps.stop(command.output)
            else:
                self._taps.start(command)
        except LookupError as error:
            raise _refusal(error) from error

    def _tell(self, question: messages.AskStatistics | messages.AskFlight) -> messages.Report:
        if isinstance(question, messages.AskFlight):
            return self._flight(question)
        return self._statistics(question.request)

    def _statistics(self, request: int) -> messages.Statistics:
        counted = self._forwarder.statistics()
        conditions = self._forwarder.conditions(self._host.now())
        sessions = tuple(
            messages.SessionStatistics(
                session=session, **asdict(counters), **translate.condition(conditions[session])
            )
            for session, counters in counted.items()
        )
        totals = sum(counted.values(), self._forwarder.gone)
        load = self._host.load()
        return messages.Statistics(
            request=request,
            worker=load.worker,
            dropped=dict(self._host.counted()),
            totals=asdict(totals),
            backlog=load.backlog,
            lag=load.lag.total_seconds(),
            sessions=sessions,
        )

    def _flight(self, command: messages.AskFlight) -> messages.Flight:
        session, now = command.session, self._host.now()
        try:
            record = packed(lambda span: self._forwarder.flight(session, now, span))
        except forwarding.UnknownSession as error:
            raise UnknownSession(session) from error
        return messages.Flight(request=command.request, session=session, record=record)


def _refusal(error: LookupError) -> CommandRefusal:
    match error:
        case forwarding.UnknownSession():
            return UnknownSession(str(error))
        case forwarding.UnknownPublication():
            return UnknownPublication(str(error))
        case _:
            return UnknownSection(str(error))
