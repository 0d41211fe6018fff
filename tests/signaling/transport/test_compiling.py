"""How functions are compiled."""

from typing import Any

from signaling.transport.compiling import compiled


def test_where_nothing_can_be_kept_a_function_is_compiled_all_the_same() -> None:
    made: dict[str, Any] = {}
    exec("def double(value):\n    return 2 * value", made)  # noqa: S102  it is of no file
    assert compiled(made["double"], "long")(21) == 42
