#!/usr/bin/env bash
# Installs lock files into .venv, every file by its hash: with uv, which takes a few seconds where pip
# takes half a minute, and with pip where there is no uv or it does not reach what pip reaches.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
pip() { "$python" -m pip --quiet --disable-pip-version-check "$@"; }
locked=(--require-hashes --no-deps)
for lock in "$@"; do locked+=(-r "$lock"); done

[ -x .venv/bin/uv ] ||
  pip install --only-binary :all: --require-hashes --no-deps -r requirements/installer.lock || true
index=${PIP_INDEX_URL:-$(pip config get global.index-url 2>/dev/null || true)} # a mirror nearby
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
if [ -x .venv/bin/uv ]; then
  .venv/bin/uv pip install --quiet --system-certs --python "$python" "${locked[@]}" && exit
  echo "uv cannot, so pip does" >&2
fi
pip install "${locked[@]}"
