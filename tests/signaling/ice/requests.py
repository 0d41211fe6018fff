"""Binding requests as a peer's ICE agent writes them."""

import struct

from signaling.ice.agent import Credentials
from signaling.ice.stun import Attribute, MessageType, build_stun

OURS = Credentials("ours", "our-password-of-22-chars", "theirs", "their-password-of-22-ch")
NEXT = Credentials("ours-2", "our-second-password-22", "theirs-2", "their-second-password-")
TRANSACTION = bytes(range(12))
HERE = ("198.51.100.7", 40000)
THERE = ("203.0.113.9", 50000)


def check(
    generation: Credentials = OURS,
    *,
    nominate: bool = False,
    role: Attribute = Attribute.ICE_CONTROLLING,
    password: str | None = None,
    username: str | None = None,
    more: tuple[tuple[int, bytes], ...] = (),
    transaction: bytes = TRANSACTION,
) -> bytes:
    """A check of a full agent (RFC 8445 §7.2.2)."""
    name = username or f"{generation.local_ufrag}:{generation.remote_ufrag}"
    attributes = [
        (int(Attribute.USERNAME), name.encode()),
        (int(Attribute.PRIORITY), struct.pack("!I", 1845501695)),
        (int(role), bytes(8)),
    ]
    if nominate:
        attributes.append((int(Attribute.USE_CANDIDATE), b""))
    return build_stun(
        MessageType.BINDING_REQUEST,
        transaction,
        (*attributes, *more),
        password or generation.local_password,
    )
