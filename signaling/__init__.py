"""Who sees and hears whom: rooms, WHIP, WHEP, forwarding. Knows nothing of jobs."""
