"""The options of the forms about jobs, firms and studies, in the reader's language."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from interviews.employers.industries import SECTIONS
from interviews.employers.models import Tier
from interviews.employers.rules import TIER_NAMES
from interviews.graduates.studies import CATEGORIES, LEVEL_NAMES, Level, Tree
from interviews.jobs.rules import EmploymentType
from interviews.texts import N_
from web.handlers.shown import TYPE_NAMES, english
from web.pages import say

Option = tuple[str, str]
Number = Annotated[int, Field(ge=1, lt=10**9)]  # an id in a form: 9 digits, as in addresses
TREE_NAMES = {
    Tree.ACADEMIC: N_("Universities"),
    Tree.VOCATIONAL: N_("Vocational colleges"),
}


def levels(request: web.Request) -> list[Option]:
    """The four levels, the lowest first."""
    return [(level.value, say(request, LEVEL_NAMES[level])) for level in Level]


def employment_types(request: web.Request) -> list[Option]:
    """Full-time or internship."""
    return [(kind.value, say(request, TYPE_NAMES[kind])) for kind in EmploymentType]


def tiers(request: web.Request) -> list[Option]:
    """The tiers, none first."""
    return [(tier.value, say(request, TIER_NAMES[tier])) for tier in Tier]


def industries(request: web.Request) -> list[Option]:
    """The sections of GB/T 4754, with their letters."""
    return [(letter, f"{letter} {say(request, name)}") for letter, name in SECTIONS.items()]


def majors(request: web.Request) -> list[tuple[str, list[Option]]]:
    """Both catalogues: (name of the tree, its categories as code and name)."""
    return [
        (
            say(request, TREE_NAMES[tree]),
            [
                (one.code, say(request, one.name) if english(request) else one.name_zh)
                for one in CATEGORIES.values()
                if one.tree is tree
            ],
        )
        for tree in Tree
    ]
