"""The tokens of a room: grants to sign and read, and the proof of having been admitted."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from signaling.endpoints.paths import whep_path, whip_path
from signaling.grants import GRANT_LIFE, Action, Grant, GrantSigner, Role, Source, new_grant
from signaling.rooms.actions import IssueGrants
from signaling.rooms.messages.parts import IceServer, MediaEndpoint
from signaling.rooms.messages.server import Grants
from signaling.turn import NO_SERVERS, TurnPlan, ice_servers

SOCKET_LIFE = timedelta(minutes=15)  # longer than a seat is kept, so a reload always gets back
_ADMISSION_SALT = b"signaling.admissions"


class Tokens:
    """Signs what a page needs, TURN credentials too, and reads what it brings; knows no room."""

    def __init__(self, key: bytes, turn: TurnPlan = NO_SERVERS) -> None:
        self._turn = turn
        self._signer = GrantSigner(key)
        self._admissions = URLSafeSerializer(
            key,
            salt=_ADMISSION_SALT,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def read(self, token: str) -> Grant:
        """The grant in a token, expired or not.

        Raises:
            TokenInvalid: not signed by us.
        """
        return self._signer.read(token)

    def sign(
        self,
        *,
        room: str,
        participant: str,
        action: Action,
        name: str,
        role: Role,
        now: datetime,
        life: timedelta,
        source: Source = "camera",
        name_latin: str = "",
    ) -> str:
        """A bearer token for one action in one room."""
        grant = new_grant(
            room=room,
            participant=participant,
            action=action,
            name=name,
            role=role,
            now=now,
            life=life,
            source=source,
            name_latin=name_latin,
        )
        return self._signer.sign(grant)

    def was_admitted(self, proof: str | None, grant: Grant, now: datetime) -> bool:
        """Whether the proof says that the grant's holder was let into the grant's room."""
        if proof is None:
            return False
        try:
            fields: Any = self._admissions.loads(proof)
            until = datetime.fromtimestamp(fields["until"], UTC)
        except (BadData, KeyError, TypeError, ValueError, OverflowError):
            return False
        holder = (fields.get("room"), fields.get("participant"))
        return holder == (grant.room, grant.participant) and now < until

    def issue(self, room: str, wanted: IssueGrants, now: datetime) -> Grants:
        """The message with fresh tokens for one connection."""

        def sign(action: Action, life: timedelta, source: Source = "camera") -> str:
            return self.sign(
                room=room,
                participant=wanted.participant,
                action=action,
                name=wanted.name,
                role=wanted.role,
                now=now,
                life=life,
                source=source,
                name_latin=wanted.name_latin,
            )

        def up(source: Source) -> MediaEndpoint:
            return MediaEndpoint(url=whip_path(room), token=sign("publish", GRANT_LIFE, source))

        admission = publish = publish_screen = subscribe = None
        if wanted.admitted:
            admission = self._admit(room, wanted.participant, now + SOCKET_LIFE)
            subscribe = MediaEndpoint(url=whep_path(room), token=sign("subscribe", GRANT_LIFE))
            if wanted.role != "observer":
                publish, publish_screen = up("camera"), up("screen")
        return Grants(
            socket=sign("socket", SOCKET_LIFE),
            admission=admission,
            publish=publish,
            publish_screen=publish_screen,
            subscribe=subscribe,
            ice_servers=self._servers(wanted, now),
            expires_at=now + GRANT_LIFE,
        )

    def _servers(self, wanted: IssueGrants, now: datetime) -> tuple[IceServer, ...]:
        """The STUN and TURN servers of one who may send or receive media."""
        if not wanted.admitted:
            return ()
        return tuple(
            IceServer(urls=known.urls, username=known.username, credential=known.credential)
            for known in ice_servers(self._turn, wanted.participant, now)
        )

    def _admit(self, room: str, participant: str, until: datetime) -> str:
        fields = {"room": room, "participant": participant, "until": int(until.timestamp())}
        return self._admissions.dumps(fields)
