"""People with accounts."""

import pytest

from interviews.database import Database
from tests.support.accounts import Register, registrar


@pytest.fixture
def register(database: Database) -> Register:
    return registrar(database)
