#!/usr/bin/env bash
# What tests and benchmarks need beyond Python and Node: a browser, PostgreSQL, a Chinese font,
# Janus, coturn, nginx.
set -euo pipefail

lacking=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || lacking+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || lacking+=(postgresql)
command -v fc-list >/dev/null && fc-list ':lang=zh' 2>/dev/null | grep -q . || lacking+=(fontconfig fonts-noto-cjk)
command -v ip >/dev/null || lacking+=(iproute2)
[ "$(uname)" != Linux ] || command -v janus >/dev/null || lacking+=(janus)
command -v turnserver >/dev/null || lacking+=(coturn)
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || lacking+=(nginx)

[ ${#lacking[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq "${lacking[@]}" >/dev/null
else
  echo "The tests need: ${lacking[*]}" >&2
  echo "On Debian: sudo apt install ${lacking[*]}" >&2
  echo "On macOS: brew install --cask chromium; brew install postgresql coturn nginx" >&2
  exit 1
fi
