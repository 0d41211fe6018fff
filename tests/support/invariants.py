"""What must hold of claims and bookings at every moment, read with plain SQL."""

from sqlalchemy import text

from interviews.database import Database

OVERLAPS = """
SELECT a.id, b.id, a.resource FROM occupancy a JOIN occupancy b
ON a.resource = b.resource AND a.id < b.id
AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
"""
WITHOUT_OWNER = """
SELECT o.id, o.slot_id, o.booking_id FROM occupancy o WHERE NOT EXISTS (
    SELECT 1 FROM booking b WHERE b.state IN ('held', 'confirmed')
    AND (b.id = o.booking_id OR b.slot_id = o.slot_id))
"""
WITHOUT_OWN_CLAIM = """
SELECT b.id FROM booking b JOIN slot s ON s.id = b.slot_id
WHERE b.state IN ('held', 'confirmed') AND 1 <> (
    SELECT count(*) FROM occupancy o
    WHERE o.booking_id = b.id AND o.resource = 'person:' || b.graduate_id
    AND o.starts_at = s.starts_at)
"""
WITHOUT_PANEL_CLAIM = """
SELECT b.id, p.person_id FROM booking b JOIN slotinterviewer p ON p.slot_id = b.slot_id
WHERE b.state IN ('held', 'confirmed') AND 1 <> (
    SELECT count(*) FROM occupancy o
    WHERE o.slot_id = b.slot_id AND o.resource = 'person:' || p.person_id)
"""
SEATS = """
SELECT b.slot_id, count(*), s.capacity FROM booking b JOIN slot s ON s.id = b.slot_id
WHERE b.state IN ('held', 'confirmed') GROUP BY b.slot_id, s.capacity
HAVING count(*) > s.capacity OR count(*) <> count(DISTINCT b.seat)
"""
HOLDS = """
SELECT graduate_id FROM booking WHERE state = 'held' GROUP BY graduate_id HAVING count(*) > 1
"""
UNTOLD = """
SELECT b.id FROM booking b WHERE b.state = 'confirmed' AND EXISTS (
    SELECT 1 FROM attendee a WHERE a.booking_id = b.id AND NOT EXISTS (
        SELECT 1 FROM outbox o WHERE o.recipient_id = a.person_id
        AND o.dedupe_key = b.id || ':REQUEST:' || b.sequence || ':' || a.person_id))
"""
WITHOUT_ATTENDEE = """
SELECT b.id FROM booking b WHERE b.state = 'confirmed' AND (
    SELECT count(*) FROM attendee a WHERE a.booking_id = b.id) <> 1 + (
    SELECT count(*) FROM slotinterviewer p WHERE p.slot_id = b.slot_id)
"""
RULES = {
    "two claims on one moment": OVERLAPS,
    "a claim without a live owner": WITHOUT_OWNER,
    "a live booking without its own claim": WITHOUT_OWN_CLAIM,
    "a live booking without its panel's claims": WITHOUT_PANEL_CLAIM,
    "more seats than the slot has": SEATS,
    "two holds of one graduate": HOLDS,
    "somebody who was not told": UNTOLD,
    "attendees that are not graduate and panel": WITHOUT_ATTENDEE,
}


async def broken_rules(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every broken rule with its rows; {} when all is well."""
    broken = {}
    async with database.reading() as session:
        for name, query in RULES.items():
            rows = [tuple(row) for row in await session.execute(text(query))]
            if rows:
                broken[name] = rows
    return broken
