"""The Jinja environment: escaping, our globals, the built assets."""

import json
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from web import times
from web.translations import browser_texts, gettext, ngettext

STATIC = Path(__file__).parent / "static"


class AssetsMissingError(RuntimeError):
    """The front-end was not built."""

    def __init__(self) -> None:
        super().__init__("web/static/manifest.json is missing: run `make setup`")


@cache
def manifest() -> dict[str, dict[str, object]]:
    """Vite's manifest: source name -> built files."""
    path = STATIC / "manifest.json"
    if not path.is_file():
        raise AssetsMissingError
    return dict(json.loads(path.read_text("utf-8")))


def script(name: str) -> str:
    """The URL of a built entry."""
    return f"/static/{manifest()[name]['file']}"


def styles(name: str) -> list[str]:
    """The URLs of an entry's style sheets."""
    files = manifest()[name].get("css", [])
    return [f"/static/{file}" for file in files] if isinstance(files, list) else []


@cache
def sprite() -> str:
    """The URL of the icon sprite."""
    found = sorted((STATIC / "assets").glob("icons-*.svg"))
    return f"/static/assets/{found[0].name}" if found else ""


@cache
def icon(name: str, label: str = "") -> Markup:
    """One icon of the sprite; without a label it is decoration."""
    say = (
        Markup('role="img" aria-label="{}"').format(label)
        if label
        else Markup('aria-hidden="true"')
    )
    drawing = Markup('<svg class="bi" {}><use href="{}#{}"></use></svg>')
    return drawing.format(say, sprite(), name)


def build_environment() -> Environment:
    """Every template of web/templates; unknown names are faults, texts are escaped."""
    environment = Environment(
        loader=PackageLoader("web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # by i18n
    environment.globals.update(
        script=script,
        styles=styles,
        icon=icon,
        sprite=sprite,
        texts_for_browser=lambda locale: Markup(browser_texts(locale)),  # noqa: S704  escapes "<"
        day=times.day,
        full_day=times.full_day,
        clock_time=times.clock_time,
        precise_time=times.precise_time,
        away=times.away,
        moment=times.moment,
        zone_label=times.zone_label,
        same_wall_clock=times.same_wall_clock,
    )
    return environment
