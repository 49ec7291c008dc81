"""A small Discord on 127.0.0.1, so that the real discord.py can meet a server that fails on demand.

`World` is what the server knows, `Gateway` sends its events, `Rest` answers its routes, `Loopback`
runs them and lets answers fail as scripted.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import zlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Self

from aiohttp import web

from tests.faults.gateway import Gateway
from tests.faults.rest import Call, Rest, Route
from tests.faults.world import APPLICATION_ID, GUILD_ID, Json, RefusedError, Request, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

API = "/api/v10"

# What every such object carries and no test has asked about yet.
INTERACTION: Json = json.loads("""{"version": 1, "locale": "en-US", "guild_locale": "en-US",
    "context": 0, "entitlements": [], "attachment_size_limit": 10485760}""")


class Fault(Enum):
    """What the client meets instead of the answer; a number is the HTTP status."""

    UNAUTHORIZED = 401
    FORBIDDEN = 403
    MISSING = 404
    LIMITED = 429
    ERROR = 500
    BAD_GATEWAY = 502
    UNAVAILABLE = 503
    TIMEOUT = 504
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One failure to come."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    accepted: bool
    retry_after: float


class Loopback:
    """The server; use it as an async context manager."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.gateway = Gateway(self.world)
        self.rest = Rest(self.world, self.gateway)
        self.api_base = ""
        self._scripts: list[Script] = []
        self._answered: list[Request] = []
        self._news = asyncio.Condition()
        app = web.Application()
        app.router.add_get("/gateway", self.gateway.serve)
        for method, path, route in self.rest.routes():
            app.router.add_route(method, API + path, self._handler(f"{method} {path}", route))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    @property
    def requests(self) -> list[Request]:
        """Every request so far, failed ones too."""
        return self.world.requests

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.api_base = f"http://127.0.0.1:{port}{API}"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.drop(code=1001)
        await self._runner.cleanup()

    def fail(
        self,
        method: str,
        path_pattern: str,
        fault: Fault,
        times: int = 1,
        *,
        accepted: bool = False,
        retry_after: float = 0.05,
    ) -> None:
        """Let the next `times` such requests fail; `accepted`: after doing what was asked.

        The pattern must match the whole path, without /api/v10 and without the query.
        """
        script = Script(
            method=method,
            path=re.compile(path_pattern),
            fault=fault,
            accepted=accepted,
            retry_after=retry_after,
        )
        self._scripts.extend([script] * times)

    async def answered(self, method: str, path_pattern: str) -> Request:
        """Wait until such a request has been answered, well or badly; return the last one."""
        wanted = re.compile(path_pattern)

        def found() -> list[Request]:
            return [a for a in self._answered if a.method == method and wanted.fullmatch(a.path)]

        async with self._news:
            return (await self._news.wait_for(found))[-1]

    async def dispatch(self, event: str, data: Json) -> None:
        """Send a gateway event to the connected clients."""
        await self.gateway.dispatch(event, data)

    async def react(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        """Let somebody react, and tell the clients."""
        await self.rest.react(user_id, channel_id, message_id, emoji)

    async def interact(
        self,
        data: Json,
        *,
        user_id: int,
        channel_id: int,
        kind: int = 2,
        message: Json | None = None,
    ) -> str:
        """Let somebody use a command (kind 2) or a component of a message (3); return the token."""
        token = f"token-{self.world.new_id()}"
        rights = str(self.world.permissions)
        interaction = INTERACTION | {
            "id": self.world.new_id(),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "token": token,
            "data": data,
            "guild_id": str(GUILD_ID),
            "channel_id": str(channel_id),
            "channel": self.world.channels[channel_id],
            "member": self.world.members[user_id] | {"permissions": rights},
            "app_permissions": rights,
            "authorizing_integration_owners": {"0": str(GUILD_ID)},
        }
        on = {} if message is None else {"message": message}
        await self.dispatch("INTERACTION_CREATE", interaction | on)
        return token

    def _handler(
        self, name: str, route: Route
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        bucket = f"{zlib.crc32(name.encode()):08x}"

        async def handle(request: web.Request) -> web.StreamResponse:
            seen = await _seen(request)
            self.requests.append(seen)
            call = Call(names=request.match_info, query=request.query, body=seen.json)
            script = self._scripted(seen)
            response = web.Response()
            if script is None or script.accepted:
                response = await self._carry_out(route, call, bucket)
            if script is not None:
                response = await self._break(request, script)
            async with self._news:
                self._answered.append(seen)
                self._news.notify_all()
            return response

        return handle

    def _scripted(self, seen: Request) -> Script | None:
        for index, script in enumerate(self._scripts):
            if script.method == seen.method and script.path.fullmatch(seen.path):
                return self._scripts.pop(index)
        return None

    async def _carry_out(self, route: Route, call: Call, bucket: str) -> web.Response:
        allowance = {
            "X-RateLimit-Limit": "1000",
            "X-RateLimit-Remaining": "999",
            "X-RateLimit-Reset": str(self.world.clock().timestamp() + 1),
            "X-RateLimit-Reset-After": "1.0",
            "X-RateLimit-Bucket": bucket,
        }
        try:
            answer = await route(call)
        except RefusedError as refused:
            return _json(refused.answer, status=refused.status, headers=allowance)
        if answer is None:
            return web.Response(status=204, headers=allowance)
        return _json(answer, headers=allowance)

    async def _break(self, request: web.Request, script: Script) -> web.Response:
        answer: Json = {"code": 0, "message": f"scripted: {script.fault.name}"}
        match script.fault:
            case Fault.HANG:
                await asyncio.Event().wait()  # until the server closes
                return web.Response(status=503)
            case Fault.RESET:
                _reset(request)
                return web.Response()
            case Fault.LIMITED:
                answer |= {"retry_after": script.retry_after, "global": False}
                via = {"Via": "1.1 google"}  # without it discord.py sees a ban and gives up
                return _json(answer, status=429, headers=via)
            case _:
                return _json(answer, status=int(script.fault.value))


def _json(
    answer: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    # discord.py reads JSON only where the content type names no charset, as Discord's does not
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


async def _seen(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path.removeprefix(API),
        json=await request.json() if request.content_type == "application/json" else None,
        query=request.query_string,
    )


def _reset(request: web.Request) -> None:
    """Break the connection with RST rather than FIN, as a dying proxy does."""
    transport = request.transport
    assert transport is not None
    at_once = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()
