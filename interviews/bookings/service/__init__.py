"""Verbs of bookings: hold, book, move, cancel, release, expire, finish; and what they ask.

Every verb takes the caller's transaction. On PostgreSQL a verb may meet a deadlock, and on both
databases a `Stale` read: run units that write through `Database.retrying`.
"""

from interviews.bookings.service.book import book
from interviews.bookings.service.cancel import cancel
from interviews.bookings.service.expire import expire
from interviews.bookings.service.finish import finish
from interviews.bookings.service.free import free_slots, free_slots_of, nearest_free
from interviews.bookings.service.hold import hold
from interviews.bookings.service.move import move
from interviews.bookings.service.release import release

__all__ = [
    "book",
    "cancel",
    "expire",
    "finish",
    "free_slots",
    "free_slots_of",
    "hold",
    "move",
    "nearest_free",
    "release",
]
