"""Hashing passwords with argon2id (RFC 9106), off the event loop, a few at a time."""

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from interviews.identity.refusals import HashingBusy

AT_ONCE = 2  # each needs 64 MiB (RFC 9106 §4, second choice) and four lanes of processor
WAITING = 60  # about five seconds of work; a longer queue only makes everybody wait in vain

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and its new hash if the parameters have changed since."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Hashes and checks passwords; checking one of nobody takes as long as of somebody."""

    def __init__(
        self,
        hasher: PasswordHasher | None = None,
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(at_once)
        self._room = at_once + waiting
        self._inside = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The PHC string of a new password.

        Raises:
            HashingBusy: too many wait already.
        """
        return await self._in_turn(lambda: self._hasher.hash(_spelled(password)))

    async def check(self, kept: str | None, password: str) -> Verdict:
        """Whether the password belongs to this hash; None stands for an unknown account.

        Raises:
            HashingBusy: too many wait already.
        """
        return await self._in_turn(lambda: self._check(kept, _spelled(password)))

    def _check(self, kept: str | None, password: str) -> Verdict:
        nobody = self._of_nobody()
        try:
            self._hasher.verify(kept or nobody, password)
        except (VerificationError, InvalidHashError):
            return Verdict(right=False)
        if kept is None:
            return Verdict(right=False)
        stale = self._hasher.check_needs_rehash(kept)
        return Verdict(right=True, rehashed=self._hasher.hash(password) if stale else None)

    def _of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        return self._nobody

    async def _in_turn(self, work: Callable[[], Answer]) -> Answer:
        if self._inside >= self._room:
            raise HashingBusy
        self._inside += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._inside -= 1


def _spelled(password: str) -> str:
    """One spelling, whichever keyboard wrote it (NIST SP 800-63B §3.1.1.2 asks for NFKC or NFC)."""
    return unicodedata.normalize("NFKC", password)
