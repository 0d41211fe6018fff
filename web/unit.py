"""One request is one transaction: opened at first use, committed before the answer leaves."""

from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.database import ATTEMPTS, Stale, is_retryable
from interviews.refusals import Refusal
from web.keys import DATABASE, DRAIN

LOG = structlog.get_logger()
READS = frozenset({"GET", "HEAD", "OPTIONS"})
UNIT: web.RequestKey["Unit"] = web.RequestKey("unit")


class Unit:
    """The request's unit of work; read-only for GET, one writing transaction otherwise."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._stack = AsyncExitStack()
        self._place = AsyncExitStack()
        self._placed = False
        self._session: AsyncSession | None = None
        self._reads = request.method in READS
        self.afterwards: list[Callable[[], None]] = []

    @property
    def wrote(self) -> bool:
        """Whether a writing transaction was opened."""
        return self._session is not None and not self._reads

    async def session(self) -> AsyncSession:
        """The one session of this request."""
        if self._session is None:
            database = self._request.app[DATABASE]
            if not self._placed:
                await self._place.enter_async_context(database.place())
                self._placed = True
            unit = database.reading if self._reads else database.writing
            context = unit(placed=True)
            self._session = await self._stack.enter_async_context(context)
        return self._session

    async def undo(self, refusal: Refusal) -> None:
        """Keep nothing of what was written; from here on the request only reads.

        It keeps its place, so that whoever was refused does not queue a second time.
        """
        await self._end(refusal)
        self._session, self._reads = None, True
        self.afterwards.clear()

    async def close(self, error: BaseException | None) -> None:
        """Commit, or roll back because of `error`; then somebody else may come."""
        try:
            await self._end(error)
        finally:
            await self._place.aclose()
        if error is None:
            for act in self.afterwards:
                self._perform(act)

    async def _end(self, error: BaseException | None) -> None:
        if error is None:
            await self._stack.aclose()
        else:
            await self._stack.__aexit__(type(error), error, error.__traceback__)

    @staticmethod
    def _perform(act: Callable[[], None]) -> None:
        """What was written is kept already, so a fault here must not make it look undone."""
        try:
            act()
        except Exception:
            LOG.exception("after-commit-failed")


async def unit(request: web.Request) -> AsyncSession:
    """The request's session, opened at first use."""
    return await request[UNIT].session()


async def undo(request: web.Request, refusal: Refusal) -> None:
    """Before a refusal is shown in place: roll back, let other writers go on, and only read."""
    await request[UNIT].undo(refusal)


def after_commit(request: web.Request, act: Callable[[], None]) -> None:
    """Do something in memory once the request's work is kept; not at all if it is rolled back."""
    request[UNIT].afterwards.append(act)


async def _once(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[UNIT] = work = Unit(request)
    try:
        answer = await handler(request)
    except web.HTTPRedirection:
        await work.close(None)  # a raised redirect is a success
        raise
    except BaseException as error:
        await work.close(error)
        raise
    await work.close(None)
    return answer


@web.middleware
async def unit_of_work(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the handler a unit; run it again after a deadlock (PostgreSQL) or a stale read."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _once(request, handler)
        except (DBAPIError, Stale) as error:
            if attempt == ATTEMPTS or not is_retryable(error):
                raise
        finally:
            if request[UNIT].wrote:
                request.app[DRAIN].wake()
    raise AssertionError  # the loop returns or raises
