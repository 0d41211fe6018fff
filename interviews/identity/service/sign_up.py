"""Graduates open their own account; the answer never says whether the address was known."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.identity.models import Account, LinkPurpose, Role
from interviews.identity.service.links import mail_already_registered, mail_link
from interviews.people.models import PersonId
from interviews.people.service import Details, ensure_person, number_of
from interviews.ports import Links


async def sign_up(
    session: AsyncSession,
    details: Details,
    password_hash: str,
    *,
    links: Links,
    now: datetime,
    then: str = "",
) -> PersonId | None:
    """The new graduate, or None when the address has an account already; a letter goes out anyway.

    `then` is the path to which the letter's link leads on.
    The caller has checked the password and keeps the consent to the terms.

    Raises:
        EmailMalformed, NameMissing, LocaleUnknown, ZoneUnknown: the details cannot be kept.
    """
    person, _ = await ensure_person(session, details, now=now)
    account = Account(
        person_id=number_of(person), role=Role.GRADUATE, password_hash=password_hash, created_at=now
    )
    known = await session.get(Account, account.person_id)
    if known is None and await _inserted(session, account):
        person.name, person.locale, person.zone = details.name, details.locale, details.zone
        verify = LinkPurpose.VERIFY_EMAIL
        await mail_link(session, verify, account.person_id, links=links, now=now, then=then)
        return account.person_id
    await _remind(session, known or account, links=links, now=now, then=then)
    return None


async def _inserted(session: AsyncSession, account: Account) -> bool:
    """Whether the row is in: of two who sign up with one address at once, one gets it."""
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError:
        return False
    return True


async def _remind(
    session: AsyncSession, known: Account, *, links: Links, now: datetime, then: str
) -> None:
    if known.disabled_at is not None:
        return
    if known.email_verified_at is None:
        verify = LinkPurpose.VERIFY_EMAIL
        await mail_link(session, verify, known.person_id, links=links, now=now, then=then)
        return
    await mail_already_registered(session, known.person_id, links=links, now=now)
