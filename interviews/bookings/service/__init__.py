"""Verbs of bookings: hold, book, move, cancel, release, expire, finish; and what they ask.

Every verb takes the caller's transaction. On PostgreSQL a verb may meet a deadlock, and on both
databases a `Stale` read: run units that write through `Database.retrying`.
"""

from interviews.bookings.service.answer import answer
from interviews.bookings.service.book import book
from interviews.bookings.service.cancel import cancel
from interviews.bookings.service.expire import expire
from interviews.bookings.service.finish import finish
from interviews.bookings.service.free import free_slots, free_slots_of, nearest_free, nearest_of
from interviews.bookings.service.history import Told, history
from interviews.bookings.service.hold import hold
from interviews.bookings.service.move import move
from interviews.bookings.service.offered import OfferedSlot, offered_slots
from interviews.bookings.service.offering import preview_slots, publish_slots, withdraw_slot
from interviews.bookings.service.release import release
from interviews.bookings.service.views import (
    Interview,
    Party,
    booking_for,
    bookings_of_slots,
    firm_bookings,
    my_interviews,
)

__all__ = [
    "Interview",
    "OfferedSlot",
    "Party",
    "Told",
    "answer",
    "book",
    "booking_for",
    "bookings_of_slots",
    "cancel",
    "expire",
    "finish",
    "firm_bookings",
    "free_slots",
    "free_slots_of",
    "history",
    "hold",
    "move",
    "my_interviews",
    "nearest_free",
    "nearest_of",
    "offered_slots",
    "preview_slots",
    "publish_slots",
    "release",
    "withdraw_slot",
]
