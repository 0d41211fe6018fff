"""Alembic: every change of the tables, on SQLite and on PostgreSQL."""
