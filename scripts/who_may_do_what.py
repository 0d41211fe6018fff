"""`python -m scripts.who_may_do_what` writes docs/reference/who-may-do-what.md."""

import re
from collections.abc import Iterable
from pathlib import Path

from interviews.identity.models import Role
from web.routes import PAGES
from web.sitemap import Route, may

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "who-may-do-what.md"
COLUMNS: tuple[tuple[str, Role | None], ...] = (
    ("Nobody in particular", None),
    ("Graduate", Role.GRADUATE),
    ("Recruiter", Role.RECRUITER),
    ("Organiser", Role.ORGANISER),
    ("Administrator", Role.ADMINISTRATOR),
)
HEAD = """# Who may do what

This page is written by `python -m scripts.who_may_do_what` from the sitemap in `web/routes.py`; a
test fails when it is out of date, and another one tries every address as every role.

The table says who passes the door. Behind it, ownership decides:

| What | Whose |
|---|---|
| an account, its sessions and its password | the person's own |
| a profile | the graduate's own |
| a job, its slots and the bookings of both | the recruiters of its firm |
| a booking | its graduate, its panel, and the recruiters of the firm |
| an interview room | the same; who comes by a signed link knocks, and the panel admits |
| accounts of others | administrators: everybody's; organisers: recruiters' only |
| one's own account | nobody switches off their own |

Who asks for a page without being signed in is sent to the sign-in page and back. Who may not do
something is told so (403); what belongs to others cannot be told from what does not exist, or is
refused (404 or 403). A graduate whose e-mail address is not confirmed may look, but not book.

Addresses with `{token}` identify their holder: mailed one-time links, and the signed links in
invitations. Opening one changes nothing; its button does.

"""


def page(routes: Iterable[Route] = PAGES) -> str:
    """The whole page as Markdown."""
    names = [name for name, _ in COLUMNS]
    lines = [
        "## Addresses",
        "",
        f"| Address | {' | '.join(names)} | What it does |",
        f"|---|{':-:|' * len(names)}---|",
        *(row(route) for route in routes),
    ]
    return HEAD + "\n".join(lines) + "\n"


def row(route: Route) -> str:
    """One line of the table."""
    marks = " | ".join("yes" if may(route.who, role) else "–" for _, role in COLUMNS)
    return f"| `{route.method} {plain(route.path)}` | {marks} | {purpose(route)} |"


def plain(path: str) -> str:
    """The address without the patterns of its ids."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", path)


def purpose(route: Route) -> str:
    """The first line of the handler's docstring, without the address that it may repeat."""
    text = (route.handler.__doc__ or "").strip().partition("\n")[0]
    text = re.sub(r"^(GET( and POST)?|POST) \S+?(: |\.$)", "", text).strip() or "the page itself"
    return (text[0].upper() + text[1:]).rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
