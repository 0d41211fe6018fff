"""Every address that the running application answers stands in the documentation."""

from pathlib import Path

from scripts.who_may_do_what import plain
from tests.support.site import running_site

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
FILES = "/static"  # what pages are made of
REST = "{rest}"  # answers to whatever has no address


async def test_every_address_of_the_application_is_documented(sqlite_url: str, tmp_path: Path):
    texts = [page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md"))]
    async with running_site(sqlite_url, tmp_path) as site:
        addresses = {plain(one.canonical) for one in site.app.router.resources()}
    named = {one for one in addresses if one != FILES and not one.endswith(REST)}
    assert sorted(one for one in named if not any(f"{one}`" in text for text in texts)) == []
