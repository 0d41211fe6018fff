"""`daigang user create`: the first administrator, and any other account."""

from sqlalchemy import select
from sqlmodel import col

from interviews.employers.models import Firm, FirmId
from interviews.employers.service import join_firm
from interviews.employers.uscc import normalised
from interviews.identity.models import Role
from interviews.identity.passwords import Passwords
from interviews.identity.rules import check_password
from interviews.identity.service.accounts import NewAccount, create_account
from interviews.people.service import Details
from interviews.refusals import Refusal
from web.cli import Trouble
from web.clock import SystemClock
from web.compose import opened_database
from web.settings import Settings


async def create(
    settings: Settings, *, email: str, role: str, name: str, uscc: str, password: str
) -> None:
    """Open an account that may sign in at once.

    Raises:
        Trouble: the role, the firm, the address or the password will not do.
    """
    if role not in set(Role):
        raise Trouble(f"no such role: {role}; expected one of {', '.join(Role)}")
    if (role == Role.RECRUITER) != bool(uscc):
        raise Trouble("a recruiter, and nobody else, acts for a firm: use --firm with its USCC")
    try:
        details = Details(email=email, name=name or email.partition("@")[0])
        check_password(password, email=email, name=details.name)
        hashed = await Passwords().hash(password)
        new = NewAccount(details, Role(role), password_hash=hashed, verified=True)
        await _keep(settings, new, uscc)
    except Refusal as refusal:
        raise Trouble(str(refusal)) from refusal


async def _keep(settings: Settings, new: NewAccount, uscc: str) -> None:
    now = SystemClock(settings.clock_offset).now()
    async with opened_database(settings) as database, database.writing() as session:
        person = await create_account(session, new, now=now)
        if uscc:
            wanted = col(Firm.uscc) == normalised(uscc)
            firm = await session.scalar(select(col(Firm.id)).where(wanted))
            if firm is None:
                raise Trouble(f"no firm has the code {uscc}; register it at /org/firms first")
            await join_firm(session, FirmId(firm), person)
