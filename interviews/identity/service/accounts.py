"""What administrators do with accounts, and what people change in their own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.identity.models import Account, LinkPurpose, Role
from interviews.identity.passwords import Verdict
from interviews.identity.refusals import AccountExists, PasswordNotConfirmed
from interviews.identity.rules import check_may_disable
from interviews.identity.service.links import mail_link, void_links
from interviews.identity.service.sessions import sign_out_everywhere
from interviews.identity.service.sign_in import Browser, Kept, replace_password
from interviews.people.models import Person, PersonId
from interviews.people.service import Details, ensure_person, number_of
from interviews.ports import Links
from interviews.refusals import NotFound


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that somebody else opens; without a password its owner signs in by mail."""

    details: Details
    role: Role
    password_hash: str | None = None
    verified: bool = False


async def create_account(
    session: AsyncSession, new: NewAccount, *, now: datetime, links: Links | None = None
) -> PersonId:
    """The number of the person who may sign in now; `links` also mails them their first link.

    Raises:
        AccountExists: the address has an account.
        EmailMalformed, NameMissing, LocaleUnknown, ZoneUnknown: the details cannot be kept.
    """
    person, _ = await ensure_person(session, new.details, now=now)
    account = Account(
        person_id=number_of(person),
        role=new.role,
        password_hash=new.password_hash,
        email_verified_at=now if new.verified else None,
        created_at=now,
    )
    if await session.get(Account, account.person_id) is not None:
        raise AccountExists
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise AccountExists from error
    if links is not None:
        await mail_link(session, LinkPurpose.VERIFY_EMAIL, account.person_id, links=links, now=now)
    return account.person_id


async def account_of(session: AsyncSession, person_id: PersonId) -> Account:
    """The person's account.

    Raises:
        NotFound: they have none.
    """
    account = await session.get(Account, person_id)
    if account is None:
        raise NotFound
    return account


async def change_password(
    session: AsyncSession,
    kept: Kept,
    verdict: Verdict,
    password_hash: str,
    browser: Browser,
    *,
    now: datetime,
) -> str:
    """The token of the only session that is left; who has no password yet needs no verdict.

    Raises:
        PasswordNotConfirmed: the present password was not right, or has changed meanwhile.
        AccountDisabled: the account is switched off.
    """
    if kept.person_id is None:
        raise NotFound
    account = await account_of(session, kept.person_id)
    unchanged = account.password_hash == kept.password_hash
    if not unchanged or (kept.password_hash is not None and not verdict.right):
        raise PasswordNotConfirmed
    return await replace_password(session, account, password_hash, browser, now=now)


async def disable(
    session: AsyncSession, person_id: PersonId, *, by: PersonId, now: datetime
) -> None:
    """Switch an account off: no session and no link of it works from here on.

    Raises:
        OwnAccount: nobody switches off their own.
        NotFound: there is no such account.
    """
    check_may_disable(person_id, by=by)
    account = await account_of(session, person_id)
    account.disabled_at = account.disabled_at or now
    await session.flush()
    await sign_out_everywhere(session, person_id)
    await void_links(session, person_id)


async def enable(session: AsyncSession, person_id: PersonId) -> None:
    """Switch an account on again; its owner signs in anew.

    Raises:
        NotFound: there is no such account.
    """
    (await account_of(session, person_id)).disabled_at = None
    await session.flush()


async def throw_out(session: AsyncSession, person_id: PersonId) -> None:
    """End every session and every open link of somebody.

    Raises:
        NotFound: there is no such account.
    """
    await account_of(session, person_id)
    await sign_out_everywhere(session, person_id)
    await void_links(session, person_id)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of people."""

    person: Person
    account: Account


async def list_accounts(
    session: AsyncSession, *, words: str = "", role: Role | None = None, page: int = 1, size: int
) -> tuple[list[Listed], int]:
    """A page of the accounts whose name or address holds the words, and how many there are."""
    query = select(Person, Account).join(Account, col(Account.person_id) == col(Person.id))
    if words:
        pattern = f"%{_literal(words)}%"
        query = query.where(
            or_(
                col(Person.name).ilike(pattern, escape="\\"),
                col(Person.name_latin).ilike(pattern, escape="\\"),
                col(Person.email).ilike(pattern, escape="\\"),
            )
        )
    if role is not None:
        query = query.where(col(Account.role) == str(role))
    total = (await session.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    ordered = query.order_by(col(Account.created_at).desc(), col(Person.id).desc())
    rows = await session.execute(ordered.limit(size).offset((page - 1) * size))
    return [Listed(person, account) for person, account in rows], total


def _literal(words: str) -> str:
    """The words with the pattern signs of LIKE taken as they stand."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
