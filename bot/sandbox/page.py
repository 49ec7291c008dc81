"""Puts simcord's page of one channel beside a choice of channels, people and times.

simcord shows one channel as one person and refuses to be framed. A small server in front of it
hands its page on from the same address, so that one page can hold all of it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

import aiohttp
import simcord
from aiohttp import web
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from aiohttp.typedefs import Handler, Middleware

_log = logging.getLogger(__name__)

_STATIC: Final = Path(__file__).with_name("static")
_HOUR: Final = 3600.0
_UPLOAD: Final = 27 * 1024 * 1024  # simcord itself stops at 26 MiB and says so better
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The server that answers sets these anew for its own connection.
_HOP: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "server", "transfer-encoding"}
)
_TAKEN_ALONG: Final = (
    "Accept",
    "Content-Type",
    "Range",
    "X-Simcord-Capability",
    "X-Simcord-Context",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody one can be in the sandbox."""

    actor: simcord.MemberActor
    name: str
    role: str


class World(Protocol):
    """What the page needs from the sandbox.

    `channels` and `people` are never empty and keep their order. The three verbs are called one
    at a time, never while simcord is at work, and return once the bot has come to rest; `restart`
    is called with no preview open. Whatever they raise is shown to the person on the page.
    """

    @property
    def env(self) -> simcord.Env:
        """Return the running environment, the same one for as long as the page is served."""

    @property
    def channels(self) -> Sequence[simcord.ChannelHandle]:
        """Return the channels to choose from."""

    @property
    def people(self) -> Sequence[Person]:
        """Return the people to choose from."""

    @property
    def assets(self) -> Mapping[str, tuple[str, bytes]]:
        """Return the pictures behind remote addresses, as simcord takes them."""

    @property
    def hints(self) -> Sequence[str]:
        """Return what to try, one sentence each; `backticks` mark what is to be typed."""

    async def to_next_digest(self) -> datetime | None:
        """Move the clock to the next digest and say what time it is; None if there is none."""

    async def advance(self, seconds: float) -> datetime:
        """Move the clock on and say what time it is."""

    async def restart(self) -> None:
        """Stop the bot and start it anew on what it has stored."""


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
        window = await stack.enter_async_context(_Window(world=world))
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


@dataclass(slots=True, kw_only=True)
class _Window:
    """The one open preview, or the reason why there is none."""

    world: World
    channel: int = 0
    person: int = 0
    number: int = 0
    preview: simcord.Preview | None = None
    address: URL | None = None
    refusal: str = ""
    requests: int = 0
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        await self.close()
        channel, person = self.world.channels[self.channel], self.world.people[self.person]
        self.number += 1
        try:
            # The first viewer is who simcord's page opens as; with one there is nothing to mix up.
            self.preview = await self._stack.enter_async_context(
                self.world.env.preview(
                    channel,
                    viewers=[person.actor],
                    layout="channel",
                    locale="en-GB",  # a day of 24 hours, like the clock in the rail
                    assets=self.world.assets,
                )
            )
            self.address = URL(self.preview.url)
        except simcord.SetupError as error:
            # Not a failure of the sandbox: a subscriber really may not read every channel.
            self.refusal = f"{person.name} cannot open #{channel.name}: {error}."
        self.note()

    async def close(self) -> None:
        self.preview, self.address, self.refusal = None, None, ""
        await self._stack.aclose()

    async def refresh(self) -> None:
        try:
            if self.preview is None:
                await self.open()
            else:
                await self.preview.refresh()
        except simcord.SetupError:
            await self.open()  # somebody ended the session inside simcord's own page
        self.note()

    def note(self) -> None:
        """Remember how far simcord's page has seen the bot's work."""
        self.requests = len(self.world.env.http_requests)

    @property
    def behind(self) -> bool:
        """Tell whether the bot did something that simcord's page does not show yet."""
        return len(self.world.env.http_requests) != self.requests

    @property
    def frame(self) -> str | None:
        """Return where the page finds simcord's; its number makes the browser load it anew."""
        if self.address is None:
            return None
        return f"/channel?view={self.number}#{self.address.fragment}"


