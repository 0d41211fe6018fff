"""A real coturn with the configuration of deploy/, on loopback and free ports."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.service import free_port, listening

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "coturn" / "turnserver.conf"
SECRET = "a secret of the tests, nothing else"
OF_THIS_MACHINE = (
    "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers",
    "--allowed-peer-ip=127.0.0.1", f"--static-auth-secret={SECRET}", "--no-tls", "--no-dtls",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coturn:
    """A running relay; `log` grows."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"


@asynccontextmanager
async def coturn(folder: Path) -> AsyncIterator[Coturn]:
    """Run until the block ends."""
    program = shutil.which("turnserver")
    if program is None:
        raise FileNotFoundError("no coturn found: run `make setup`")
    relay = Coturn(await free_port(), folder / "coturn.log")
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(CONFIGURATION), *OF_THIS_MACHINE,
        f"--listening-port={relay.port}", f"--log-file={relay.log}", "--verbose",
        f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'coturn.db'}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await listening(relay.port)
        yield relay
    finally:
        process.terminate()
        await process.wait()
