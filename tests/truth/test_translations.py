"""Every message that a person may read has a Chinese text, in Chinese punctuation."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from scripts import messages

PLACE = messages.re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
PARTS = sorted((messages.FOLDER / "parts").glob("*.po"))
ROOT = Path(__file__).parents[2]
HAN = "\u4e00-\u9fff"
MIXED = messages.re.compile(
    f"[{HAN}》”）][,:;!?()]|[,:;!?()][{HAN}《“（]"
)  # 9:00 and (UTC) are not


def entries() -> Iterator[tuple[str, str]]:
    """Every msgid with each of its Chinese texts."""
    for message in messages.merged():
        ids = message.id if isinstance(message.id, list | tuple) else [message.id]
        texts = message.string if isinstance(message.string, list | tuple) else [message.string]
        for text in texts:
            if text and ids[-1]:
                yield ids[-1], text


def test_every_message_has_a_chinese_text():
    assert messages.missing() == []


def test_a_chinese_text_has_the_places_of_its_message():
    for message, text in entries():
        assert set(PLACE.findall(text)) <= set(PLACE.findall(message)), message


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.stem)
def test_a_part_says_each_message_once(part: messages.Path):
    with part.open("rb") as file:
        keys = [str(one.id) for one in read_po(file, locale="zh_CN") if one.id]
    assert len(keys) == len(set(keys))


def shown(value: object) -> Iterator[str]:
    """Every text in what was read from JSON."""
    match value:
        case dict():
            for each in value.values():
                yield from shown(each)
        case list():
            for each in value:
                yield from shown(each)
        case str():
            yield value
        case _:
            pass


@pytest.mark.parametrize("text", ["百日里,见机会", "第一阶段:线上", "(博士)", "好!", "“好”,他说"])
def test_punctuation_of_another_script_beside_chinese_is_seen(text: str):
    assert MIXED.search(text)


def test_a_chinese_text_has_chinese_punctuation():
    assert [text for _, text in entries() if MIXED.search(text)] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "web/demo/data").glob("*.json")), ids=lambda path: path.stem
)
def test_what_the_demo_shows_has_chinese_punctuation(path: Path):
    assert [text for text in shown(json.loads(path.read_text())) if MIXED.search(text)] == []


@pytest.mark.parametrize("folder", ["web/templates", "scheduler/delivery/letters"])
def test_chinese_in_templates_has_chinese_punctuation(folder: str):
    lines = [
        line
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".txt", ".py"}
        for line in path.read_text().splitlines()
    ]
    assert [line for line in lines if MIXED.search(line)] == []
