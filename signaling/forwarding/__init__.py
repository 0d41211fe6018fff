"""Forwarding without sockets, clocks or asyncio: packets and `now` in, typed actions out."""
