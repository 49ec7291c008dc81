"""The pace at which requests leave for Discord, whoever makes them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.http import Route
from yarl import URL

from bot.core.pace import Breaker, Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import SimpleNamespace

    from bot.adapters.chat.witness import Witness

log = logging.getLogger(__name__)

_BURST = 5
_LONGEST_PAUSE = 5.0  # seconds; whoever would wait longer comes back later
_LONGEST_BAN = 3600.0  # seconds, where Discord does not say
_LONGEST_STOP = 86_400.0  # seconds, whatever Discord says
_INVALID = (401, 403, 429)
_TOO_MANY = 429
_GLOBAL = "X-RateLimit-Global"
_SERVER_ERRORS = 500
# which Discord does not count, and people wait for
_EXEMPT = ("/interactions/", "/webhooks/")


class Stopped(discord.RateLimited):
    """A request that was not sent: none leaves for `retry_after` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.args = (f"Discord wants no requests for {wait:.0f} seconds",)


class UndecidedError(aiohttp.ClientError):
    """An answer that does not say whether a thread was opened, which nobody may try again."""


class Pacing:
    """Holds every request back until its turn, and all while Discord wants none.

    `rate` is requests a second. Answers to interactions go at once. Whoever is cancelled while
    waiting takes no turn.
    """

    def __init__(self, *, rate: float, witness: Witness) -> None:
        self._bucket = Bucket(rate=rate, burst=_BURST)
        self._breaker = Breaker()
        self._witness = witness
        self._turns = asyncio.Lock()  # first come, first served

    def trace(self) -> aiohttp.TraceConfig:
        """Return what `discord.Client` takes as its `http_trace`."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._before)
        trace.on_request_end.append(self._after)
        trace.on_request_exception.append(self._broken)
        return trace

    async def _before(
        self,
        _: aiohttp.ClientSession,
        context: SimpleNamespace,
        request: aiohttp.TraceRequestStartParams,
    ) -> None:
        path = _path(request.url)
        if path is not None and not path.startswith(_EXEMPT):
            await self._turn()
        context.began = _now()

    async def _turn(self) -> None:
        async with self._turns:
            while True:
                now = _now()
                if self._breaker.is_open(now=now):
                    raise Stopped(self._breaker.open_until - now)
                wait = self._bucket.due - now
                if wait > _LONGEST_PAUSE:
                    raise Stopped(wait)
                if wait <= 0:
                    break
                await asyncio.sleep(wait)
            self._bucket = self._bucket.take(now=now)

    async def _after(
        self,
        _: aiohttp.ClientSession,
        context: SimpleNamespace,
        request: aiohttp.TraceRequestEndParams,
    ) -> None:
        if _path(request.url) is None:
            return
        status, headers = request.response.status, request.response.headers
        if "Date" in headers:
            self._witness.hear(headers["Date"], took=_now() - context.began)
        self._learn(status, headers)
        if status == _TOO_MANY and _GLOBAL in headers:
            # discord.py would hold all back until this one goes on, which may be cancelled instead
            raise Stopped(_seconds(headers.get("Retry-After")))
        if status >= _SERVER_ERRORS and _opens_a_thread(request.method, request.url):
            raise UndecidedError(f"{status} when a thread was to be opened")

    async def _broken(
        self,
        _: aiohttp.ClientSession,
        __: SimpleNamespace,
        request: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        """Keep discord.py from trying again, as it does on some systems."""
        if isinstance(request.exception, OSError) and _opens_a_thread(request.method, request.url):
            raise UndecidedError(str(request.exception)) from request.exception

    def _learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in what an answer says of our requests."""
        if status not in _INVALID or headers.get("X-RateLimit-Scope") == "shared":
            return
        now = _now()
        was_open = self._breaker.is_open(now=now)
        self._breaker = self._breaker.fail(now=now)
        if status == _TOO_MANY:
            wait = _seconds(headers.get("Retry-After"))
            if "Via" not in headers:  # it does not come from Discord, but from what guards it
                self._breaker = self._breaker.stop(until=now + (wait or _LONGEST_BAN))
            elif _GLOBAL in headers:
                self._bucket = self._bucket.pause(until=now + wait)
        if self._breaker.is_open(now=now) and not was_open:
            log.error(
                "Discord refuses too much (last with %d); no requests for %.0f seconds",
                status,
                self._breaker.open_until - now,
            )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _path(url: URL) -> str | None:
    """Return the path below the API's address; None where it is no address of the API."""
    base = URL(Route.BASE)
    if url.origin() != base.origin() or not url.path.startswith(base.path):
        return None
    return url.path.removeprefix(base.path)


def _opens_a_thread(method: str, url: URL) -> bool:
    """Tell whether it opens a thread of a forum, for which Discord knows no nonce."""
    return method == "POST" and url.path.endswith("/threads")


def _seconds(text: str | None) -> float:
    try:
        return min(float(text or 0), _LONGEST_STOP)
    except ValueError:
        return 0.0
