"""The real discord.py under our own pace, against a loopback Discord that counts."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

import discord
import pytest
from discord.http import Route
from discord.utils import utcnow

from bot.adapters.chat import pacing
from bot.adapters.chat.pacing import Pacing, Stopped, UndecidedError
from bot.adapters.chat.witness import Witness
from bot.core.pace import MOST_INVALID
from tests.faults.client import channel_of, connected, contents
from tests.faults.loopback import Fault, Loopback
from tests.faults.world import NEWS_ID, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import aiohttp

POSTING = r"/channels/\d+/messages"
FAST = 100_000
SLOW = 40


@asynccontextmanager
async def paced(
    loopback: Loopback, *, rate: float, after_turn: Callable[..., Awaitable[None]] | None = None
) -> AsyncIterator[discord.Client]:
    trace = Pacing(rate=rate, witness=Witness(utcnow)).trace()
    if after_turn is not None:
        trace.on_request_start.append(after_turn)
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        guild_ready_timeout=0.05,
        max_ratelimit_timeout=60,
        http_trace=trace,
    )
    async with loopback, connected(loopback, client):
        yield client


def held(client: discord.Client) -> int:
    """Return how many connections are in use."""
    return len(client.http.connector._acquired)  # noqa: SLF001 (aiohttp tells it nowhere else)


def sent(loopback: Loopback) -> int:
    return sum(request.method == "POST" for request in loopback.requests)


async def test_requests_leave_at_the_pace_and_in_their_order() -> None:
    world = World()
    channels = [world.add_channel(f"news-{number}") for number in range(20)]
    left: list[str] = []

    async def leave(_: object, __: object, request: aiohttp.TraceRequestStartParams) -> None:
        """Write down who goes; on connections of their own they may overtake each other."""
        left.append(request.url.path)

    loopback = Loopback(world)
    async with paced(loopback, rate=SLOW, after_turn=leave) as client:
        left.clear()
        began = time.monotonic()
        await asyncio.gather(*(channel_of(client, channel).send("?") for channel in channels))
        took = time.monotonic() - began
    assert left == [f"/api/v10/channels/{channel}/messages" for channel in channels]
    assert took >= (20 - 5) / SLOW


class VirtualTime:
    """Lets the pace be kept without waiting for it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        patch.setattr(pacing, "_now", lambda: self.now)
        patch.setattr(pacing, "asyncio", SimpleNamespace(sleep=self.sleep, Lock=asyncio.Lock))

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


async def test_whoever_stops_waiting_takes_nobody_s_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualTime(monkeypatch)
    turns = 0

    async def leave(*_: object) -> None:
        nonlocal turns
        turns += 1
        if turns == 10:
            for task in tasks[15:25]:
                task.cancel()

    loopback = Loopback()
    tasks: list[asyncio.Task[discord.Message]] = []
    async with paced(loopback, rate=SLOW, after_turn=leave) as client:
        channel, turns, clock.now = channel_of(client), 0, 1000.0
        tasks += [asyncio.create_task(channel.send(str(number))) for number in range(30)]
        await asyncio.gather(*tasks, return_exceptions=True)
    sent = sorted(contents(loopback), key=int)
    assert sent == [str(number) for number in (*range(15), *range(25, 30))]
    assert clock.now - 1000 == pytest.approx((20 - 5) / SLOW)


async def test_refusals_in_a_loop_stop_long_before_discord_bans() -> None:
    loopback = Loopback()
    async with paced(loopback, rate=FAST) as client:
        channel = channel_of(client)
        loopback.fail("POST", POSTING, Fault.FORBIDDEN, times=2 * MOST_INVALID)
        before = held(client)
        for _ in range(MOST_INVALID):
            with pytest.raises(discord.Forbidden):
                await channel.send("?")
        with pytest.raises(Stopped) as stopped:
            await channel.send("?")
        assert stopped.value.retry_after == pytest.approx(600, abs=60)
        assert sent(loopback) == MOST_INVALID
        with pytest.raises(Stopped):
            await channel.fetch_message(1)
        with pytest.raises(discord.NotFound):  # but people are answered
            await client.http.request(
                Route("POST", "/interactions/1/unknown/callback"), json={"type": 5}
            )
        assert held(client) == before


