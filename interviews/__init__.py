"""What is promised: people, firms, jobs, slots and bookings, their rules and the database."""
