"""The scripts that `make` calls: what they find, and what they leave alone."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import check_locks, check_sizes, messages, node
from scripts.check_wheel import check_contents, need, ready

LONG_FUNCTION = "def long():\n" + "    pass\n" * 50


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository of its own."""
    for module in (check_locks, check_sizes):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.lock").write_text("a==1 --hash=sha256:00\n")
    (tmp_path / "package-lock.json").write_text("{}\n")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "small.py").write_text("def short():\n    return 1\n")
    return tmp_path


def test_this_house_passes_its_own_checks(capsys: pytest.CaptureFixture[str]):
    assert check_locks.main() == 0
    assert check_sizes.main() == 0
    told = capsys.readouterr().out.splitlines()
    assert told == ["no lock file names an address", "every file and function is small enough"]


@pytest.mark.parametrize(
    "line",
    [
        '"resolved": "https://registry.example/a.tgz"',
        "--index-url https://example.com",
        "--extra-index-url https://example.com",
        "--find-links /somewhere",
        "a @ https://example.com/simple/a",
    ],
)
@pytest.mark.parametrize("name", ["requirements/runtime.lock", "package-lock.json"])
def test_an_address_in_a_lock_file_is_named_with_its_line(
    house: Path, capsys: pytest.CaptureFixture[str], name: str, line: str
):
    (house / name).write_text(f"fine\n{line}\n")
    assert check_locks.main() == 1
    assert f"{name}:2: {line[:20]}" in capsys.readouterr().out


def test_a_file_or_function_that_is_too_long_is_named(
    house: Path, capsys: pytest.CaptureFixture[str]
):
    (house / "web" / "long.ts").write_text("x\n" * 401)
    (house / "web" / "wordy.py").write_text(LONG_FUNCTION)
    assert check_sizes.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "web/long.ts: 401 lines, at most 400",
        "web/wordy.py:1: long has 51 lines",
    ]


@pytest.mark.usefixtures("house")
def test_what_is_built_and_what_is_a_list_of_steps_may_be_long(
    house: Path, capsys: pytest.CaptureFixture[str]
):
    for folder in ("static", "versions"):
        (house / "web" / folder).mkdir()
    (house / "web" / "static" / "built.ts").write_text("x\n" * 401)
    (house / "web" / "versions" / "0001.py").write_text(LONG_FUNCTION)
    (house / "web" / "picture.svg").write_text("x\n" * 401)
    assert check_sizes.main() == 0
    assert capsys.readouterr().out


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one text in each kind of source, and a catalogue of two parts."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "FOLDER", tmp_path / "web" / "locale" / "zh_CN")
    files = {
        "interviews/rules.py": 'message = N_("From %(name)s")\nother = N_("Nowhere")\n',
        "scheduler/letter.txt": '{{ _("A letter") }}\n',
        "web/page.html": "{% trans %}A page{% endtrans %}\n",
        "web/static/built.py": 'N_("Built")\n',
        "web/frontend/room.ts": 't("Say \\"hello\\"");\n',
        "web/frontend/room.test.ts": 't("Only a test");\n',
        "web/locale/zh_CN/parts/a.po": (
            'msgid "A letter"\nmsgstr "信"\n\nmsgid "A page"\nmsgstr "页"\n'
        ),
        "web/locale/zh_CN/parts/b.po": (
            '#, python-format\nmsgid "From %(name)s"\nmsgstr "%(name)s"\n\n'
            'msgid "Say \\"hello\\""\nmsgstr "说“你好”"\n'
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.usefixtures("sources")
def test_a_text_without_chinese_is_found_in_whatever_it_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert messages.missing() == ["Nowhere"]
    monkeypatch.setattr(sys, "argv", ["messages.py", "missing"])
    assert messages.main() == 1
    assert capsys.readouterr().out == "Nowhere\n"


def test_the_parts_become_one_catalogue_and_the_browsers_own(
    sources: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "argv", ["messages.py", "compile"])
    assert messages.main() == 0
    built = sources / "web" / "locale" / "zh_CN" / "LC_MESSAGES"
    assert (built / "messages.mo").stat().st_size > 0
    assert json.loads((built / "browser.json").read_text()) == {'Say "hello"': "说“你好”"}
    (sources / "interviews" / "rules.py").write_text("")
    monkeypatch.setattr(sys, "argv", ["messages.py", "missing"])
    assert messages.main() == 0


def a_node(folder: Path, version: str) -> None:
    for name in ("node", "npm"):
        (folder / name).write_text(f"#!/bin/sh\necho {version} $*\n")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("version", "taken"), [("v22.12.0", True), ("v24.1.0", True), ("v22.11.9", False)]
)
def test_a_node_on_the_path_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, taken: bool
):
    a_node(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.from_path() == (tmp_path / "node" if taken else None)


def test_without_a_node_on_the_path_there_is_none_to_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.from_path() is None


@pytest.mark.services
@pytest.mark.parametrize("tool", ["node", "npm"])
def test_a_tool_runs_with_a_node_that_is_new_enough(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tool: str,
):
    a_node(tmp_path, "v18.0.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "argv", ["node.py", tool, "--version"])
    assert node.main() == 0
    assert not capfd.readouterr().out.startswith("v18")


def test_a_wheel_that_lacks_something_ends_the_check_with_the_reason(tmp_path: Path):
    need("something", "unused")
    with pytest.raises(SystemExit, match="check_wheel: why"):
        need("", "why")
    wheel = tmp_path / "daigang-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        for name in ("interviews", "scheduler", "signaling", "web"):
            file.writestr(f"{name}/__init__.py", "")
    with pytest.raises(SystemExit, match=r"the wheel lacks web/static/manifest\.json"):
        check_contents(wheel)


def test_a_service_that_ends_early_ends_the_check(tmp_path: Path):
    command = [sys.executable, "-c", "print('no')"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process,  # noqa: S603  our own
        pytest.raises(SystemExit, match="ended before it was ready"),
    ):
        ready(process)
