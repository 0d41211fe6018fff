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
    "--allowed-peer-ip=127.0.0.1", f"--static-auth-secret={SECRET}", "--no-dtls",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coturn:
    """A running relay; `log` grows."""

    port: int
    tls_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    @property
    def tls_url(self) -> str:
        """What a network that lets nothing out but HTTPS still carries."""
        return f"turns:127.0.0.1:{self.tls_port}?transport=tcp"


@asynccontextmanager
async def coturn(folder: Path, certificate: Path | None = None) -> AsyncIterator[Coturn]:
    """Run until the block ends; with a certificate (and its key in one file) it takes TLS too."""
    program = shutil.which("turnserver")
    if program is None:
        raise FileNotFoundError("no coturn found: run `make setup`")
    relay = Coturn(await free_port(), await free_port(), folder / "coturn.log")
    of_tls = (
        ("--no-tls",)
        if certificate is None
        else (
            f"--tls-listening-port={relay.tls_port}",
            f"--cert={certificate}",
            f"--pkey={certificate}",
        )
    )
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(CONFIGURATION), *OF_THIS_MACHINE, *of_tls,
        f"--listening-port={relay.port}", f"--log-file={relay.log}", "--verbose",
        f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'coturn.db'}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await listening(relay.port if certificate is None else relay.tls_port)
        yield relay
    finally:
        process.terminate()
        await process.wait()
