"""What the engine counts, for metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Counters since the start."""

    connections: int = 0  # room sockets that said a valid hello
    slow_readers: int = 0  # connections dropped because they read too slowly
    refused_messages: int = 0  # malformed or too many
    faults: int = 0  # bugs that were kept inside one room
