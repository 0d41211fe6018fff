"""Every setting, where it may come from, and what it means; the only reader of the environment."""

import json
import os
import re
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from typing_extensions import override

from signaling.turn import is_server_url, needs_secret
from signaling.workers.advertised import Advertised

FILE = "daigang.toml"
Port = Annotated[int, Field(ge=0, le=65535)]
Network = IPv4Network | IPv6Network
Patience = Annotated[timedelta, Field(gt=timedelta(0))]
PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]*@")  # of a URL (RFC 3986 §3.2.1)


def several(value: object) -> object:
    """What a variable lists: JSON, or words between commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"no list: {error}; write words between commas") from error
    return [word.strip() for word in value.split(",") if word.strip()]


Listed = (NoDecode, BeforeValidator(several))


class MailSettings(BaseModel):
    """How mail leaves the house; without a host it is kept in the data folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="", description="SMTP server; empty keeps mail in the data folder.")
    port: Port = Field(default=587, description="SMTP port.")
    security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="How the SMTP connection is protected."
    )
    user: str = Field(default="", description="SMTP user name; empty signs in nowhere.")
    password: SecretStr = Field(default=SecretStr(""), description="SMTP password.")
    from_address: str = Field(
        default="daigang@localhost.localdomain",
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="The address in From.",
    )
    from_name: str = Field(default="带岗 Daigang", description="The name in From.")
    organizer: str = Field(
        default="",
        description="ORGANIZER of invites, a mailbox the service reads; may hold {token}. "
        "Empty: the From address, and no answer is asked for.",
    )
    timeout: Patience = Field(
        default=timedelta(seconds=20), description="How long one SMTP step may take."
    )


class MediaSettings(BaseModel):
    """Where media flows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(default=1, ge=1, le=64, description="Number of media worker processes.")
    sessions_per_worker: int = Field(
        default=400,
        ge=1,
        description="Sessions on one worker, until its rooms span to others that have less.",
    )
    sessions_per_address: int = Field(
        default=600,
        ge=1,
        description="Media sessions at once from one address, three a person, and room sockets.",
    )
    host: str = Field(default="", description="Address to bind; empty follows `host`.")
    port: Port = Field(default=0, description="First UDP port; 0 takes any free one.")
    tcp: Literal["on", "off"] = Field(
        default="on", description="Whether media may also come by TCP, where UDP is blocked."
    )
    tcp_port: Port = Field(
        default=0, description="First TCP port for media; 0 follows the UDP port's number."
    )
    advertise: Annotated[tuple[str, ...], *Listed] = Field(
        default=(),
        description="Addresses told to browsers, where they differ from the bound one; "
        "address:port where the port outside does too.",
    )

    recordings: Path | None = Field(
        default=None, description="Folder for recordings; none is `recordings` in the data folder."
    )
    recordings_kept: Patience = Field(
        default=timedelta(days=30), description="How long a recording is kept after its end."
    )

    @field_validator("advertise")
    @classmethod
    def _known_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(Advertised.read(text)) for text in value)

    @property
    def first_tcp_port(self) -> int | None:
        """The first worker's TCP port; 0 takes any, None is no TCP."""
        return (self.tcp_port or self.port) if self.tcp == "on" else None


