"""The parts of `booking_race.py`: a world, a crowd of clients, a replay without the web."""
