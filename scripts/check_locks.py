"""Lock files name versions and hashes, never an address."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r'"resolved"|--(extra-)?index-url|--find-links|https?://\S*(simple|registry)')


def main() -> int:
    problems = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in [*(ROOT / "requirements").glob("*.lock"), ROOT / "package-lock.json"]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if ADDRESS.search(line)
    ]
    print("\n".join(problems) or "no lock file names an address")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
