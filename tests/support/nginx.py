"""A real nginx with the configuration of deploy/, on loopback, with a certificate of its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiortc.rtcdtlstransport import generate_certificate
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.service import free_port, listening

SITE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NAME = "interviews.example.com"
OWN = f"/etc/letsencrypt/live/{NAME}"
PLACES = ("/usr/sbin/nginx", "/opt/homebrew/bin/nginx")
MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    {temporary}
    include {folder}/site.conf;
}}
"""
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running front."""

    https: int
    http: int
    folder: Path

    def log(self) -> str:
        """What it has answered so far."""
        return (self.folder / "access.log").read_text()


@asynccontextmanager
async def nginx(folder: Path, *, https: int, upstream: int) -> AsyncIterator[Nginx]:
    """Run at that port, in front of the service at the other one, until the block ends."""
    front = Nginx(https, await free_port(), folder)
    _write(front, upstream)
    command = (program(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr")
    process = await asyncio.create_subprocess_exec(*command)
    try:
        await listening(front.http)
        yield front
    finally:
        process.terminate()
        await process.wait()


def program() -> str:
    """The path of nginx, which may be in a folder that is not searched."""
    found = shutil.which("nginx") or next((p for p in PLACES if Path(p).exists()), None)
    if found is None:
        raise FileNotFoundError("no nginx found: run `make setup`")
    return found


def _write(front: Nginx, upstream: int) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (front.folder / "privkey.pem").write_bytes(secret)
    certificate = generate_certificate(key).public_bytes(Encoding.PEM)
    (front.folder / "fullchain.pem").write_bytes(certificate)
    temporary = "".join(f"{kind}_temp_path {front.folder}/{kind};" for kind in KINDS)
    main = MAIN.format(folder=front.folder, temporary=temporary)
    (front.folder / "nginx.conf").write_text(main)
    (front.folder / "site.conf").write_text(_of_this_machine(front, upstream))


def _of_this_machine(front: Nginx, upstream: int) -> str:
    """The site as it is deployed, but for what differs between machines."""
    text = SITE.read_text()
    for theirs, ours in (
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{front.https} ssl http2;"),
        ("listen [::]:443 ssl http2;", f"listen [::1]:{front.https} ssl http2;"),
        ("listen 80;", f"listen 127.0.0.1:{front.http};"),
        ("listen [::]:80;", f"listen [::1]:{front.http};"),
        ("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};"),
        (f"{OWN}/fullchain.pem", f"{front.folder}/fullchain.pem"),
        (f"{OWN}/privkey.pem", f"{front.folder}/privkey.pem"),
    ):
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text
