"""Signing in by password or by mailed link.

Hashing takes a tenth of a second, so it happens between two units of work, never inside one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.identity.models import Account, LinkPurpose, SessionId
from interviews.identity.passwords import Verdict
from interviews.identity.refusals import AccountDisabled, WrongCredentials
from interviews.identity.service.links import mail_link, press_link, void_links
from interviews.identity.service.sessions import open_session, sign_out_everywhere
from interviews.people.models import Person, PersonId
from interviews.people.refusals import EmailMalformed
from interviews.people.rules import normal_email
from interviews.ports import Links
from interviews.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for an address; both None when there is no account or no password."""

    person_id: PersonId | None = None
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in from, and the session that it had before."""

    agent: str = ""
    session_id: SessionId | None = None


async def kept_for(session: AsyncSession, email: str) -> Kept:
    """What the given password must be checked against; answers alike for unknown addresses."""
    try:
        address = normal_email(email)
    except EmailMalformed:
        return Kept()
    query = (
        select(col(Account.person_id), col(Account.password_hash))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(col(Person.email) == address)
    )
    found = (await session.execute(query)).one_or_none()
    return Kept() if found is None else Kept(*found)


async def sign_in_by_password(
    session: AsyncSession, kept: Kept, verdict: Verdict, browser: Browser, *, now: datetime
) -> str:
    """The new session's token, after `Passwords.check` has given its verdict.

    Raises:
        WrongCredentials: the verdict is no, or the password was changed in the meantime.
        AccountDisabled: the account is switched off.
    """
    if kept.person_id is None or not verdict.right:
        raise WrongCredentials
    account = await session.get(Account, kept.person_id)
    if account is None or account.password_hash != kept.password_hash:
        raise WrongCredentials
    if verdict.rehashed is not None:
        account.password_hash = verdict.rehashed
    return await open_session(
        session, account.person_id, agent=browser.agent, now=now, instead_of=browser.session_id
    )


async def ask_for_link(
    session: AsyncSession, purpose: LinkPurpose, email: str, *, links: Links, now: datetime
) -> None:
    """Mail a link if there is an account that may sign in; say nothing either way."""
    kept = await kept_for(session, email)
    if kept.person_id is None:
        return
    account = await _account(session, kept.person_id)
    if account.disabled_at is None:
        await mail_link(session, purpose, kept.person_id, links=links, now=now)


async def ask_for_verification(
    session: AsyncSession, person_id: PersonId, *, links: Links, now: datetime
) -> bool:
    """Mail the verification letter again; False when the address is verified already."""
    account = await _account(session, person_id)
    if account.email_verified_at is not None:
        return False
    await mail_link(session, LinkPurpose.VERIFY_EMAIL, person_id, links=links, now=now)
    return True


async def sign_in_by_link(
    session: AsyncSession, token: str, browser: Browser, *, now: datetime
) -> str:
    """The new session's token; pressing the link also proves the mailbox.

    Raises:
        LinkSpent: the link does not work any more.
        AccountDisabled: the account is switched off.
    """
    person_id = await press_link(session, LinkPurpose.SIGN_IN, token, now=now)
    account = await _account(session, person_id)
    if account.email_verified_at is None:
        # Whoever signed up may not be whoever owns the mailbox: their password goes.
        account.password_hash = None
    await _prove_mailbox(session, account, now=now)
    return await open_session(
        session, person_id, agent=browser.agent, now=now, instead_of=browser.session_id
    )


async def verify_email(
    session: AsyncSession, token: str, browser: Browser, *, now: datetime
) -> str:
    """The new session's token, now that the mailbox is proved.

    Raises:
        LinkSpent: the link does not work any more.
        AccountDisabled: the account is switched off.
    """
    person_id = await press_link(session, LinkPurpose.VERIFY_EMAIL, token, now=now)
    await _prove_mailbox(session, await _account(session, person_id), now=now)
    return await open_session(
        session, person_id, agent=browser.agent, now=now, instead_of=browser.session_id
    )


async def reset_password(
    session: AsyncSession, token: str, password_hash: str, browser: Browser, *, now: datetime
) -> str:
    """The new session's token; every other session and link of the person ends.

    Raises:
        LinkSpent: the link does not work any more.
        AccountDisabled: the account is switched off.
    """
    person_id = await press_link(session, LinkPurpose.RESET_PASSWORD, token, now=now)
    account = await _account(session, person_id)
    await _prove_mailbox(session, account, now=now)
    return await replace_password(session, account, password_hash, browser, now=now)


async def replace_password(
    session: AsyncSession, account: Account, password_hash: str, browser: Browser, *, now: datetime
) -> str:
    """The token of the only session that is left after the password has changed.

    Raises:
        AccountDisabled: the account is switched off.
    """
    account.password_hash = password_hash
    await session.flush()
    await void_links(session, account.person_id)
    await sign_out_everywhere(session, account.person_id)
    return await open_session(session, account.person_id, agent=browser.agent, now=now)


async def _prove_mailbox(session: AsyncSession, account: Account, *, now: datetime) -> None:
    if account.disabled_at is not None:
        raise AccountDisabled
    if account.email_verified_at is None:
        account.email_verified_at = now
        await session.flush()
        await sign_out_everywhere(session, account.person_id)


async def _account(session: AsyncSession, person_id: PersonId) -> Account:
    account = await session.get(Account, person_id)
    if account is None:
        raise NotFound
    return account
