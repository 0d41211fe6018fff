"""When it happens: invites, reminders, delivery."""
