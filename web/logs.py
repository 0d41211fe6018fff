"""A log line is an event name and fields; nobody's name, address or token is ever in one."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TextIO

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from typing_extensions import override

HIDDEN = "***"
EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
PHONE = re.compile(r"(?<![\w.:-])(?:\+\d[\d -]{7,15}\d|1[3-9]\d{9})(?![\w.:-])")
TOKEN = re.compile(r"(?<![\w/.-])(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[\w-]{20,}(?:\.[\w-]+)*")
LINK = re.compile(r"/(?:i|verify|reset|sign-in/link)/[^\s\"'?]+")
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
IPV6 = re.compile(
    r"(?<![\w:])(?:(?=[\da-f:]*::)[\da-f:]{3,39}|(?:[\da-f]{1,4}:){7}[\da-f]{1,4})(?![\w:])",
    re.IGNORECASE,
)
PATTERNS = (LINK, EMAIL, PHONE, IPV4, IPV6, TOKEN)
OUR_WORDS = frozenset({"event", "level", "logger", "timestamp", "route"})  # never from outside


@dataclass(frozen=True, slots=True, repr=False)
class Pii:
    """Personal data on its way past a log: whoever prints it gets three stars."""

    value: object

    @override
    def __str__(self) -> str:
        return HIDDEN

    @override
    def __repr__(self) -> str:
        return HIDDEN

    @override
    def __format__(self, format_spec: str) -> str:
        return HIDDEN


def scrubbed(text: str) -> str:
    """The text without what looks like an address, a telephone number or a token."""
    for pattern in PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text


def scrub(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The last line of defence: a structlog processor that cleans every field."""
    for name, value in line.items():
        if name not in OUR_WORDS or (name == "event" and line.get("from_library")):
            line[name] = _clean(value)
    line.pop("from_library", None)
    return line


def _clean(value: object) -> object:
    match value:
        case Pii():
            return HIDDEN
        case str():
            return scrubbed(value)
        case Mapping():
            return {key: _clean(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(one) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return scrubbed(str(value))


def _from_library(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mark a line of the standard library's logging: its event is prose and must be cleaned."""
    line["from_library"] = True
    return line


def configure(level: str, form: str, *, stream: TextIO | None = None) -> None:
    """Send every line, ours and the libraries', to standard error: `form` is console or json."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared, _from_library],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            scrub,
            _renderer(form, stream or sys.stderr),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiosqlite", "alembic", "apscheduler", "asyncio", "sqlalchemy.engine"):
        logging.getLogger(noisy).setLevel(max(root.level, logging.WARNING))  # they log parameters


def _renderer(form: str, stream: TextIO) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


class AccessLog(AbstractAccessLogger):
    """One line a request: the route's template instead of the path, and no address.

    One that was answered well and soon is only said at debug: it would cost a tenth of a booking.
    """

    @override
    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        level = logging.INFO if response.status >= REFUSED or time > SLOW else logging.DEBUG
        if not self.logger.isEnabledFor(level):
            return
        structlog.get_logger("access").log(
            level,
            "request",
            method=request.method if request.method in METHODS else "other",
            route=route_of(request),
            status=response.status,
            milliseconds=round(time * 1000, 1),
        )

    @property
    @override
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)


REFUSED = 400  # HTTP status from which on somebody did not get what they asked for
SLOW = 1.0  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(request: web.BaseRequest) -> str:
    """`/verify/{token}` for `/verify/4f…`; "unknown" when no route was found."""
    if not isinstance(request, web.Request) or request.match_info is None:
        return "unknown"
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
