"""Signed-in browsers: opened, recognised, seen again, revoked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.database import Database, connection_of, table_of
from interviews.identity.models import Account, Role, SessionId, SignInSession
from interviews.identity.refusals import AccountDisabled
from interviews.identity.rules import session_expiry
from interviews.identity.tokens import digest, new_token
from interviews.people.models import Person, PersonId

LONGEST_AGENT = 200
SESSION, ACCOUNT, PERSON = table_of(SignInSession), table_of(Account), table_of(Person)
RECOGNISE = (  # said for every request of somebody signed in; its columns are those of `SignedIn`
    select(
        SESSION.c.id, SESSION.c.person_id, ACCOUNT.c.role, PERSON.c.email, PERSON.c.name,
        PERSON.c.name_latin, PERSON.c.locale, PERSON.c.zone, ACCOUNT.c.email_verified_at,
        SESSION.c.created_at, SESSION.c.last_seen_at,
    )
    .join_from(SESSION, ACCOUNT, ACCOUNT.c.person_id == SESSION.c.person_id)
    .join(PERSON, PERSON.c.id == SESSION.c.person_id)
    .where(
        SESSION.c.token_hash == bindparam("token_hash"),
        SESSION.c.expires_at > bindparam("now"),
        ACCOUNT.c.disabled_at.is_(None),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a session's token belongs to."""

    session_id: SessionId
    person_id: PersonId
    role: Role
    email: str
    name: str
    name_latin: str
    locale: str
    zone: str
    email_verified_at: datetime | None
    opened_at: datetime
    last_seen_at: datetime


async def open_session(
    session: AsyncSession,
    person_id: PersonId,
    *,
    agent: str,
    now: datetime,
    instead_of: SessionId | None = None,
) -> str:
    """A new session's token; the browser's former session ends, so none can be planted.

    Raises:
        AccountDisabled: the account may not sign in.
    """
    account = await session.get(Account, person_id)
    if account is None or account.disabled_at is not None:
        raise AccountDisabled
    token = new_token()
    opened = SignInSession(
        token_hash=digest(token),
        person_id=person_id,
        agent=agent[:LONGEST_AGENT],
        created_at=now,
        last_seen_at=now,
        expires_at=session_expiry(now, now=now),
    )
    if instead_of is not None:
        await _delete(session, col(SignInSession.id) == instead_of)
    await _delete(session, col(SignInSession.expires_at) <= now)  # everybody's dead ones
    session.add(opened)
    await session.flush()
    return token


async def recognise(session: AsyncSession, token: str, *, now: datetime) -> SignedIn | None:
    """Who sent this token: None when it is unknown, too old, or the account is switched off."""
    connection = await connection_of(session)
    return _signed_in(await connection.execute(RECOGNISE, _asked(token, now)))


async def recognise_at_once(database: Database, token: str, *, now: datetime) -> SignedIn | None:
    """The same outside of any unit: one statement, asked for every request."""
    return _signed_in(await database.glance(RECOGNISE, _asked(token, now)))


def _asked(token: str, now: datetime) -> dict[str, object]:
    return {"token_hash": digest(token), "now": now}


def _signed_in(rows: Iterable[Any]) -> SignedIn | None:
    for session_id, person_id, role, *others in rows:
        return SignedIn(session_id, person_id, Role(role), *others)
    return None


async def see_again(session: AsyncSession, seen: SignedIn, *, now: datetime) -> None:
    """Write that the session is in use, and push its end on."""
    statement = (
        update(SignInSession)
        .where(col(SignInSession.id) == seen.session_id)
        .values(last_seen_at=now, expires_at=session_expiry(seen.opened_at, now=now))
        .execution_options(synchronize_session=False)
    )
    await session.execute(statement)


async def sessions_of(
    session: AsyncSession, person_id: PersonId, *, now: datetime
) -> list[SignInSession]:
    """The person's live sessions, the one used last first."""
    query = (
        select(SignInSession)
        .where(col(SignInSession.person_id) == person_id, col(SignInSession.expires_at) > now)
        .order_by(col(SignInSession.last_seen_at).desc(), col(SignInSession.id).desc())
    )
    return list((await session.execute(query)).scalars())


async def sign_out(session: AsyncSession, session_id: SessionId, *, person_id: PersonId) -> None:
    """End one of the person's sessions; one that is gone already, or not theirs, is left alone."""
    await _delete(
        session,
        col(SignInSession.id) == session_id,
        col(SignInSession.person_id) == person_id,
    )


async def sign_out_everywhere(
    session: AsyncSession, person_id: PersonId, *, but: SessionId | None = None
) -> None:
    """End every session of the person, but perhaps the one that asks."""
    others = [] if but is None else [col(SignInSession.id) != but]
    await _delete(session, col(SignInSession.person_id) == person_id, *others)


async def _delete(session: AsyncSession, *conditions: object) -> None:
    statement = delete(SignInSession).where(*conditions)  # type: ignore[arg-type]  # SQL expressions
    await session.execute(statement.execution_options(synchronize_session=False))
