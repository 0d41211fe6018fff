"""The addresses of a room, as the engine hands them out."""

from urllib.parse import quote

from signaling.endpoints import whep, whip

SOCKET = "/socket/{room}"


def whip_path(room: str) -> str:
    """Where to POST an offer to publish."""
    return whip.ENDPOINT.format(room=quote(room, safe=""))


def whep_path(room: str) -> str:
    """Where to POST an offer to subscribe."""
    return whep.ENDPOINT.format(room=quote(room, safe=""))


def socket_path(room: str) -> str:
    """Where the room socket of a room is."""
    return SOCKET.format(room=quote(room, safe=""))
