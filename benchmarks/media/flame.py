"""A flame graph and shares of CPU from what `perf script -F comm,ip,sym,dso` prints.

    perf record -e cpu-clock -F 999 -g -p WORKER -- sleep 5
    perf script -F comm,ip,sym,dso | python -m benchmarks.media.flame docs/pictures/fanout-flame.svg

Writes the picture and prints the shares of crypto, kernel, Python and compiled code as JSON.
"""

import html
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

WIDTH, ROW = 1200, 16
NARROWEST: Final = 0.002  # of the whole: what is thinner is not drawn
COLOURS: Final = {
    "kernel": "#d9822b",
    "crypto": "#3a7d44",
    "python": "#4472b8",
    "numpy": "#8a5fb0",
    "compiled": "#b0455f",
}
Stack = tuple[tuple[str, str], ...]  # (name, kind) from the root on


def kind_of(library: str) -> str:
    """Whose code it is."""
    if "kernel" in library or "unknown" in library:
        return "kernel"
    if "_binding" in library or "libcrypto" in library or "libssl" in library:
        return "crypto"
    if library.rstrip(")").endswith(".map"):  # what numba made has no file
        return "compiled"
    return "numpy" if "numpy" in library else "python"


def stacks(lines: Iterable[str]) -> Iterator[Stack]:
    """One for each sample."""
    frames: list[tuple[str, str]] = []
    for line in lines:
        words = line.split()
        if not words:
            if frames:
                yield tuple(reversed(frames))
            frames = []
        elif line[0].isspace() and len(words) > 2:
            library = words[-1].strip("()")
            name = " ".join(words[1:-1])
            if name == "[unknown]":
                name = Path(library).name.split(".")[0]
            if not frames or frames[-1] != (name, kind_of(library)):  # recursion is one box
                frames.append((name, kind_of(library)))
    if frames:
        yield tuple(reversed(frames))


def shares(found: Counter[Stack]) -> dict[str, float]:
    """Which part of the samples was where."""
    total = sum(found.values())
    parts: Counter[str] = Counter()
    for stack, count in found.items():
        parts[stack[-1][1]] += count
    return {name: round(count / total, 3) for name, count in parts.most_common()}


def boxes(found: Counter[Stack]) -> Iterator[tuple[int, float, float, str, str]]:
    """Depth, left edge and width (of 1), name and kind of each box."""
    total = sum(found.values())

    def level(
        members: list[tuple[Stack, int]], depth: int, left: float
    ) -> Iterator[tuple[int, float, float, str, str]]:
        groups: dict[tuple[str, str], list[tuple[Stack, int]]] = {}
        for stack, count in members:
            if len(stack) > depth:
                groups.setdefault(stack[depth], []).append((stack, count))
        for (name, kind), inside in sorted(groups.items()):
            width = sum(count for _, count in inside) / total
            if width >= NARROWEST:
                yield depth, left, width, name, kind
                yield from level(inside, depth + 1, left)
            left += width

    yield from level(list(found.items()), 0, 0.0)


def picture(found: Counter[Stack]) -> str:
    """The graph as SVG: width is CPU, what called is below."""
    drawn = list(boxes(found))
    height = (max(depth for depth, *_ in drawn) + 1) * ROW + 30
    box = f"0 0 {WIDTH} {height}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-size="10">'
    parts = [head]
    for n, (kind, colour) in enumerate(COLOURS.items()):
        parts.append(f'<rect x="{n * 90 + 4}" y="4" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{n * 90 + 20}" y="14" fill="#888">{kind}</text>')
    for depth, left, width, name, kind in drawn:
        x, y, w = left * WIDTH, height - (depth + 1) * ROW, width * WIDTH
        label = html.escape(name)
        parts.append(
            f'<g><title>{label} {width:.1%}</title><rect x="{x:.1f}" y="{y}" width="{w:.1f}" '
            f'height="{ROW - 1}" fill="{COLOURS[kind]}" stroke="#fff" stroke-width="0.3"/>'
        )
        if (room := int(w / 6)) > 3:
            parts.append(f'<text x="{x + 2:.1f}" y="{y + 11}" fill="#fff">{label[:room]}</text>')
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Read standard input, write the picture, print the shares."""
    found = Counter(stacks(sys.stdin))
    Path(sys.argv[1]).write_text(picture(found), "utf-8")
    print(json.dumps({"samples": sum(found.values()), "shares": shares(found)}))


if __name__ == "__main__":
    main()
