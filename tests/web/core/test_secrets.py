import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from web.secrets import LENGTH, BrokenKeyError, Secrets


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    first = Secrets.load(tmp_path)
    assert Secrets.load(tmp_path) == first
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == first.master
    assert len(first.master) == LENGTH


def test_every_use_has_a_key_of_its_own(tmp_path: Path):
    secrets = Secrets.load(tmp_path)
    keys = {secrets.key(name) for name in ("links", "grants", "csrf", "notice")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {LENGTH}
    assert secrets.master not in keys
    assert secrets.key("links") == Secrets.load(tmp_path).key("links")


def test_another_house_has_other_keys(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert Secrets.load(tmp_path / "a").key("links") != Secrets.load(tmp_path / "b").key("links")


def test_those_who_start_at_once_agree_on_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Secrets.load(tmp_path).master, range(32)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_key_that_was_cut_short_is_never_used(tmp_path: Path):
    (tmp_path / "secret.key").write_bytes(b"")
    with pytest.raises(BrokenKeyError, match="holds 0 bytes: expected 32"):
        Secrets.load(tmp_path)
