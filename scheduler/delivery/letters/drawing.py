"""Draws a letter's content as plain text and as HTML."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from scheduler.delivery.letters.content import Content
from scheduler.invites.values import Letter


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("scheduler.delivery.letters"),
        autoescape=select_autoescape(enabled_extensions=("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def draw(content: Content, *, locale: str, product: str) -> Letter:
    """The mail's words, ready to be put into MIME."""
    places = {"letter": content, "language": locale.replace("_", "-"), "product": product}
    colon = "：" if locale.startswith("zh") else ":"
    return Letter(
        subject=content.subject,
        text=_environment().get_template("letter.txt").render(places, colon=colon),
        html=_environment().get_template("letter.html").render(places),
    )
