"""The stored offers of real and typical clients."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "fixtures"
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.sdp")))
WHIP_NAMES = tuple(name for name in NAMES if "whip" in name)
WHEP_NAMES = tuple(name for name in NAMES if "whep" in name)


def offer(name: str) -> str:
    """The text of one stored offer, line ends as they were sent."""
    return (_FOLDER / f"{name}.sdp").read_bytes().decode()


def changed(name: str, *changes: tuple[str, str]) -> str:
    """A stored offer with every occurrence of each text replaced; each must occur."""
    text = offer(name)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
