"""Which worker takes a new session: a room stays together while there is room, then it spans."""

from collections.abc import Iterable, Mapping


def ranked(
    up: Iterable[str], *, load: Mapping[str, int], here: Mapping[str, int], enough: int
) -> tuple[str, ...]:
    """The workers in the order in which they should take the next session of a room.

    Args:
        up: The workers that take sessions.
        load: How many sessions each has, of whatever room.
        here: How many of them belong to this room.
        enough: From so many sessions on a worker only takes more when all others have as many.
    """

    def rank(worker: str) -> tuple[bool, bool, int, str]:
        has = load.get(worker, 0)
        return has >= enough, not here.get(worker), has, worker

    return tuple(sorted(up, key=rank))


def at_home(
    order: tuple[str, ...], home: str, *, load: Mapping[str, int], enough: int
) -> tuple[str, ...]:
    """The same order, but the room's own worker first unless it has enough."""
    if home not in order or load.get(home, 0) >= enough:
        return order
    return home, *(worker for worker in order if worker != home)
