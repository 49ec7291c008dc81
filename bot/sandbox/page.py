"""Puts simcord's page of one channel beside a choice of channels, people and times.

simcord shows one channel as one person and refuses to be framed. A small server in front of it
hands its page on from the same address, so that one page can hold all of it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AsyncExitStack
from datetime import UTC
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import simcord
from aiohttp import web

from bot.sandbox.passage import guard_of, pass_on
from bot.sandbox.window import Window, form_of, kind_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.sandbox.window import World

_log = logging.getLogger(__name__)

_STATIC: Final = Path(__file__).with_name("static")
_HOUR: Final = 3600.0
_AWAY: Final = 3 * 24 * _HOUR
_UPLOAD: Final = 27 * 1024 * 1024  # simcord itself stops at 26 MiB and says so better


async def serve(
    world: World, *, port: int, ready: Callable[[str], None], stop: asyncio.Event
) -> None:
    """Serve the page until `stop` is set; call `ready` with its address once it can be opened."""
    listening = socket.create_server(("127.0.0.1", port))
    chosen: int = listening.getsockname()[1]
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        client = await stack.enter_async_context(
            aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None))
        )
        window = await stack.enter_async_context(Window(world=world))
        runner = web.AppRunner(
            _application(_Desk(world, window, client), chosen),
            access_log=None,
            shutdown_timeout=2.0,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listening).start()
        ready(f"http://127.0.0.1:{chosen}/")
        await stop.wait()


class _Desk:
    """Answers the page: one wish at a time, as simcord wants it."""

    def __init__(self, world: World, window: Window, client: aiohttp.ClientSession) -> None:
        self._world = world
        self._window = window
        self._client = client
        self._lock = asyncio.Lock()

    async def state(self, _: web.Request) -> web.Response:
        # A timer of the bot may have fired on its own; simcord's page only follows what it did.
        if self._window.behind and not self._lock.locked():
            return await self._perform(self._follow)
        return web.json_response(self._state())

    async def look(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        channel = _chosen(asked, "channel", self._world.channels)
        person = _chosen(asked, "person", self._world.people)
        return await self._perform(lambda: self._look(channel, person))

    async def next_digest(self, _: web.Request) -> web.Response:
        return await self._perform(self._next_digest)

    async def hour(self, _: web.Request) -> web.Response:
        return await self._perform(self._hour)

    async def point(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        menu = self._window.menu()
        name = menu[_chosen(asked, "command", menu)]
        return await self._perform(lambda: self._point(name))

    async def fill(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        values = asked.get("values") if isinstance(asked, dict) else None
        if not isinstance(values, dict):
            values = None
        return await self._perform(lambda: self._fill(values))

    async def restart(self, _: web.Request) -> web.Response:
        return await self._perform(lambda: self._restart(after=0.0))

    async def away(self, _: web.Request) -> web.Response:
        return await self._perform(lambda: self._restart(after=_AWAY))

    async def pass_on(self, request: web.Request) -> web.Response:
        if request.path != "/api/action":
            return await pass_on(request, self._window, self._client)
        async with self._lock:
            answer = await pass_on(request, self._window, self._client)
            self._window.note()
            return answer

    async def _perform(self, work: Callable[[], Awaitable[str]]) -> web.Response:
        try:
            async with self._lock:
                said = await work()
        except simcord.SetupError as error:
            return _problem(HTTPStatus.CONFLICT, f"This cannot be done now: {error}")
        except Exception as error:  # noqa: BLE001 - whatever went wrong belongs on the page
            _log.exception("The sandbox could not do what was asked")
            text = f"{type(error).__name__}: {error}"
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, text)
        return web.json_response({**self._state(), "said": said})

    async def _follow(self) -> str:
        await self._window.refresh()
        return ""

    async def _look(self, channel: int, person: int) -> str:
        self._window.channel, self._window.person = channel, person
        await self._window.open()
        return f"#{self._world.channels[channel].name} as {self._world.people[person].name}."

    async def _next_digest(self) -> str:
        try:
            now = await self._world.to_next_digest()
        finally:
            await self._window.refresh()
        return "No digest is planned." if now is None else _said(now)

    async def _hour(self) -> str:
        try:
            now = await self._world.advance(_HOUR)
        finally:
            await self._window.refresh()
        return _said(now)

    async def _point(self, name: str) -> str:
        try:
            found = await self._window.point(name)
        finally:
            await self._window.refresh()
        return f"{name}, on the newest message." if found else "There is no message yet."

    async def _fill(self, values: dict[str, str] | None) -> str:
        try:
            sent = await self._window.fill(values)
        finally:
            await self._window.refresh()
        return "The form is sent." if sent else "The form is put away."

    async def _restart(self, *, after: float) -> str:
        await self._window.close()
        try:
            await self._world.restart(after=after)
        finally:
            await self._window.open()
        return f"The bot has started again. {_said(self._world.env.now())}"

    def _state(self) -> dict[str, object]:
        return {
            "channels": [
                {
                    "name": channel.name,
                    "kind": kind_of(channel, self._world.env),
                    "tags": list(tags_of(channel, self._world.env)),
                }
                for channel in self._world.channels
            ],
            "people": [{"name": who.name, "role": who.role} for who in self._world.people],
            "menu": list(self._window.menu()),
            "form": form_of(self._window.shown),
            "hints": list(self._world.hints),
            "channel": self._window.channel,
            "person": self._window.person,
            "clock": self._world.env.now().astimezone(UTC).isoformat(),
            "frame": self._window.frame,
            "refusal": self._window.refusal,
            "busy": self._lock.locked(),
        }


def _application(desk: _Desk, port: int) -> web.Application:
    app = web.Application(middlewares=[guard_of(port)], client_max_size=_UPLOAD)
    app.router.add_get("/", _index)
    app.router.add_static("/sandbox/static", _STATIC)
    app.router.add_get("/sandbox/state", desk.state)
    app.router.add_post("/sandbox/look", desk.look)
    app.router.add_post("/sandbox/next-digest", desk.next_digest)
    app.router.add_post("/sandbox/hour", desk.hour)
    app.router.add_post("/sandbox/point", desk.point)
    app.router.add_post("/sandbox/fill", desk.fill)
    app.router.add_post("/sandbox/restart", desk.restart)
    app.router.add_post("/sandbox/away", desk.away)
    # simcord's page asks for everything by absolute path, so the rest is its own.
    for method in ("GET", "POST", "DELETE"):
        app.router.add_route(method, "/{path:.*}", desk.pass_on)
    return app


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(_STATIC / "index.html")


def _chosen(asked: object, name: str, among: Sequence[object]) -> int:
    index = asked.get(name) if isinstance(asked, dict) else None
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(among):
        raise web.HTTPBadRequest(text=f"There is no such {name}.")
    return index


def _problem(status: HTTPStatus, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)


def _said(now: datetime) -> str:
    at = now.astimezone(UTC)
    return f"It is now {at:%a} {at.day} {at:%b, %H:%M} UTC."
