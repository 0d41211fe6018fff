"""The agent of a session that we call: it controls, nominates its only pair, keeps consent fresh.

A worker calls another one, which is ICE-lite and waits to be called (RFC 8445 §2.5). There is
one pair of candidates, so every check nominates it; nothing else of a full agent is needed.
"""

import struct
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from typing_extensions import override

from signaling.ice.agent import Answer, Credentials, Drop, DropReason, IceAgent, Path
from signaling.ice.stun import (
    Address,
    Attribute,
    MessageType,
    StunMessage,
    build_stun,
    integrity_holds,
)

FIRST_WAIT: Final = timedelta(milliseconds=500)  # RFC 8445 §14.3; doubles with each repetition
MOST_SENT: Final = 7  # Rc of RFC 8489 §6.2.1; then a new transaction is begun
CHECK_EVERY: Final = timedelta(seconds=2.5)  # half of SILENT_PATH; RFC 7675 §5.1 allows 5 s
REMEMBERED: Final = 4  # consent checks whose answers still count; they are not repeated
PRIORITY: Final = (126 << 24) | (65535 << 8) | 255  # a host candidate (RFC 8445 §5.1.2.1)
TRANSACTION_SIZE: Final = 12  # bytes (RFC 8489 §5)
TIE_BREAKER_SIZE: Final = 8  # bytes; the other side is lite, so no role is ever disputed


class ControllingAgent(IceAgent[Path]):
    """Checks towards one known address; `draw(n)` gives n random bytes."""

    def __init__(
        self,
        credentials: Credentials,
        path: Path,
        *,
        draw: Callable[[int], bytes],
        now: timedelta,
    ) -> None:
        super().__init__(credentials, now=now)
        self._credentials = credentials
        self._draw = draw
        self._tie_breaker = draw(TIE_BREAKER_SIZE)
        self._heard[path] = now  # we know where the peer is, and take media from nowhere else
        self._asked: deque[bytes] = deque(maxlen=REMEMBERED)
        self._check = b""
        self._sent = 0
        self._due_at = now

    def due(self, now: timedelta) -> bytes | None:
        """The check that has to be sent now, if one has."""
        if now < self._due_at:
            return None
        if self.selected is not None:
            self._due_at = now + CHECK_EVERY
            return self._new_check()
        if self._sent in {0, MOST_SENT}:
            self._check, self._sent = self._new_check(), 0
        self._due_at = now + FIRST_WAIT * (1 << self._sent)
        self._sent += 1
        return self._check

    def _new_check(self) -> bytes:
        transaction = self._draw(TRANSACTION_SIZE)
        self._asked.append(transaction)
        ours = self._credentials
        attributes = (
            (int(Attribute.USERNAME), f"{ours.remote_ufrag}:{ours.local_ufrag}".encode()),
            (int(Attribute.PRIORITY), struct.pack("!I", PRIORITY)),
            (int(Attribute.USE_CANDIDATE), b""),
            (int(Attribute.ICE_CONTROLLING), self._tie_breaker),
        )
        kind = MessageType.BINDING_REQUEST
        return build_stun(kind, transaction, attributes, ours.remote_password)

    @override
    def receive(
        self, message: StunMessage, source: Path, mapped: Address, now: timedelta
    ) -> Answer | Drop:
        """Take the answer to a check: it is answered with nothing, but proves consent."""
        if message.type != MessageType.BINDING_SUCCESS:
            return Drop(DropReason.NOT_A_SUCCESS)
        if message.transaction not in self._asked:
            return Drop(DropReason.NOT_ASKED)
        if not integrity_holds(message, self._credentials.remote_password):
            return Drop(DropReason.WRONG_INTEGRITY)
        self._asked.remove(message.transaction)
        if self.selected is None:
            self.selected = source
            self._due_at = now + CHECK_EVERY
        self._heard[source] = self._last_valid = now
        return Answer(b"", valid=True)
