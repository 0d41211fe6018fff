"""What stays in memory for good is not looked through again and again."""

import gc


def settle() -> None:
    """Leave out of all later collections what is there now: modules, routes, mapped tables.

    A full collection goes through everything that a started service has imported and built, and
    holds up every request for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
