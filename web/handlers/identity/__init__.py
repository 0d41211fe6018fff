"""Signing up, signing in, one's own account, and everybody's accounts for administrators."""
