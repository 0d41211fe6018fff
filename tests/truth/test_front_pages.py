"""README.md and CONTRIBUTING.md promise only what exists."""

import re
from pathlib import Path

import pytest

from web.commands.data import KNOWN
from web.demo.people import DEMO_EMAILS
from web.settings import Settings

ROOT = Path(__file__).parents[2]
TARGETS = re.compile(r"^([a-z0-9]+):", re.MULTILINE)
PROMISED = re.compile(r"^make ([a-z0-9]+)|`make ([a-z0-9]+)[ `]", re.MULTILINE)
FILES = re.compile(r"`((?:interviews|scheduler|signaling|web|scripts|tests|docs)/[\w./]+)`")
INVENTED = "interviews/certificates"  # the example of a noun that somebody adds


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_is_named_exists(name: str):
    targets = set(TARGETS.findall(text("Makefile")))
    assert {first or second for first, second in PROMISED.findall(text(name))} <= targets


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_exists(name: str):
    for path in FILES.findall(text(name)):
        assert INVENTED in path or (ROOT / path).exists(), path


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial/first-interview.md"])
def test_the_sign_ins_are_those_of_the_demo(name: str):
    assert KNOWN in text(name)
    for role, email in DEMO_EMAILS.items():
        assert re.search(rf"{role}\W+{re.escape(email)}", text(name), re.IGNORECASE), role


def test_the_address_is_the_default_one():
    default = Settings.model_fields
    address = f"http://{default['host'].default}:{default['port'].default}"
    assert address in text("README.md")
    assert address in text("docs/tutorial/first-interview.md")


def test_every_picture_of_the_readme_is_small():
    for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text("README.md")):
        assert (ROOT / path).stat().st_size < 250_000, path
