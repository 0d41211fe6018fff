"""`python -m scripts.settings_page` writes docs/reference/settings.md."""

import types
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel, HttpUrl, SecretStr
from pydantic.fields import FieldInfo

from web.commands.config import as_typed
from web.settings import FILE, Settings

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
HEAD = f"""# Settings

This page is written by `python -m scripts.settings_page` from `web/settings.py`; a test fails when
it is out of date. `daigang config` shows the same settings with their values and where each came
from.

A setting is looked up in this order: an option of the command line (`--host`, `--port`), an
environment variable, the file `{FILE}` in the folder where the command runs, the default. A
variable or a line that no setting reads is refused at start, because it is usually a slip of the
pen. An empty variable counts as unset.

In the file, a setting of a group stands in the group's table:

```toml
port = 9000
trusted_proxies = ["10.0.0.0/8"]

[mail]
host = "smtp.example.com"
user = "daigang"
```

Several values are written as a list: in TOML as above, in a variable as JSON,
`DAIGANG_TRUSTED_PROXIES='["10.0.0.0/8"]'`. A duration is written as ISO 8601 has it: `PT20S`,
`PT1H30M`, `-PT2H`.
"""
KINDS = {
    int: "whole number",
    str: "text",
    Path: "folder",
    timedelta: "duration",
    HttpUrl: "address (http or https)",
    SecretStr: "text, never shown",
    IPv4Network: "network",
}


def page() -> str:
    """The whole page as Markdown."""
    single = [
        row(name, field)
        for name, field in Settings.model_fields.items()
        if not isinstance(field.default, BaseModel)
    ]
    parts = [HEAD, *table("Service", "The process, its addresses and its data.", single)]
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            group = type(field.default)
            rows = [row(f"{name}.{inner}", one) for inner, one in group.model_fields.items()]
            parts += table(f"`{name}`", group.__doc__ or "", rows)
    return "\n".join(parts)


def table(title: str, text: str, rows: list[str]) -> Iterator[str]:
    """One group of settings under its heading."""
    yield f"## {title}\n"
    yield f"{text}\n"
    yield "| Setting | Variable | Value | Default | Meaning |\n|---|---|---|---|---|"
    yield from rows
    yield ""


def row(name: str, field: FieldInfo) -> str:
    """One setting as a line of a table."""
    variable = "DAIGANG_" + name.replace(".", "__").upper()
    meaning = (field.description or "").replace("|", "\\|")
    default = shown(field.default)
    return f"| `{name}` | `{variable}` | {kind(field.annotation)} | {default} | {meaning} |"


def kind(annotation: object) -> str:
    """What may be written, in plain words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inner)
    if origin is tuple:
        return f"list of {kind(inner[0])}s".replace("textss", "texts")
    if origin in {Union, types.UnionType}:
        return kind(next(one for one in inner if one is not type(None)))
    if isinstance(annotation, type) and annotation in KINDS:
        return KINDS[annotation]
    raise TypeError(annotation)


def shown(value: object) -> str:
    """A default as the page prints it."""
    if isinstance(value, timedelta):
        value = as_typed(value)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "none" if value in {None, "", ()} else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
