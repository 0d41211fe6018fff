"""A graduate with an account, and what signing in needs."""

import pytest

from interviews.database import Database
from interviews.identity.models import Account, Role
from interviews.people.models import PersonId
from tests.support.accounts import PASSWORD, Register, cheap_passwords
from tests.support.clock import START
from tests.support.world import a_person


@pytest.fixture
def register(database: Database) -> Register:
    async def make(
        email: str, role: Role = Role.GRADUATE, *, verified: bool = True, password: str = PASSWORD
    ) -> PersonId:
        password_hash = await cheap_passwords().hash(password) if password else None
        async with database.writing() as session:
            person = await a_person(session, email=email)
            account = Account(
                person_id=person.id,
                role=role,
                password_hash=password_hash,
                email_verified_at=START if verified else None,
                created_at=START,
            )
            session.add(account)
            return account.person_id

    return make
