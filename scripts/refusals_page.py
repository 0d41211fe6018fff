"""`python -m scripts.refusals_page` writes docs/reference/refusals.md."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import interviews
import interviews.refusals
import scheduler
import signaling
import signaling.refusals
import web
from signaling.workers.admission import CommandRefusal

Refusal = interviews.refusals.Refusal | signaling.refusals.Refusal
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "refusals.md"
PACKAGES = (interviews, scheduler, signaling, web)
ENTRANCES = ("__main__", "migrations.env")  # importing these runs them
HEAD = """# Refusals

This page is written by `python -m scripts.refusals_page` from the classes themselves; a test fails
when it is out of date, and another one when two refusals share a code.

A refusal is a "no" with a name. It says which rule spoke and what to do next, and it is an answer,
not an error: nothing was half-done. On a page it appears in place or as a page of its own, in the
reader's language. WHIP and WHEP answer `application/problem+json` (RFC 9457) with the same code;
the room socket sends a [refused message](room-socket.md). What is broken on our side is no refusal
but a *fault*: it is logged, and answered with 500 and nothing else.

`%(name)s` stands for a value that is filled in.
"""
WORKER = """## Between the processes

The media worker answers these codes to the web process, which turns them into the refusals above.
Nobody outside sees them.
"""


def load_everything() -> None:
    """Import every module of the four packages, so that every refusal is defined."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith(ENTRANCES):
                importlib.import_module(module.name)


def below(base: type) -> Iterator[type]:
    """All subclasses, each once, in the order in which they were defined."""
    for one in base.__subclasses__():
        yield one
        yield from below(one)


def refusals() -> list[type[Refusal]]:
    """Every refusal that a person or a client can meet, by module and code."""
    load_everything()
    found = [*below(interviews.refusals.Refusal), *below(signaling.refusals.Refusal)]
    ours = {one for one in found if one.__module__.split(".")[0] in {p.__name__ for p in PACKAGES}}
    return sorted(ours, key=lambda one: (one.__module__, one.code))


def worker_codes() -> list[str]:
    """The codes that travel between the media worker and the web process."""
    load_everything()
    return sorted({CommandRefusal.code, *(one.code for one in below(CommandRefusal))})


def page() -> str:
    """The whole page as Markdown."""
    lines = [HEAD]
    module = ""
    for one in refusals():
        if one.__module__ != module:
            module = one.__module__
            lines.append(f"\n## `{module}`\n\n| Code | Status | What it says | What to do next |")
            lines.append("|---|--:|---|---|")
        texts = f"{plain(one.message)} | {plain(one.next_step)}"
        lines.append(f"| `{one.code}` | {one.status} | {texts} |")
    codes = ", ".join(f"`{code}`" for code in worker_codes())
    return "\n".join([*lines, "", WORKER, codes + ".", ""]).replace("\n\n\n", "\n\n")


def plain(text: str) -> str:
    """A text inside a table."""
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
