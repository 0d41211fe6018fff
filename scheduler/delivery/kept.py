"""Mail without an SMTP server: kept as files in the data folder, and read for /dev/mail."""

import asyncio
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import uuid4

from scheduler.delivery.carriers import HandingOver, Outcome, Sent, TemporaryFailure

NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]{19}-[0-9a-f]{8}")


class NoSuchMailError(KeyError):
    """No kept mail has this name."""


@dataclass(frozen=True, slots=True)
class KeptSummary:
    """One line of the list."""

    name: str
    at: datetime  # its Date, in UTC
    recipient: str
    subject: str


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """One kept mail, taken apart; `html` is as mailed and must be shown in a sandbox."""

    summary: KeptSummary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    calendar: str  # the text/calendar part, empty if there is none
    source: bytes


class KeptMail:
    """A `Carrier` that writes one .eml a mail, and the reader of what it wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def carry(self, message: EmailMessage, *, handing_over: HandingOver) -> Outcome:
        """See `Carrier.carry`; the file appears whole or not at all."""
        octets = message.as_bytes()
        draft = self._folder / f".{uuid4().hex}.draft"
        try:
            await asyncio.to_thread(self._write, draft, octets)
            await handing_over()
            await asyncio.to_thread(self._publish, draft, message)
        except OSError as error:
            return TemporaryFailure(f"{type(error).__name__}: {error.strerror}")
        finally:
            await asyncio.to_thread(_discard, draft)
        return Sent()

    async def newest(self, limit: int = 50, *, before: str = "") -> tuple[KeptSummary, ...]:
        """The newest mails first; `before` is the last name of the page before."""
        return await asyncio.to_thread(self._newest, limit, before)

    async def message(self, name: str) -> KeptMessage:
        """One mail by its name.

        Raises:
            NoSuchMailError: there is none.
        """
        return await asyncio.to_thread(self._message, name)

    def _write(self, path: Path, octets: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())

    def _publish(self, draft: Path, message: EmailMessage) -> None:
        """Name the file so that names sort by the mail's Date, then by when it was written."""
        moment = parsedate_to_datetime(message["Date"]).astimezone(UTC)
        written = draft.stat().st_mtime_ns
        name = f"{moment:%Y%m%dT%H%M%SZ}-{written:019d}-{uuid4().hex[:8]}.eml"
        draft.rename(self._folder / name)

    def _newest(self, limit: int, before: str) -> tuple[KeptSummary, ...]:
        names = sorted(_names(self._folder.glob("*.eml")), reverse=True)
        wanted = [name for name in names if not before or name < before]
        return tuple(self._summary(name) for name in wanted[:limit])

    def _summary(self, name: str) -> KeptSummary:
        with (self._folder / f"{name}.eml").open("rb") as file:
            headers = BytesParser(policy=default).parse(file, headersonly=True)
        return _summarised(name, headers)

    def _message(self, name: str) -> KeptMessage:
        path = self._folder / f"{name}.eml"
        if not NAME.fullmatch(name) or not path.is_file():
            raise NoSuchMailError(name)
        source = path.read_bytes()
        message = BytesParser(policy=default).parsebytes(source)
        return KeptMessage(
            summary=_summarised(name, message),
            headers=tuple((key, str(value)) for key, value in message.items()),
            text=_part(message, "text/plain"),
            html=_part(message, "text/html"),
            calendar=_part(message, "text/calendar"),
            source=source,
        )


def _discard(draft: Path) -> None:
    with suppress(OSError):  # published already, or never written
        draft.unlink()


def _names(paths: Iterable[Path]) -> list[str]:
    return [path.stem for path in paths if NAME.fullmatch(path.stem)]


def _summarised(name: str, message: EmailMessage) -> KeptSummary:
    return KeptSummary(
        name=name,
        at=parsedate_to_datetime(message["Date"]).astimezone(UTC),
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
    )


def _part(message: EmailMessage, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type:
            return str(part.get_content()).replace("\r\n", "\n")
    return ""
