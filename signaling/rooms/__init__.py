"""The room: a pure state machine (participants, knock and admit, seats, chat, media map)."""
