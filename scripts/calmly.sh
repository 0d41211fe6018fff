#!/usr/bin/env bash
# Runs a command on what others leave of the processors.
#
# Linux gives every session its share whatever `nice` says inside of it (sched(7), "The autogroup
# feature"), and a browser is a session: so the command gets one of its own, and that one is nice.
set -euo pipefail

if ! command -v setsid >/dev/null; then
  exec nice -n 19 "$@"
fi
setsid bash -c '{ echo 19 >/proc/self/autogroup; } 2>/dev/null || true; exec nice -n 19 "$@"' _ "$@" &
session=$!
trap 'kill -- "-$session" 2>/dev/null' INT TERM
wait "$session"
