"""Times that a panel offers."""
