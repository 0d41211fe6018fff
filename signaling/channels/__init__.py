"""Numbered messages to many readers with bounded replay. Pure; no word about jobs."""

from signaling.channels.channel import Channel, Entry

__all__ = ["Channel", "Entry"]
