"""Random secrets, and the hash that we keep of them."""

import hashlib
import secrets


def new_token() -> str:
    """43 URL-safe characters, 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token: SHA-256 in hex.

    A plain hash is enough: nobody can guess 256 random bits.
    """
    return hashlib.sha256(token.encode()).hexdigest()
