"""The signed right to enter a room: who, which room, for which act, until when."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NewType, get_args

from itsdangerous import BadData, URLSafeSerializer

from signaling.refusals import GrantExpired, GrantTooNarrow, GrantUsed, SessionUnknown, TokenInvalid

GrantId = NewType("GrantId", str)
Action = Literal["publish", "subscribe", "socket"]
Role = Literal["panel", "candidate", "observer"]
Source = Literal["camera", "screen"]

GRANT_LIFE = timedelta(minutes=2)  # long enough for a slow page to POST, too short to be passed on
_SALT = b"signaling.grants"  # the same key may sign other things; a grant is never one of them


@dataclass(frozen=True, slots=True)
class Grant:
    """What its holder may do once: one action in one room, under one name and role."""

    id: GrantId
    room: str
    participant: str
    action: Action
    name: str
    role: Role
    issued_at: datetime
    expires_at: datetime
    source: Source = "camera"  # what a grant to publish is for
    name_latin: str = ""  # the name for readers of Latin letters; empty where it is the same


def new_grant(
    *,
    room: str,
    participant: str,
    action: Action,
    name: str,
    role: Role,
    now: datetime,
    life: timedelta = GRANT_LIFE,
    source: Source = "camera",
    name_latin: str = "",
) -> Grant:
    """A grant with an id of its own (128 random bits) that expires `life` after `now`."""
    return Grant(
        id=GrantId(secrets.token_urlsafe(16)),
        room=room,
        participant=participant,
        action=action,
        name=name,
        role=role,
        issued_at=now.replace(microsecond=0),  # tokens carry whole seconds
        expires_at=(now + life).replace(microsecond=0),
        source=source,
        name_latin=name_latin,
    )


class GrantSigner:
    """Turns grants into tokens and back with one secret key (HMAC-SHA-256 through itsdangerous)."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeSerializer(
            key,
            salt=_SALT,
            signer_kwargs={"key_derivation": "hmac", "digest_method": _sha256},
        )

    def sign(self, grant: Grant) -> str:
        """The bearer token of this grant: URL-safe text."""
        times = {
            "issued_at": int(grant.issued_at.timestamp()),
            "expires_at": int(grant.expires_at.timestamp()),
        }
        return self._serializer.dumps(asdict(grant) | times)

    def read(self, token: str) -> Grant:
        """The grant that this token carries, expired or not.

        Expiry is checked where a session opens: the same token, long expired, still moves and
        ends the session that it opened.

        Raises:
            TokenInvalid: the signature or the content is not ours.
        """
        try:
            return _grant(self._serializer.loads(token))
        except (BadData, KeyError, TypeError, ValueError, OverflowError) as error:
            raise TokenInvalid from error


class GrantLedger:
    """Which grants have been used, and which session each one opened.

    Used ids are remembered until their grant has expired, sessions until they are forgotten,
    so the ledger is as large as what is alive. What was issued before it began may have been used
    in an earlier life of the process, which nobody remembers, and has therefore expired.
    """

    def __init__(self, since: datetime) -> None:
        self._since = since.replace(microsecond=0)  # as tokens do
        self._used: dict[GrantId, datetime] = {}
        self._sessions: dict[str, GrantId] = {}

    def consume(self, grant: Grant, *, now: datetime) -> None:
        """Take the one use of this grant.

        Raises:
            GrantExpired: its time is over, or it is older than the ledger.
            GrantUsed: it was taken before.
        """
        if now >= grant.expires_at or grant.issued_at < self._since:
            raise GrantExpired
        self._sweep(now)
        if grant.id in self._used:
            raise GrantUsed
        self._used[grant.id] = grant.expires_at

    def release(self, grant: Grant) -> None:
        """Give the use back: the act that took it failed before a session existed."""
        self._used.pop(grant.id, None)

    def bind(self, grant: Grant, session: str) -> None:
        """From now on this grant, and no other, moves and ends that session."""
        self._sessions[session] = grant.id

    def require(self, grant: Grant, session: str) -> None:
        """Check that this grant opened that session.

        Raises:
            SessionUnknown: the session never was, or has been forgotten.
            GrantTooNarrow: another grant opened it.
        """
        opener = self._sessions.get(session)
        if opener is None:
            raise SessionUnknown
        if opener != grant.id:
            raise GrantTooNarrow(scope="session")

    def forget(self, sessions: Iterable[str]) -> None:
        """These sessions have ended."""
        for session in sessions:
            self._sessions.pop(session, None)

    def _sweep(self, now: datetime) -> None:
        for grant in [grant for grant, expires_at in self._used.items() if expires_at <= now]:
            del self._used[grant]


def require_scope(grant: Grant, *, room: str, action: Action) -> None:
    """Check that the grant is for this room and this act.

    Raises:
        GrantTooNarrow: it names another room or another action.
    """
    if grant.room != room:
        raise GrantTooNarrow(scope="room")
    if grant.action != action:
        raise GrantTooNarrow(scope="action")


def _sha256(data: bytes = b"") -> Any:
    return hashlib.sha256(data)


def _grant(fields: Any) -> Grant:
    action, role, source = fields["action"], fields["role"], fields["source"]
    if action not in get_args(Action) or role not in get_args(Role):
        raise ValueError(action, role)
    if source not in get_args(Source):
        raise ValueError(source)
    return Grant(
        id=GrantId(str(fields["id"])),
        room=str(fields["room"]),
        participant=str(fields["participant"]),
        action=action,
        name=str(fields["name"]),
        role=role,
        issued_at=datetime.fromtimestamp(fields.get("issued_at", 0), UTC),  # once it was not told
        expires_at=datetime.fromtimestamp(fields["expires_at"], UTC),
        source=source,
        name_latin=str(fields.get("name_latin", "")),  # an older version has signed none
    )
