"""Firms and their recruiters."""
