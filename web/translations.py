"""One gettext catalogue for Python, Jinja and TypeScript; English is the source."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

FOLDER = Path(__file__).parent / "locale"
LOCALES = ("zh_CN", "en")
RANGE = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]+)*(?:;q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?")
LANGUAGES = {"zh": "zh_CN", "en": "en"}


@cache
def catalogue(locale: str) -> NullTranslations:
    """The texts of one language; English needs none."""
    path = FOLDER / locale / "LC_MESSAGES" / "messages.mo"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)


@cache
def browser_texts(locale: str) -> str:
    """JSON of the texts that scripts show: msgid -> text; `{}` for English."""
    path = FOLDER / locale / "LC_MESSAGES" / "browser.json"
    if not path.is_file():
        return "{}"
    texts = json.loads(path.read_text("utf-8"))
    return json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")


_READER: ContextVar[str] = ContextVar("reader", default="en")


@contextmanager
def reader(locale: str) -> Iterator[None]:
    """Templates rendered inside speak this language."""
    token = _READER.set(locale)
    try:
        yield
    finally:
        _READER.reset(token)


def gettext(message: str) -> str:
    """For templates: a text in the language of the present reader."""
    return catalogue(_READER.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """For templates: the same with a number."""
    return catalogue(_READER.get()).ngettext(one, many, count)


class Gettext:
    """The Translator port on the compiled catalogues."""

    def translate(self, locale: str, message: str, **parameters: object) -> str:
        """The text in `locale`, with `%(name)s` places filled."""
        text = catalogue(locale).gettext(message) if message else ""
        return text % parameters if parameters else text


@lru_cache(maxsize=256)  # browsers send few different ones
def best_locale(accept_language: str) -> str:
    """The first of our languages in an Accept-Language header (RFC 9110 §12.5.4), else zh_CN."""
    spoken: dict[str, float] = {}
    for part in accept_language.lower().split(","):
        found = RANGE.fullmatch("".join(part.split()))  # blanks may stand around the semicolon
        if found is not None and (locale := LANGUAGES.get(found[1])) is not None:
            spoken[locale] = max(spoken.get(locale, 0.0), float(found[2] or "1"))
    best = max(spoken, key=lambda locale: spoken[locale], default="zh_CN")  # the first of equals
    return best if spoken.get(best) else "zh_CN"
