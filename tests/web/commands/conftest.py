"""The command line as people meet it: a process of its own in an empty folder."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


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
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "web", *words, cwd=tmp_path, env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate(typed.encode())
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    return run
