"""Verbs about jobs: read, search, write."""
