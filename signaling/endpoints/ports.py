"""What the endpoints need from whoever admits people to rooms."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web

from signaling.grants import Grant
from signaling.workers.opened import IceRestarted, Opened

Clock = Callable[[], datetime]  # aware
Address = Callable[[web.Request], str]  # whose request this is, however many proxies it passed


def peer(request: web.Request) -> str:
    """The other end of the connection: the client itself where no proxy stands before us."""
    return request.remote or ""


class Admissions(Protocol):
    """The room's side of WHIP and WHEP. Every "no" is a `signaling.refusals.Refusal`.

    The endpoints have already checked that the grant is for the room in the address and for this
    action (`signaling.grants.require_scope`). Consuming, binding and expiry are done here, with
    a `GrantLedger`: `consume` before opening, `release` if opening failed, `bind` when it worked,
    `require` before `restart` and `end`, `forget` when the session has gone.
    """

    def verify(self, token: str) -> Grant:
        """The grant of this bearer token, expired or not (`GrantSigner.read`).

        Raises:
            TokenInvalid: not signed by us.
        """
        ...

    async def publish(self, grant: Grant, offer_text: str, address: str) -> Opened:
        """Open a publication for the grant's participant; consumes the grant.

        `address` is whose request it is, for the cap on sessions from one address.

        Raises:
            GrantExpired, GrantUsed, RoomUnknown: the grant opens nothing.
            RoomMediaFull, PersonFull, AddressFull: there are too many sessions already.
            BodyMalformed, OfferUnsupported, NoWorker, WorkerSilent: as `MediaControl` raises them.
        """
        ...

    async def subscribe(
        self, grant: Grant, offer_text: str, address: str, publication: str | None
    ) -> Opened:
        """Open the participant's one subscription, or a player of that publication.

        Consumes the grant. Raises as `publish`.
        """
        ...

    async def restart(
        self, grant: Grant, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None:
        """Apply a PATCH body to a session; None when it only trickled candidates.

        Both decisions are `MediaControl.restart_ice`'s; `if_match` is the raw header or None.

        Raises:
            SessionUnknown, GrantTooNarrow: not this grant's session.
            PreconditionMissing, PreconditionWrong, BodyMalformed, OfferUnsupported, RestartFailed.
        """
        ...

    async def end(self, grant: Grant, session: str) -> None:
        """Close a session at once.

        Raises:
            SessionUnknown, GrantTooNarrow: not this grant's session, or ended before.
        """
        ...
