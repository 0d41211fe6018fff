"""Who is taken when; the database itself refuses an overlap."""
