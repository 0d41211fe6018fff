"""Graduates and their schools."""
