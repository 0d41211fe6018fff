"""What is left of a message once it has been read."""

import gc
import json
import secrets
import sys

from signaling.rooms.messages.client import CLIENT_MESSAGES

LINES = 200


def read_some(count: int) -> None:
    for _ in range(count):
        text = secrets.token_urlsafe(24)
        CLIENT_MESSAGES.validate_json(json.dumps({"type": "send-chat", "text": text, "key": text}))


def test_nothing_that_was_said_is_kept_by_who_reads_it() -> None:
    read_some(10)
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        read_some(LINES)
        assert sys.getallocatedblocks() - before < LINES // 2
    finally:
        gc.enable()
