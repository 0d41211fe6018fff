"""The catalogue: `extract` lists msgids without Chinese, `compile` merges the parts.

python scripts/messages.py compile    # parts/*.po -> messages.mo and browser.json
python scripts/messages.py missing    # prints every msgid that has no zh_CN text
"""

import io
import json
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "web" / "locale" / "zh_CN"
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
IN_SCRIPT = re.compile(r"""\bt\(\s*"((?:[^"\\]|\\.)*)\"""")


def merged() -> Catalog:
    whole = Catalog(locale="zh_CN", charset="utf-8")
    for part in sorted((FOLDER / "parts").glob("*.po")):
        for message in read_po(io.BytesIO(part.read_bytes()), locale="zh_CN"):
            if message.id:
                whole.add(message.id, message.string, flags=message.flags)
    return whole


def from_sources() -> set[str]:
    found: set[str] = set()
    for package in ("interviews", "scheduler", "signaling", "web"):
        for method, suffixes in (
            ("python", [".py"]),
            ("jinja2.ext.babel_extract", [".html", ".txt"]),
        ):
            for suffix in suffixes:
                for path in (ROOT / package).rglob(f"*{suffix}"):
                    if "static" in path.parts:
                        continue
                    options = {"trimmed": "true", "silent": "false"}
                    rows = extract_from_file(method, str(path), KEYWORDS, options=options)
                    for _line, message, _comments, _context in rows:
                        found.update([message] if isinstance(message, str) else message[:1])
    return found | from_scripts()


def from_scripts() -> set[str]:
    found = set()
    for path in (ROOT / "web" / "frontend").rglob("*.ts"):
        if not path.name.endswith(".test.ts"):
            found.update(
                json.loads(f'"{text}"') for text in IN_SCRIPT.findall(path.read_text("utf-8"))
            )
    return found


def compile_catalogue() -> None:
    whole = merged()
    target = FOLDER / "LC_MESSAGES"
    target.mkdir(exist_ok=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, whole)
    texts = {}
    for message in sorted(from_scripts()):
        entry = whole.get(message)
        if entry is not None and entry.string:
            texts[message] = entry.string
    (target / "browser.json").write_text(json.dumps(texts, ensure_ascii=False), "utf-8")


def missing() -> list[str]:
    whole = merged()
    return sorted(
        message
        for message in from_sources()
        if message and not ((entry := whole.get(message)) is not None and entry.string)
    )


def main() -> int:
    if sys.argv[1:] == ["compile"]:
        compile_catalogue()
        return 0
    lacking = missing()
    print("\n".join(lacking) or "every message has a Chinese text")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
