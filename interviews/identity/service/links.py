"""Mailed one-time links: made, looked at, pressed."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.identity.models import LinkPurpose, MailedLink
from interviews.identity.refusals import LinkSpent
from interviews.identity.rules import link_expiry
from interviews.identity.tokens import digest, new_token
from interviews.outbox import Message, OutboxKind, tell
from interviews.people.models import PersonId
from interviews.ports import Links

ALREADY_REGISTERED = "already-registered"


@dataclass(frozen=True, slots=True)
class LiveLink:
    """A link that would still work."""

    person_id: PersonId
    expires_at: datetime


async def mail_link(
    session: AsyncSession,
    purpose: LinkPurpose,
    person_id: PersonId,
    *,
    links: Links,
    now: datetime,
    then: str = "",
) -> None:
    """Write a new link and the letter that carries it; older ones keep working until they expire.

    `then` is the path to which the pressed link leads on; empty leaves it to the page.
    Letters overtake each other, so the first link is not killed by the second.
    """
    await _sweep(session, now=now)
    token = new_token()
    kept = MailedLink(
        token_hash=digest(token),
        purpose=purpose,
        person_id=person_id,
        created_at=now,
        expires_at=link_expiry(purpose, now=now),
    )
    session.add(kept)
    await session.flush()
    link = links.mailed(purpose, token)
    address = f"{link}?{urlencode({'next': then})}" if then else link
    await _letter(session, purpose, person_id, address, now=now)


async def _sweep(session: AsyncSession, *, now: datetime) -> None:
    """Forget the links that are too old, whoever they were mailed to."""
    statement = delete(MailedLink).where(col(MailedLink.expires_at) <= now)
    await session.execute(statement.execution_options(synchronize_session=False))


async def mail_already_registered(
    session: AsyncSession, person_id: PersonId, *, links: Links, now: datetime
) -> None:
    """Tell somebody who signs up again that they have an account, in the place only they see."""
    await _letter(session, ALREADY_REGISTERED, person_id, links.page("/sign-in"), now=now)


async def _letter(
    session: AsyncSession, letter: str, person_id: PersonId, link: str, *, now: datetime
) -> None:
    message = Message(
        dedupe_key=f"{letter}:{uuid4().hex}",
        kind=OutboxKind.LETTER,
        recipient_id=person_id,
        payload={"letter": letter, "link": link},
    )
    await tell(session, [message], now=now)


async def look_at_link(
    session: AsyncSession, purpose: LinkPurpose, token: str, *, now: datetime
) -> LiveLink:
    """Whose link this is, without using it: scanners open every address in a mail.

    Raises:
        LinkSpent: unknown, used, too old, or made for something else.
    """
    query = select(col(MailedLink.person_id), col(MailedLink.expires_at)).where(
        col(MailedLink.token_hash) == digest(token),
        col(MailedLink.purpose) == str(purpose),
        col(MailedLink.used_at).is_(None),
        col(MailedLink.expires_at) > now,
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise LinkSpent
    return LiveLink(*found)


async def press_link(
    session: AsyncSession, purpose: LinkPurpose, token: str, *, now: datetime
) -> PersonId:
    """Use the link up; of two who press at once, one gets it (compare and swap).

    Raises:
        LinkSpent: unknown, used, too old, or made for something else.
    """
    statement = (
        update(MailedLink)
        .where(
            col(MailedLink.token_hash) == digest(token),
            col(MailedLink.purpose) == str(purpose),
            col(MailedLink.used_at).is_(None),
            col(MailedLink.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(MailedLink.person_id))
        .execution_options(synchronize_session=False)
    )
    person_id = (await session.execute(statement)).scalar_one_or_none()
    if person_id is None:
        raise LinkSpent
    return person_id


async def void_links(session: AsyncSession, person_id: PersonId) -> None:
    """Make every link that could let somebody in as this person worthless."""
    statement = (
        delete(MailedLink)
        .where(col(MailedLink.person_id) == person_id, col(MailedLink.used_at).is_(None))
        .execution_options(synchronize_session=False)
    )
    await session.execute(statement)
