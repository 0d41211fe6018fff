"""What tests of the control plane may ask for."""

import os

import pytest

from tests.support.processes import unmeasured


@pytest.fixture
def processes_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """No coverage of the processes: tests of the workers and of the outputs run their lines."""
    for name in set(os.environ) - set(unmeasured()):  # noqa: TID251  the processes inherit it
        monkeypatch.delenv(name)
