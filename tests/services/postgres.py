"""A real PostgreSQL that the tests start for themselves and stop at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

TEMPLATE = "daigang_template"
OPTIONS = {
    "fsync": "off",  # the data live as long as the tests
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "128MB",  # it may stand in memory
    "max_connections": "200",
    "listen_addresses": "",  # the socket in our own folder is enough
}
MEMORY = Path("/dev/shm")  # noqa: S108  Linux's; a folder of our own is made in it
ROOM = 2**29  # bytes; a server of ours was seen to take 70 MiB, and its log may grow to 128
HOW_TO_INSTALL = "PostgreSQL is not installed: apt-get install postgresql (Debian, Ubuntu)"


class PostgresServer:
    """One server in a folder of its own, reached through a Unix socket.

    `initdb` and `postgres` refuse to run as root, so root steps down to the user `postgres`.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="daigang-pg-", dir=place()))
        self._programs = find_programs()
        self._step_down: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._step_down = [
                "setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups",
            ]  # fmt: skip

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        data = str(self.folder / "data")
        self._run(
            "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        )  # fmt: skip
        options = " ".join(f"-c {name}='{value}'" for name, value in OPTIONS.items())
        self._run(
            "pg_ctl", "start", "--pgdata", data, "--wait", "--log", str(self.folder / "log"),
            "--options", f"{options} -k {self.folder}",
        )  # fmt: skip

    def stop(self) -> None:
        """Stop at once and take the folder away."""
        self._run("pg_ctl", "stop", "--pgdata", str(self.folder / "data"), "--mode", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """What `Database.open` needs to reach this database."""
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    def create(self, *, template: str = "template1") -> str:
        """A fresh database, copied from another one; answers its name."""
        name = TEMPLATE if template == "template1" else f"test_{next(self._numbers)}"
        self._say("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, name: str) -> None:
        """Take a database away, whoever is still connected."""
        self._say("DROP DATABASE {} WITH (FORCE)", name)

    def _say(self, statement: str, *names: str) -> None:
        query = sql.SQL(statement).format(*map(sql.Identifier, names))
        where = f"host={self.folder} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(query)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._step_down, str(self._programs / program), *arguments]
        done = subprocess.run(  # noqa: S603  our own arguments
            command,
            check=False,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(
                f"{program}: {done.stdout} {log.read_text() if log.exists() else ''}"
            )


def place() -> Path | None:
    """Where a server's folder belongs: in memory if there is room; None is the usual place.

    A database is some three hundred files, which a disk's file system makes six times as slowly.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None


def find_programs() -> Path:
    """The folder of `initdb` and `pg_ctl`: the newest Debian version, else what is on PATH."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise RuntimeError(HOW_TO_INSTALL)
    return Path(found).resolve().parent
