"""The command line as people meet it: a process of its own in an empty folder."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.forked import ROOT, forked
from web.cli import main


@dataclass(frozen=True, slots=True)
class Said:
    """What a command wrote, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line about what is wrong."""
        assert "Traceback" not in self.err + self.out, self.err
        lines = [line for line in self.err.splitlines() if line]
        assert len(lines) == 1, self.err
        assert self.status == 2
        return lines[0].removeprefix("daigang: ")


Command = Callable[..., Awaitable[Said]]


@pytest.fixture
def daigang(tmp_path: Path) -> Command:
    """`await daigang("user", "create", "a@b", typed="…", PORT="1")`."""

    async def run(*words: str, typed: str = "", **settings: str) -> Said:
        environment = {
            key: value
            for key, value in os.environ.items()  # noqa: TID251  a child process inherits it
            if not key.startswith("DAIGANG_")
        }
        environment |= {"PYTHONPATH": str(ROOT), "DAIGANG_DATA": str(tmp_path / "data")}
        environment |= {f"DAIGANG_{name}": value for name, value in settings.items()}
        ended = await forked(main, *words, environment=environment, folder=tmp_path, typed=typed)
        return Said(ended.status, ended.out, ended.err)

    return run
