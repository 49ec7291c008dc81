"""A loopback Discord of many channels in a process of its own, which notes what it is sent.

python -m bench.crowd CHANNELS A_SECOND

It prints its two addresses as a line of JSON and serves until its input is closed. Beside the API,
which takes so many requests a second, it can be told to use `/search` as a member does, and asked
what came: whoever is measured has nothing to do with the measuring.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from aiohttp import web

from tests.faults import places
from tests.faults.loopback import Loopback
from tests.faults.world import GUILD_ID, NEWS_ID, READER_ID, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

FIRST_CHANNEL = 910_000_000_000_000_000
_TOO_MANY = 429
_DEFERRED = 5  # the type of an answer that is to come
_BEAT = 0.005  # seconds
_PAUSE = 0.25  # seconds between two searches
_PATIENCE = 15.0  # seconds; a search that takes longer counts as one of so many


@dataclass(slots=True)
class Pauses:
    """How much longer than asked for the longest of many short sleeps was, in seconds.

    In that time this process did nothing for anybody, busy or not let by the machine.
    """

    longest: float = 0.0

    async def watch(self) -> None:
        """Sleep and look until cancelled."""
        while True:
            began = perf_counter()
            await asyncio.sleep(_BEAT)
            self.longest = max(self.longest, perf_counter() - began - _BEAT)


@dataclass(slots=True)
class Crowd:
    """The server, and a member who searches."""

    loopback: Loopback
    posted: list[float] = field(default_factory=list)  # when each message was taken
    limited: int = 0  # answers 429
    pauses: Pauses = field(default_factory=Pauses)
    _answered: defaultdict[str, asyncio.Event] = field(
        default_factory=lambda: defaultdict(asyncio.Event)
    )
    _searching: asyncio.Task[list[float]] | None = None

    @web.middleware
    async def note(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Let a request be answered, and note what it was."""
        response = await handler(request)
        if response.status == _TOO_MANY:
            self.limited += 1
        elif request.path.endswith("/messages"):
            self.posted.append(perf_counter())
        elif token := request.match_info.get("token"):
            body = await request.json()
            if body.get("type") != _DEFERRED:
                self._answered[token].set()
        return response

    async def report(self, request: web.Request) -> web.Response:
        """Answer what came since it was last asked to forget; begin or end to search."""
        asked = await request.json()
        searches: list[float] = []
        if "search" in asked:
            self._searching = asyncio.create_task(self._search(asked["search"]))
        elif self._searching is not None and asked.get("enough"):
            self._searching.cancel()
            searches = await self._searching
        world = self.loopback.world
        standing = [len(messages) for messages in world.messages.values()]
        answer = {"posted": self.posted, "limited": self.limited, "searches": searches}
        answer["paused"] = self.pauses.longest
        if asked.get("forget"):
            self.posted, self.limited, self.pauses.longest = [], 0, 0.0
            world.messages.clear()
            world.requests.clear()
        return web.json_response(answer | {"standing": standing})

    async def _search(self, texts: Sequence[str]) -> list[float]:
        times: list[float] = []
        with suppress(asyncio.CancelledError):
            while True:
                times.append(await self._once(texts[len(times) % len(texts)]))
                await asyncio.sleep(_PAUSE)
        return times

    async def _once(self, text: str) -> float:
        option = {"name": "query", "type": 3, "value": text}
        data = {"id": "1", "name": "search", "type": 1, "options": [option]}
        began = perf_counter()
        token = await self.loopback.interact(data, user_id=READER_ID, channel_id=NEWS_ID)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._answered[token].wait()
        return perf_counter() - began


def channels(count: int) -> range:
    """Return the numbers of that many channels."""
    return range(FIRST_CHANNEL, FIRST_CHANNEL + count)


async def _serve(count: int, a_second: int) -> None:
    world = World(global_limit=a_second)
    for channel_id in channels(count):
        world.channels[channel_id] = places.channel(channel_id, GUILD_ID, f"channel {channel_id}")
    loopback = Loopback(world, checked=False)
    crowd = Crowd(loopback)
    loopback._runner.app.middlewares.append(crowd.note)  # noqa: SLF001 (the one way in)
    desk = web.Application(client_max_size=1 << 24)
    desk.router.add_post("/", crowd.report)
    runner = web.AppRunner(desk, access_log=None)
    async with loopback:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses = {"api": loopback.api_base, "desk": f"http://127.0.0.1:{runner.addresses[0][1]}"}
        print(json.dumps(addresses), flush=True)
        watching = asyncio.create_task(crowd.pauses.watch())
        await asyncio.to_thread(sys.stdin.read)
        watching.cancel()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(*map(int, sys.argv[1:3])))
