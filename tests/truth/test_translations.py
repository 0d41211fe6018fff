"""Every message that a person may read has a Chinese text."""

from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from scripts import messages

PLACE = messages.re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
PARTS = sorted((messages.FOLDER / "parts").glob("*.po"))


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
