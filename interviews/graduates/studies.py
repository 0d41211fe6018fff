"""What people study: levels and the categories of both major catalogues (product.md 3.4)."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from interviews.texts import N_


class Level(StrEnum):
    """A level of education, in rising order; compare by `rank`, never by a code."""

    ZHUANKE = "zhuanke"
    BENKE = "benke"
    SHUOSHI = "shuoshi"
    BOSHI = "boshi"

    @property
    def rank(self) -> int:
        """1 for junior college up to 4 for a doctorate."""
        return list(Level).index(self) + 1


LEVEL_NAMES = MappingProxyType(
    {
        Level.ZHUANKE: N_("Junior college"),
        Level.BENKE: N_("Bachelor's"),
        Level.SHUOSHI: N_("Master's"),
        Level.BOSHI: N_("Doctorate"),
    }
)


class Tree(StrEnum):
    """Which catalogue a category belongs to."""

    ACADEMIC = "academic"  # undergraduate and graduate catalogues
    VOCATIONAL = "vocational"  # junior-college catalogue of 2021


@dataclass(frozen=True, slots=True)
class Category:
    """One category of majors; `name_zh` is the catalogue's own, `name` a msgid."""

    code: str
    name_zh: str
    name: str
    tree: Tree


_ACADEMIC = (
    ("01", "哲学", N_("Philosophy")),
    ("02", "经济学", N_("Economics")),
    ("03", "法学", N_("Legal studies")),
    ("04", "教育学", N_("Educational studies")),
    ("05", "文学", N_("Literature and languages")),
    ("06", "历史学", N_("Historical studies")),
    ("07", "理学", N_("Natural sciences")),
    ("08", "工学", N_("Engineering")),
    ("09", "农学", N_("Agronomy")),
    ("10", "医学", N_("Medicine")),
    ("11", "军事学", N_("Military science")),
    ("12", "管理学", N_("Management studies")),
    ("13", "艺术学", N_("Fine and applied arts")),
    ("14", "交叉学科", N_("Interdisciplinary studies")),
)
_VOCATIONAL = (
    ("41", "农林牧渔大类", N_("Farming, forestry and fishery")),
    ("42", "资源环境与安全大类", N_("Resources, environment and safety")),
    ("43", "能源动力与材料大类", N_("Energy, power and materials")),
    ("44", "土木建筑大类", N_("Civil engineering and building")),
    ("45", "水利大类", N_("Water engineering")),
    ("46", "装备制造大类", N_("Equipment manufacturing")),
    ("47", "生物与化工大类", N_("Biology and chemical technology")),
    ("48", "轻工纺织大类", N_("Light industry and textiles")),
    ("49", "食品药品与粮食大类", N_("Food, drugs and grain")),
    ("50", "交通运输大类", N_("Transport")),
    ("51", "电子与信息大类", N_("Electronics and information")),
    ("52", "医药卫生大类", N_("Medicine and health care")),
    ("53", "财经商贸大类", N_("Finance and commerce")),
    ("54", "旅游大类", N_("Tourism")),
    ("55", "文化艺术大类", N_("Culture and art")),
    ("56", "新闻传播大类", N_("Journalism and media")),
    ("57", "教育与体育大类", N_("Education and sport")),
    ("58", "公安与司法大类", N_("Public security and justice")),
    ("59", "公共管理与服务大类", N_("Public administration and services")),
)

CATEGORIES = MappingProxyType(
    {
        code: Category(code, name_zh, name, tree)
        for tree, rows in ((Tree.ACADEMIC, _ACADEMIC), (Tree.VOCATIONAL, _VOCATIONAL))
        for code, name_zh, name in rows
    }
)


def level_of(key: str) -> Level | None:
    """The level behind a stored key; None while a graduate has not said."""
    return next((level for level in Level if level == key), None)
