"""How functions are compiled: by numba, at a worker's start or when they are first called.

A compiled function may only call others of its own file: numba does not notice when those of
another file have changed.
"""

from collections.abc import Callable
from typing import Any, Final

import numba
from numba import types

helper: Any = numba.njit  # marks what only compiled functions call
TYPES: Final = {
    "bool": "b1",
    "long": "int64",
    "bytes": "uint8[::1]",
    "ints": "int32[::1]",
    "lengths": "uint32[:]",
    "longs": "int64[::1]",
    "byte rows": "uint8[:,::1]",
    "long rows": "int64[:,::1]",
}
ADDRESS: Any = types.int64
INT: Any = types.int32


def entry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Marks what `compiled` makes of: no line of it, nor of a helper, ever runs as Python."""
    return function


def compiled(function: Callable[..., Any], arguments: str) -> Any:
    """A function for arguments of these kinds, compiled now or taken from an earlier start.

    It gives an integer of 64 bits. Arrays lie in one piece, but for `lengths`.
    """
    kinds = ",".join(TYPES[kind.strip()] for kind in arguments.split(","))
    try:
        return numba.njit(f"int64({kinds})", cache=True)(function)
    except RuntimeError:  # nowhere to keep it, as in an image that cannot be written
        return numba.njit(f"int64({kinds})")(function)
