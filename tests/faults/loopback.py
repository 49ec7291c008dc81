"""A small Discord on 127.0.0.1, so that the real discord.py can meet a server that fails on demand.

`World` is what the server knows, `Gateway` sends its events, `Rest` answers its routes, `Loopback`
runs them and lets answers fail as scripted, `Acts` are what people do there.
"""

from __future__ import annotations

import asyncio
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self

from aiohttp import web

from tests.faults.acts import Acts
from tests.faults.breaking import OF_GATEWAY, Fault, Script, answer_json, break_answer
from tests.faults.gateway import Gateway
from tests.faults.limits import VIA, Limits
from tests.faults.openapi import description
from tests.faults.rest import Rest
from tests.faults.threads import Call
from tests.faults.world import RefusedError, Request, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.faults.openapi import Description
    from tests.faults.people import People
    from tests.faults.rest import Route

__all__ = ["Fault", "Loopback"]

API = "/api/v10"
MADE = {"POST /channels/{channel_id}/threads"}  # routes that answer 201


class Loopback(Acts):
    """The server; use it as an async context manager.

    What it is asked and what it answers is held against Discord's own description, where that is
    at hand; what is wrong shows on leaving. `checked=False` saves the time.
    """

    def __init__(self, world: World | None = None, *, checked: bool = True) -> None:
        self.world = world or World()
        self.gateway = Gateway(self.world)
        self.rest = Rest(self.world, self.gateway)
        self.limits = Limits(self.world)
        self.complaints: list[str] = []
        self._described: Description | None = description() if checked else None
        self.api_base = ""
        self.people: People | None = None  # who act whenever the bot says that it has done all
        self._scripts: list[Script] = []
        self._answered: list[Request] = []
        self._news = asyncio.Condition()
        app = web.Application()
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/people", self._let_people_act)
        for method, path, route in self.rest.routes():
            app.router.add_route(method, API + path, self._handler(f"{method} {path}", route))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    @property
    def requests(self) -> list[Request]:
        """Every request so far, failed ones too."""
        return self.world.requests

    @property
    def unmet(self) -> bool:
        """Tell whether some scripted failure has not come yet."""
        return bool(self._scripts)

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
        assert not self.complaints, "\n".join(dict.fromkeys(self.complaints))

    def fail(
        self,
        method: str,
        path_pattern: str,
        fault: Fault,
        times: int = 1,
        *,
        accepted: bool = False,
        retry_after: float = 0.05,
        after: int = 0,
    ) -> None:
        """Let `times` such requests fail; `accepted`: after doing what was asked.

        The pattern must match the whole path, without /api/v10 and without the query; the method
        '*' is any. `after` so many of them that go well.
        """
        for _ in range(times):
            self._scripts.append(
                Script(
                    method=method,
                    path=re.compile(path_pattern),
                    fault=fault,
                    accepted=accepted,
                    retry_after=retry_after,
                    skips=after,
                )
            )

    async def answered(self, method: str, path_pattern: str) -> Request:
        """Wait until such a request has been answered, well or badly; return the last one."""
        wanted = re.compile(path_pattern)

        def found() -> list[Request]:
            return [a for a in self._answered if a.method == method and wanted.fullmatch(a.path)]

        async with self._news:
            return (await self._news.wait_for(found))[-1]

    async def _let_people_act(self, _: web.Request) -> web.Response:
        busy = 0 if self.people is None else await self.people.act()
        events = self.gateway.sent
        satisfied = self.people is None or self.people.satisfied
        return answer_json({"busy": busy, "satisfied": satisfied, "events": events})

    def _handler(
        self, name: str, route: Route
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            seen = await _seen(request)
            self.requests.append(seen)
            if self._described:
                self.complaints += self._described.faults_of_request(seen)
            script = self._scripted(seen)
            response: web.StreamResponse = web.Response()
            if script is None or script.accepted or script.fault in OF_GATEWAY:
                call = Call(
                    method=request.method,
                    names=request.match_info,
                    query=request.query,
                    body=seen.json,
                )
                response = await self._answer(name, route, seen, call)
            if script is not None and script.fault in OF_GATEWAY:
                await self._disturb(script.fault)
            elif script is not None:
                response = await break_answer(request, script, self._date())
            async with self._news:
                self._answered.append(seen)
                self._news.notify_all()
            return response

        return handle

    def _scripted(self, seen: Request) -> Script | None:
        for index, script in enumerate(self._scripts):
            if script.meets(seen):
                return self._scripts.pop(index)
        return None

    async def _disturb(self, fault: Fault) -> None:
        match fault:
            case Fault.DROP:
                await self.gateway.drop()
            case Fault.INVALID:
                await self.gateway.invalidate()
            case _:
                await self.gateway.reconnect()

    def _date(self) -> str:
        return format_datetime(self.world.clock(), usegmt=True)

    async def _answer(self, name: str, route: Route, seen: Request, call: Call) -> web.Response:
        status, answer, headers = await self._carried_out(name, route, seen, call)
        if self._described:
            self.complaints += self._described.faults_of_answer(seen, status, answer)
        told = headers | VIA | {"Date": self._date()}
        if answer is None:
            return web.Response(status=status, headers=told)
        return answer_json(answer, status=status, headers=told)

    async def _carried_out(
        self, name: str, route: Route, seen: Request, call: Call
    ) -> tuple[int, object, dict[str, str]]:
        limited = self.limits.refused(seen)
        if limited is not None:
            return 429, limited.body, limited.headers
        headers = self.limits.headers(seen, name)
        try:
            answer = await route(call)
        except RefusedError as refused:
            return refused.status, refused.answer, headers | refused.headers
        if answer is None:
            return 204, None, headers
        return (201 if name in MADE else 200), answer, headers


async def _seen(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path.removeprefix(API),
        json=await request.json() if request.content_type == "application/json" else None,
        query=request.query_string,
    )
