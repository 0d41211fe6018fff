"""Files of at most 400 lines, functions of at most 50: the house stays readable."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("interviews", "scheduler", "signaling", "web", "tests", "benchmarks", "scripts")
FILE_LIMIT = 400  # lines
FUNCTION_LIMIT = 50  # lines
SUFFIXES = {".py", ".ts", ".html", ".scss"}


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and "static" not in path.parts:
                yield path


def too_long(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    name = path.relative_to(ROOT)
    if (count := len(text.splitlines())) > FILE_LIMIT:
        yield f"{name}: {count} lines, at most {FILE_LIMIT}"
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LIMIT and "versions" not in path.parts:  # migrations are lists
                yield f"{name}:{node.lineno}: {node.name} has {length} lines"


def main() -> int:
    problems = [problem for path in files() for problem in too_long(path)]
    print("\n".join(problems) or "every file and function is small enough")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
