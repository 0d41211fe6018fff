"""WHIP, WHEP and the room socket as aiohttp handlers: route tables that somebody else mounts."""
