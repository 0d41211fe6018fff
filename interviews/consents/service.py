"""Giving, withdrawing and finding consent."""

from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.consents.models import Consent, ConsentId
from interviews.people.models import PersonId

TERMS = "terms"
SHARE_PROFILE = "share-profile"
TEXT_VERSIONS = {TERMS: "2026-11-22", SHARE_PROFILE: "2026-11-22"}  # the day a text last changed


async def give(
    session: AsyncSession,
    person_id: PersonId,
    purpose: str,
    *,
    now: datetime,
    recipient: str = "",
    channel: str = "web",
) -> Consent:
    """Keep that somebody agreed to the present text; the same agreement is kept once."""
    version = TEXT_VERSIONS[purpose]
    query = _live(person_id, purpose, recipient).where(col(Consent.text_version) == version)
    known = (await session.execute(query.limit(1))).scalar_one_or_none()
    if known is not None:
        return known
    consent = Consent(
        person_id=person_id,
        purpose=purpose,
        recipient=recipient,
        text_version=version,
        channel=channel,
        given_at=now,
    )
    session.add(consent)
    await session.flush()
    return consent


async def has_given(
    session: AsyncSession, person_id: PersonId, purpose: str, *, recipient: str = ""
) -> bool:
    """Whether an agreement to the present text stands."""
    query = _live(person_id, purpose, recipient).where(
        col(Consent.text_version) == TEXT_VERSIONS[purpose]
    )
    return (await session.execute(query.limit(1))).scalar_one_or_none() is not None


async def withdraw(
    session: AsyncSession, person_id: PersonId, consent_id: ConsentId, *, now: datetime
) -> bool:
    """Whether one of the person's own agreements ended now; the row stays as evidence."""
    statement = (
        update(Consent)
        .where(
            col(Consent.id) == consent_id,
            col(Consent.person_id) == person_id,
            col(Consent.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=now)
        .returning(col(Consent.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def withdraw_from(
    session: AsyncSession, person_id: PersonId, purpose: str, recipient: str, *, now: datetime
) -> None:
    """End what somebody agreed to for one purpose towards one recipient; the rows stay."""
    await session.execute(
        update(Consent)
        .where(
            col(Consent.person_id) == person_id,
            col(Consent.purpose) == purpose,
            col(Consent.recipient) == recipient,
            col(Consent.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )


async def consents_of(session: AsyncSession, person_id: PersonId) -> list[Consent]:
    """Everything that somebody ever agreed to, the newest first."""
    query = (
        select(Consent)
        .where(col(Consent.person_id) == person_id)
        .order_by(col(Consent.given_at).desc(), col(Consent.id).desc())
    )
    return list((await session.execute(query)).scalars())


def _live(person_id: PersonId, purpose: str, recipient: str) -> Select[Consent]:
    return select(Consent).where(
        col(Consent.person_id) == person_id,
        col(Consent.purpose) == purpose,
        col(Consent.recipient) == recipient,
        col(Consent.withdrawn_at).is_(None),
    )
