"""The whole sitemap on one screen."""

from web.handlers import language
from web.sitemap import ANYONE, Route

PAGES: tuple[Route, ...] = (Route("POST", "/language", language.choose, ANYONE),)
