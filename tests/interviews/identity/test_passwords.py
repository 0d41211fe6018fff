import asyncio
import threading
from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from interviews.identity.passwords import Passwords
from interviews.identity.refusals import HashingBusy
from tests.support.accounts import PASSWORD, cheap_passwords


class WatchedHasher(PasswordHasher):
    """The real hasher; it remembers in which threads and how many at once it ran."""

    def __init__(self, hold: threading.Event | None = None) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.threads: set[str] = set()
        self.inside = self.most = 0
        self._lock = threading.Lock()
        self._hold = hold
        self.verified: list[str] = []
        self.both = threading.Event()

    def hash(self, password: str, **more: Any):
        self.threads.add(threading.current_thread().name)
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.most == 2:
                self.both.set()
        if self._hold is not None:
            self._hold.wait(10)
        try:
            return super().hash(password, **more)
        finally:
            with self._lock:
                self.inside -= 1

    def verify(self, hash: str, password: str):  # noqa: A002  the library's own name
        self.verified.append(hash)
        return super().verify(hash, password)


async def test_the_right_password_is_right_and_another_is_wrong():
    passwords = cheap_passwords()
    kept = await passwords.hash(PASSWORD)
    assert (await passwords.check(kept, PASSWORD)).right
    assert not (await passwords.check(kept, PASSWORD + "!")).right


async def test_what_is_kept_is_argon2id_with_the_parameters_of_rfc_9106():
    kept = await Passwords().hash(PASSWORD)
    parameters = extract_parameters(kept)
    assert parameters.type is Type.ID
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (3, 65536, 4)


async def test_one_password_typed_on_two_keyboards_is_one():
    passwords = cheap_passwords()
    kept = await passwords.hash("Rene\u0301 ｆｕｌｌ width")
    assert (await passwords.check(kept, "René full width")).right


async def test_nobody_is_checked_with_the_same_work_and_never_right():
    hasher = WatchedHasher()
    passwords = Passwords(hasher)
    assert not (await passwords.check(None, "nobody has this password")).right
    assert len(hasher.verified) == 1
    assert hasher.verified[0].startswith("$argon2id$")


async def test_a_hash_that_is_no_hash_is_wrong_and_not_a_fault():
    assert not (await cheap_passwords().check("plain text", PASSWORD)).right


async def test_old_parameters_are_replaced_when_the_password_is_right():
    old = await cheap_passwords().hash(PASSWORD)
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    verdict = await dearer.check(old, PASSWORD)
    assert verdict.right
    assert verdict.rehashed is not None
    assert (await dearer.check(verdict.rehashed, PASSWORD)).rehashed is None
    assert (await dearer.check(old, "wrong wrong wrong")).rehashed is None


async def test_hashing_leaves_the_event_loop_alone():
    hasher = WatchedHasher()
    await Passwords(hasher).hash(PASSWORD)
    assert threading.current_thread().name not in hasher.threads


async def test_few_are_hashed_at_once_and_a_full_queue_is_refused():
    hold = threading.Event()
    hasher = WatchedHasher(hold)
    passwords = Passwords(hasher, at_once=2, waiting=3)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(passwords.hash(PASSWORD)) for _ in range(5)]
        await asyncio.to_thread(hasher.both.wait, 10)
        with pytest.raises(HashingBusy):
            await passwords.hash(PASSWORD)
        hold.set()
    assert all(task.result().startswith("$argon2id$") for task in tasks)
    assert hasher.most == 2
