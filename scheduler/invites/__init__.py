"""Pure: a booking's facts in, iCalendar bytes and MIME out (iMIP, RFC 5545, 5546, 6047)."""
