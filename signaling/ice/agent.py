"""The ICE-lite agent of one session: which checks we answer, and where the peer is (RFC 8445)."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Generic, TypeVar

from signaling.ice.repeats import Repeat
from signaling.ice.stun import (
    Address,
    Attribute,
    MessageType,
    StunMessage,
    binding_error,
    binding_success,
    integrity_holds,
)

CONSENT_TIMEOUT: Final = timedelta(seconds=30)  # RFC 7675 §5.1; a lite agent sends no checks
SILENT_PATH: Final = timedelta(seconds=5)  # a nominated path without checks may be replaced
MOST_ADDRESSES: Final = 16  # addresses remembered for one peer
ROLE_CONFLICT: Final = 487  # RFC 8445 §7.3.1.1
UNKNOWN_ATTRIBUTE: Final = 420  # RFC 8489 §6.3.1

Path = TypeVar("Path", bound=Hashable)  # what the transport knows the way to a peer by


@dataclass(frozen=True, slots=True)
class Credentials:
    """One ICE generation: fragment and password of both sides (RFC 8445 §5.3)."""

    local_ufrag: str
    local_password: str
    remote_ufrag: str
    remote_password: str


class DropReason(StrEnum):
    """Why a STUN message was not answered."""

    NOT_A_REQUEST = "stun-not-a-request"
    WRONG_USERNAME = "stun-wrong-username"
    WRONG_INTEGRITY = "stun-wrong-integrity"
    AMPLIFYING = "stun-amplifying"
    NOT_A_SUCCESS = "stun-not-a-success"
    NOT_ASKED = "stun-not-asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """Send these bytes back, if any, to where it came from; `valid`: it proved consent."""

    data: bytes
    valid: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """Say nothing, and count it."""

    reason: DropReason


class IceAgent(Generic[Path]):
    """State of one session: up to two generations and the ways to the peer, newest last."""

    def __init__(self, credentials: Credentials, *, now: timedelta) -> None:
        self._generations = [credentials]
        self._heard: dict[Path, timedelta] = {}
        self._last_valid = now
        self.selected: Path | None = None
        self._repeated: tuple[Path, Repeat] | None = None  # the last valid check, whence it came

    @property
    def local_ufrags(self) -> tuple[str, ...]:
        """Our fragments that checks may name at this moment."""
        return tuple(generation.local_ufrag for generation in self._generations)

    @property
    def addresses(self) -> tuple[Path, ...]:
        """Where valid checks came from lately; media is accepted from all of them."""
        return tuple(self._heard)

    def restart(self, credentials: Credentials) -> None:
        """Begin a new generation; the one in use lives until the new one is used."""
        self._generations = [self._generations[0], credentials]
        self._repeated = None

    def again(self, data: bytes, source: Path, now: timedelta) -> bytes | None:
        """The answer to the same check once more from where the peer is; None: read the message."""
        if self._repeated is None or source != self._repeated[0] or source != self.selected:
            return None
        answer = self._repeated[1].answer(data)
        if answer is not None:
            self._hear(source, now)
        return answer

    def receive(
        self, message: StunMessage, source: Path, mapped: Address, now: timedelta
    ) -> Answer | Drop:
        """What to do with a message from there; raises StunError when its username cannot be read.

        `mapped` is the address that the peer is told it was seen at.
        """
        if message.type != MessageType.BINDING_REQUEST:
            return Drop(DropReason.NOT_A_REQUEST)
        local, remote = message.username
        generation = next((g for g in self._generations if g.local_ufrag == local), None)
        if generation is None or generation.remote_ufrag != remote:
            return Drop(DropReason.WRONG_USERNAME)
        if not integrity_holds(message, generation.local_password):
            return Drop(DropReason.WRONG_INTEGRITY)
        answer = self._answer(message, mapped, generation.local_password)
        if len(answer.data) > len(message.data):
            return Drop(DropReason.AMPLIFYING)
        if answer.valid:
            self._accept(generation, source, message, now)
            repeat = Repeat.of(message, mapped, generation.local_password)
            self._repeated = None if repeat is None else (source, repeat)
        return answer

    def _answer(self, message: StunMessage, mapped: Address, password: str) -> Answer:
        if message.unknown_required:
            unknown = message.unknown_required[:8]
            data = binding_error(message, UNKNOWN_ATTRIBUTE, password, unknown)
            return Answer(data, valid=False)
        if message.value(Attribute.ICE_CONTROLLED) is not None:
            # a lite agent cannot control, so the peer has to switch whatever the tie-breakers say
            return Answer(binding_error(message, ROLE_CONFLICT, password), valid=False)
        return Answer(binding_success(message.transaction, mapped, password), valid=True)

    def _accept(
        self, generation: Credentials, source: Path, message: StunMessage, now: timedelta
    ) -> None:
        self._generations = self._generations[self._generations.index(generation) :]
        nominated = message.value(Attribute.USE_CANDIDATE) is not None
        if self.selected is None or nominated or self._is_silent(self.selected, now):
            self.selected = source
        self._hear(source, now)
        if len(self._heard) > MOST_ADDRESSES:
            self._forget_oldest()

    def _hear(self, source: Path, now: timedelta) -> None:
        """It is there, and consents."""
        self._last_valid = now
        self._heard.pop(source, None)
        self._heard[source] = now

    def _is_silent(self, address: Path, now: timedelta) -> bool:
        return now - self._heard[address] > SILENT_PATH

    def _forget_oldest(self) -> None:
        oldest = next(address for address in self._heard if address != self.selected)
        del self._heard[oldest]

    def forget(self, path: Path) -> None:
        """That way to the peer does not exist any more; the newest other one takes its place."""
        self._heard.pop(path, None)
        if self.selected == path:
            self.selected = next(reversed(self._heard), None)

    def hears(self, address: Path, now: timedelta) -> bool:
        """Whether the peer has lately proved to be at that address."""
        return address in self._heard and not self._is_silent(address, now)

    def expired(self, now: timedelta) -> bool:
        """Whether the peer has given no consent for 30 seconds, media or not."""
        return now - self._last_valid > CONSENT_TIMEOUT
