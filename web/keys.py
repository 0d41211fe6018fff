"""What the composition root hands down to handlers."""

from typing import TYPE_CHECKING

from aiohttp import web
from jinja2 import Environment

from interviews.database import Database
from interviews.ports import Clock, Links, Translator
from web.secrets import Secrets
from web.settings import Settings

if TYPE_CHECKING:
    from scheduler.drain import Drain
    from signaling.engine import Engine

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
CLOCK: web.AppKey[Clock] = web.AppKey("clock", Clock)
LINKS: web.AppKey[Links] = web.AppKey("links", Links)
TRANSLATOR: web.AppKey[Translator] = web.AppKey("translator", Translator)
TEMPLATES = web.AppKey("templates", Environment)
SECRETS = web.AppKey("secrets", Secrets)
ENGINE: "web.AppKey[Engine]" = web.AppKey("engine")
DRAIN: "web.AppKey[Drain]" = web.AppKey("drain")
