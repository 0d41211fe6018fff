"""`daigang config`: every setting, its value, where it came from."""

from collections.abc import Iterator

from pydantic import BaseModel, SecretStr
from rich.table import Table

from web.settings import Settings, origins, without_password


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
    return "" if value is None else without_password(str(value))


def table(settings: Settings) -> Table:
    """The table that the command prints."""
    result = Table("setting", "value", "from", "meaning", show_lines=False)
    for name, value, origin, meaning in rows(settings):
        result.add_row(name, value, origin, meaning)
    return result
