"""What happens around a handler; each group of routes has its own chain."""
