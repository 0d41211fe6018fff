"""`daigang config`: every setting, its value, where it came from."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import BaseModel, SecretStr, TypeAdapter
from rich.table import Table

from web.settings import Settings, origins, without_password

DURATION = TypeAdapter(timedelta)


def rows(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Name, value, origin and meaning of each setting; secrets are masked."""
    where = origins(settings)
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            for inner, inner_field in type(value).model_fields.items():
                origin = where.get(f"{name}.{inner}", where[name])
                text = shown(getattr(value, inner))
                yield f"{name}.{inner}", text, origin, inner_field.description or ""
        else:
            yield name, shown(value), where[name], field.description or ""


def shown(value: object) -> str:
    """A value as the table prints it."""
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, timedelta):
        return as_typed(value)
    return "" if value is None else without_password(str(value))


def as_typed(duration: timedelta) -> str:
    """A duration as it may be set: PT8H, P30D (ISO 8601)."""
    return str(DURATION.dump_python(duration, mode="json"))


def table(settings: Settings) -> Table:
    """The table that the command prints; a narrow terminal folds cells and cuts nothing off."""
    result = Table()
    result.add_column("setting", no_wrap=True)
    result.add_column("value", overflow="fold")
    result.add_column("from", no_wrap=True)
    result.add_column("meaning", overflow="fold")
    for name, value, origin, meaning in rows(settings):
        result.add_row(name, value, origin, meaning)
    return result