class Settings(BaseSettings):
    """Daigang's settings: DAIGANG_* variables first, then daigang.toml, then the default."""

    model_config = SettingsConfigDict(
        env_prefix="DAIGANG_",
        env_nested_delimiter="__",
        toml_file=FILE,
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
    )

    host: str = Field(default="127.0.0.1", description="Address that the web process binds.")
    port: Port = Field(default=8080, description="TCP port of the web process.")
    public_url: HttpUrl | None = Field(
        default=None, description="The address people use, when it differs from host and port."
    )
    data: Path = Field(default=Path("data"), description="Folder for database, keys, kept mail.")
    database_url: str = Field(
        default="", description="postgresql+asyncpg://…; empty is SQLite in the data folder."
    )
    trusted_proxies: Annotated[tuple[Network, ...], *Listed] = Field(
        default=(), description="Networks whose X-Forwarded-For is believed."
    )
    clock_offset: timedelta = Field(
        default=timedelta(0), description="Moves the clock, for demonstrations on loopback only."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The quietest event that is still logged."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How a log line is written."
    )
    drain_timeout: Patience = Field(
        default=timedelta(seconds=10), description="How long a stop may take."
    )
    turn_url: Annotated[tuple[str, ...], *Listed] = Field(
        default=(),
        description="STUN and TURN servers for browsers: turn:host:port?transport=udp, "
        "turns:host:443?transport=tcp.",
    )
    turn_secret: SecretStr = Field(
        default=SecretStr(""), description="coturn's static-auth-secret, for turn_url."
    )
    turn_lifetime: Patience = Field(
        default=timedelta(hours=8), description="How long a TURN credential is good for."
    )
    mail: MailSettings = MailSettings()
    media: MediaSettings = MediaSettings()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            driver = make_url(value).drivername
        except ArgumentError:
            driver = "?"
        if driver not in {"postgresql+asyncpg", "sqlite+aiosqlite"}:
            message = "expected postgresql+asyncpg://user@host/name or sqlite+aiosqlite:///path"
            raise ValueError(message)
        return value

    @field_validator("public_url")
    @classmethod
    def _whole_site(cls, value: HttpUrl | None) -> HttpUrl | None:
        if value is not None and (value.path not in {None, "/"} or value.query or value.fragment):
            raise ValueError("expected an address without a path, such as https://example.com")
        return value

    @model_validator(mode="after")
    def _clock_only_on_loopback(self) -> "Settings":
        if self.clock_offset and not self.is_local:
            message = "clock_offset: only allowed while bound to loopback without a public URL"
            raise ValueError(message)
        return self

    @field_validator("turn_url")
    @classmethod
    def _known_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not is_server_url(url):
                expected = "turn:host:port?transport=udp, turns:host:port or stun:host:port"
                raise ValueError(f"no STUN or TURN server: {url}; expected {expected}")
        return value

    @model_validator(mode="after")
    def _turn_with_its_secret(self) -> "Settings":
        if any(map(needs_secret, self.turn_url)) != bool(self.turn_secret.get_secret_value()):
            message = "turn_secret: needed with a turn: or turns: URL in turn_url, and only then"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _media_beside_pages(self) -> "Settings":
        first = self.media.first_tcp_port
        if first and self.port in range(first, first + self.media.workers):
            message = f"media.tcp_port: {self.port} is the port of the web process; set another one"
            raise ValueError(message)
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the service; a proxy would bring others."""
        return self.public_url is None and not self.trusted_proxies and is_loopback(self.host)

    @property
    def database(self) -> str:
        """The database URL, with the embedded default filled in."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'daigang.sqlite3'}"

    @property
    def rooms(self) -> Path:
        """The folder of notes about rooms that are in use."""
        return self.data / "rooms"

    @property
    def recordings(self) -> Path:
        """The folder of recordings, with the embedded default filled in."""
        return self.media.recordings or self.data / "recordings"

    @property
    def base_url(self) -> str:
        """The address that links start with, without a slash at the end."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@lru_cache(maxsize=256)  # asked for every request, about the same few names
def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def without_password(text: str) -> str:
    """A text with the passwords of its URLs masked."""
    return PASSWORD.sub(r"\1***@", text)


def variables() -> set[str]:
    """Every DAIGANG_* variable that a setting reads."""
    known = set()
    for name, field in Settings.model_fields.items():
        known.add(f"DAIGANG_{name.upper()}")
        if isinstance(field.default, BaseModel):
            inner = type(field.default).model_fields
            known.update(f"DAIGANG_{name.upper()}__{one.upper()}" for one in inner)
    return known


def unknown_variables() -> list[str]:
    """DAIGANG_* variables that no setting reads: usually a slip of the pen."""
    known = variables()
    return sorted(
        name
        for name in os.environ  # noqa: TID251  the one place
        if name.upper().startswith("DAIGANG_") and name.upper() not in known
    )


def origins(settings: Settings) -> dict[str, str]:
    """Where each setting came from: argument, environment, file or default.

    Settings inside a group are named `group.setting`.
    """
    environment = EnvSettingsSource(Settings)()
    file = TomlConfigSettingsSource(Settings)() if Path(FILE).is_file() else {}
    found = {}
    for name, field in Settings.model_fields.items():
        value, default = getattr(settings, name), field.get_default()
        if isinstance(value, BaseModel):
            for inner in type(value).model_fields:
                same = getattr(value, inner) == getattr(default, inner)
                sources = (environment.get(name, {}), file.get(name, {}))
                found[f"{name}.{inner}"] = _origin(inner, *sources, same=same)
        found[name] = _origin(name, environment, file, same=value == default)
    return found


def _origin(
    name: str, environment: dict[str, object], file: dict[str, object], *, same: bool
) -> str:
    if name in environment:
        return "environment"
    if name in file:
        return FILE
    return "default" if same else "argument"
