"""docs/reference/who-may-do-what.md says of every address who may use it."""

import re

from interviews.identity.models import Role
from scripts.who_may_do_what import PAGE, page, plain
from web.routes import PAGES
from web.sitemap import ADMINISTRATOR, ANYONE, GRADUATE, ORGANISER, RECRUITER, SIGNED_IN, may

HOW = "run: python -m scripts.who_may_do_what"


def test_the_page_is_the_sitemap_of_today():
    assert PAGE.read_text(encoding="utf-8") == page(), HOW


def test_the_page_names_every_route_once():
    named = re.findall(r"^\| `(GET|POST) (\S+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted((route.method, plain(route.path)) for route in PAGES), HOW


def test_every_address_says_what_it_does():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    assert not [line for line in rows if "The page itself" in line], "give the handler a docstring"


def test_the_words_of_the_sitemap_mean_what_the_page_says():
    roles = [None, *Role]
    table = {
        "anyone": [may(ANYONE, role) for role in roles],
        "signed in": [may(SIGNED_IN, role) for role in roles],
        "graduate": [may(GRADUATE, role) for role in roles],
        "recruiter": [may(RECRUITER, role) for role in roles],
        "organiser": [may(ORGANISER, role) for role in roles],
        "administrator": [may(ADMINISTRATOR, role) for role in roles],
    }
    assert table == {
        "anyone": [True, True, True, True, True],
        "signed in": [False, True, True, True, True],
        "graduate": [False, True, False, False, False],
        "recruiter": [False, False, True, False, False],
        "organiser": [False, False, False, True, True],
        "administrator": [False, False, False, False, True],
    }
