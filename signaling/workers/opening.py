"""What one POST has settled before the worker hears of it, and what the worker's "no" means."""

import secrets
from dataclasses import dataclass

from signaling.refusals import (
    NoWorker,
    PublicationTaken,
    Refusal,
    SectionUnknown,
    SessionUnknown,
)
from signaling.sdp.agreement import Agreement
from signaling.sdp.answer import Answerer
from signaling.workers import negotiation
from signaling.workers.link import CommandFailedError, WorkerLink
from signaling.workers.messages import IceCredentials
from signaling.workers.opened import OpenedSection
from signaling.workers.placement import Placement
from signaling.workers.sessions import Published, Session

_SESSION_BYTES = 24  # 192 bits: RFC 9725 §4.2 wants addresses that cannot be guessed
_ETAG_BYTES = 12


def new_session_id() -> str:
    """A URL-safe name that cannot be guessed."""
    return secrets.token_urlsafe(_SESSION_BYTES)


def new_etag() -> str:
    """A name for one ICE generation."""
    return secrets.token_hex(_ETAG_BYTES)


@dataclass(frozen=True, slots=True)
class Opening:
    """An offer that can be answered, and the worker that its media will go through."""

    session: str
    placement: Placement
    link: WorkerLink
    agreement: Agreement
    answerer: Answerer

    @property
    def ice(self) -> IceCredentials:
        """The first ICE generation."""
        return negotiation.credentials(self.answerer.ice, self.agreement.ice)

    @property
    def sections(self) -> tuple[OpenedSection, ...]:
        """The sections of the answer, in the order of the offer."""
        return tuple(
            OpenedSection(section.mid, negotiation.kind_of(section))
            for section in self.agreement.sections
        )

    def new_session(self, published: Published | None) -> Session:
        """The session that this opens."""
        first = self.agreement.sections[0]
        return Session(
            id=self.session,
            room=self.placement.room,
            worker=self.link.hello.worker,
            theirs=self.agreement.ice,
            first_mid=first.mid,
            first_kind=first.kind,
            etag=new_etag(),
            epoch=self.placement.epoch,
            published=published,
        )


def refusal(error: CommandFailedError, mid: str) -> Refusal:
    """Our word for a worker's refusal (the codes of `messages.Failed`)."""
    match error.code:
        case "unknown-session":
            return SessionUnknown()
        case "unknown-publication" | "unknown-section":
            return SectionUnknown(mid=mid)
        case "publication-exists":
            return PublicationTaken()
        case _:  # draining, full, stale-epoch: another worker, or the same one later
            return NoWorker()