async def test_a_server_that_limits_all_of_a_bot_never_has_to() -> None:
    world = World(global_limit=50)
    channels = [world.add_channel(f"news-{number}") for number in range(50)]
    loopback = Loopback(world, checked=False)
    async with paced(loopback, rate=SLOW) as client:
        began = time.monotonic()
        await asyncio.gather(
            *(channel_of(client, channel).send("?") for channel in channels for _ in range(4))
        )
        took = time.monotonic() - began
    assert loopback.limits.refusals.total() == 0
    assert sum(map(len, world.messages.values())) == 200
    assert 200 / took > 0.9 * SLOW


@pytest.mark.parametrize(("told", "waits"), [(900, 900), (1e18, 86_400)])
async def test_what_guards_discord_stops_everything_at_once(told: float, waits: float) -> None:
    loopback = Loopback()
    async with paced(loopback, rate=FAST) as client:
        channel = channel_of(client)
        loopback.fail("POST", POSTING, Fault.BANNED, retry_after=told)
        with pytest.raises(discord.HTTPException, match="429"):
            await channel.send("?")
        with pytest.raises(Stopped) as stopped:
            await channel.send("?")
    assert stopped.value.retry_after == pytest.approx(waits, abs=10)
    assert "wants no requests" in str(stopped.value)
    assert sent(loopback) == 1


async def test_a_limit_for_all_holds_everybody_back_for_its_time_and_no_longer() -> None:
    loopback = Loopback()
    async with paced(loopback, rate=FAST) as client:
        loopback.fail("POST", POSTING, Fault.LIMITED_GLOBALLY, retry_after=0.4)
        with pytest.raises(Stopped):
            await channel_of(client).send("?")
        began = time.monotonic()
        await channel_of(client).send("!")
        assert time.monotonic() - began > 0.4
        loopback.fail("POST", POSTING, Fault.LIMITED_GLOBALLY, retry_after=30)
        with pytest.raises(Stopped):
            await channel_of(client).send("?")
        with pytest.raises(Stopped) as stopped:  # rather than be waited for until a time-out
            await channel_of(client).fetch_message(1)
        assert stopped.value.retry_after == pytest.approx(31, abs=2)
    assert contents(loopback) == ["!"]


async def test_what_several_share_is_no_fault_of_ours() -> None:
    loopback = Loopback(checked=False)
    async with paced(loopback, rate=FAST) as client:
        channel = channel_of(client)
        loopback.fail("POST", POSTING, Fault.LIMITED_SHARED, times=MOST_INVALID, retry_after=0.001)
        await asyncio.gather(
            *(channel.send("?") for _ in range(MOST_INVALID // 4)), return_exceptions=True
        )
        await channel.send("!")
    assert sent(loopback) > MOST_INVALID


async def test_a_limit_of_one_route_is_waited_for_by_the_library() -> None:
    loopback = Loopback()
    async with paced(loopback, rate=FAST) as client:
        loopback.fail("POST", POSTING, Fault.LIMITED, retry_after=0.05)
        await channel_of(client).send("?")
    assert contents(loopback) == ["?"]
    assert sent(loopback) == 2


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.RESET])
async def test_an_opener_is_not_sent_again_by_the_library(fault: Fault) -> None:
    loopback = Loopback()
    async with paced(loopback, rate=FAST) as client:
        before = held(client)
        loopback.fail("POST", rf"/channels/{NEWS_ID}/threads", fault, times=2)
        body = {"name": "Otters", "message": {"content": "first"}}
        with pytest.raises(UndecidedError):
            await client.http.request(Route("POST", f"/channels/{NEWS_ID}/threads"), json=body)
        assert held(client) == before
    assert sent(loopback) == 1