class _Desk:
    """Answers the page: one wish at a time, as simcord wants it."""

    def __init__(self, world: World, window: _Window, client: aiohttp.ClientSession) -> None:
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

    async def restart(self, _: web.Request) -> web.Response:
        return await self._perform(self._restart)

    async def pass_on(self, request: web.Request) -> web.Response:
        if request.path != "/api/action":
            return await self._passed_on(request)
        async with self._lock:
            answer = await self._passed_on(request)
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

    async def _restart(self) -> str:
        await self._window.close()
        try:
            await self._world.restart()
        finally:
            await self._window.open()
        return "The bot has started again."

    def _state(self) -> dict[str, object]:
        return {
            "channels": [{"name": channel.name} for channel in self._world.channels],
            "people": [{"name": who.name, "role": who.role} for who in self._world.people],
            "hints": list(self._world.hints),
            "channel": self._window.channel,
            "person": self._window.person,
            "clock": self._world.env.now().astimezone(UTC).isoformat(),
            "frame": self._window.frame,
            "refusal": self._window.refusal,
            "busy": self._lock.locked(),
        }

    async def _passed_on(self, request: web.Request) -> web.Response:
        address = self._window.address
        if address is None:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="No channel is open.")
        index = request.path == "/channel"
        try:
            async with self._client.request(
                request.method,
                address.origin()
                .with_path("/" if index else request.path)
                .with_query(request.query),
                headers={n: request.headers[n] for n in _TAKEN_ALONG if n in request.headers},
                data=await request.read() if request.can_read_body else None,
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except aiohttp.ClientConnectionError:
            self._window.requests = -1  # the next look at the state opens the channel anew
            text = "simcord's page was closed and is about to open again."
            return web.Response(status=HTTPStatus.BAD_GATEWAY, text=text)
        return web.Response(
            status=answer.status,
            body=_dressed(body) if index else body,
            headers=_framed(answer.headers, request.path),
        )


def _application(desk: _Desk, port: int) -> web.Application:
    app = web.Application(middlewares=[_guard(port)], client_max_size=_UPLOAD)
    app.router.add_get("/", _index)
    app.router.add_static("/sandbox/static", _STATIC)
    app.router.add_get("/sandbox/state", desk.state)
    app.router.add_post("/sandbox/look", desk.look)
    app.router.add_post("/sandbox/next-digest", desk.next_digest)
    app.router.add_post("/sandbox/hour", desk.hour)
    app.router.add_post("/sandbox/restart", desk.restart)
    # simcord's page asks for everything by absolute path, so the rest is its own.
    for method in ("GET", "POST", "DELETE"):
        app.router.add_route(method, "/{path:.*}", desk.pass_on)
    return app


def _guard(port: int) -> Middleware:
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # A name that somebody pointed at 127.0.0.1 must not speak for this page.
        if request.host not in hosts:
            raise web.HTTPForbidden(text="This address does not serve the sandbox.")
        read_only = request.method in {"GET", "HEAD"}
        if not read_only and request.headers.get("Origin") != f"http://{request.host}":
            raise web.HTTPForbidden(text="Only the sandbox's own page may ask for this.")
        response = await handler(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guard


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


def _dressed(page: bytes) -> bytes:
    # simcord's workbench repeats what the rail offers; without </head> it merely stays visible.
    style = b'<link rel="stylesheet" href="/sandbox/static/embed.css">'
    return page.replace(b"</head>", style + b"</head>", 1)


def _framed(headers: Mapping[str, str], path: str) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name.lower() not in _HOP}
    kept["X-Frame-Options"] = "SAMEORIGIN"
    policy = kept.get("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
    kept["Content-Security-Policy"] = policy.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    if path.startswith("/fonts/"):
        # 30 MB that carry their version in the name need not travel at every change of channel.
        kept["Cache-Control"] = "private, max-age=86400"
        kept.pop("Pragma", None)
    return kept
