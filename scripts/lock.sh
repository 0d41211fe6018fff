#!/usr/bin/env bash
# Writes the lock files: universal, with hashes, without any address.
set -euo pipefail
cd "$(dirname "$0")/.."
UV=${UV:-.venv/bin/uv}
compile() { "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate "$@"; }
compile pyproject.toml --group dev -o requirements/dev.lock
compile pyproject.toml --constraint requirements/dev.lock -o requirements/runtime.lock
compile --group node -o requirements/node.lock
compile --group installer --constraint requirements/dev.lock -o requirements/installer.lock
if grep -nE '://|find-links' requirements/*.lock; then echo "a lock file names an address" >&2; exit 1; fi
