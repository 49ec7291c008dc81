"""Discord's time against ours, with the real discord.py."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import discord
import pytest
from discord.utils import utcnow

from bot.adapters.chat.pacing import Pacing
from bot.adapters.chat.witness import Witness
from tests.faults.client import channel_of, connected
from tests.faults.loopback import Fault, Loopback
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ASKING = "/users/@me"


@dataclass(slots=True)
class Clock:
    """The real time and what a test adds to it."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return utcnow() + self.ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A server, and a client whose clock is looked at."""

    loopback: Loopback
    client: discord.Client
    witness: Witness
    ours: Clock
    theirs: Clock
    logged_in: int

    async def check(self) -> str | None:
        await self.witness.check(self.client)
        return self.witness.trouble()

    @property
    def asked(self) -> int:
        """How often Discord was asked for the time."""
        return sum(request.path == ASKING for request in self.loopback.requests) - self.logged_in


@asynccontextmanager
async def scene(*, told: bool = True) -> AsyncIterator[Scene]:
    ours, theirs = Clock(), Clock()
    loopback = Loopback(World(clock=theirs))
    witness = Witness(ours)
    heard_by = witness if told else Witness(ours)
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        guild_ready_timeout=0.05,
        http_trace=Pacing(rate=1000, witness=heard_by).trace(),
    )
    async with loopback, connected(loopback, client):
        logged_in = sum(request.path == ASKING for request in loopback.requests)
        yield Scene(
            loopback=loopback,
            client=client,
            witness=witness,
            ours=ours,
            theirs=theirs,
            logged_in=logged_in,
        )


async def test_discord_is_asked_at_first_and_whenever_the_clock_jumps() -> None:
    async with scene() as it:
        assert await it.check() is None
        assert await it.check() is None
        assert it.asked == 1
        for jump in (timedelta(minutes=3), timedelta(hours=-5)):
            it.ours.ahead += jump
            it.theirs.ahead += jump  # as where the machine slept
            assert await it.check() is None
        assert it.asked == 3
        it.ours.ahead += timedelta(minutes=1)
        assert await it.check() is None
        assert it.asked == 3


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(minutes=12), "about 12 minutes ahead of Discord's"),
        (timedelta(hours=-1, minutes=-10), "about 1 hour behind Discord's"),
        (timedelta(days=365), "about 365 days ahead of Discord's"),
    ],
)
async def test_a_clock_that_is_wrong_is_told_until_it_is_set(off: timedelta, words: str) -> None:
    async with scene() as it:
        it.ours.ahead = off
        trouble = await it.check()
        assert trouble is not None
        assert words in trouble
        assert "set it" in trouble
        it.ours.ahead = timedelta(minutes=-8)
        assert await it.check() is None


async def test_a_clock_that_was_wrong_is_asked_about_until_it_is_right() -> None:
    async with scene() as it:
        it.theirs.ahead = timedelta(hours=1)
        assert await it.check() is not None
        it.theirs.ahead = timedelta()
        assert await it.check() is None


async def test_every_answer_tells_the_time() -> None:
    async with scene() as it:
        assert await it.check() is None
        it.theirs.ahead = timedelta(minutes=-30)
        await channel_of(it.client).send("?")
        assert it.witness.trouble() is not None
        assert it.asked == 1


async def test_while_discord_cannot_be_asked_the_clock_is_not_trusted() -> None:
    async with scene() as it:
        it.loopback.fail("GET", ASKING, Fault.RESET, times=4)
        for _ in range(2):  # aiohttp tries a GET twice
            assert "could not be asked" in (await it.check() or "")
        assert await it.check() is None
        assert await it.check() is None
        assert it.asked == 5


async def test_an_error_of_discord_s_tells_the_time_as_well() -> None:
    async with scene() as it:
        it.theirs.ahead = timedelta(hours=2)
        it.loopback.fail("GET", ASKING, Fault.UNAVAILABLE)
        assert "2 hours behind" in (await it.check() or "")


async def test_a_token_that_is_refused_is_somebody_else_s_business() -> None:
    async with scene() as it:
        it.loopback.fail("GET", ASKING, Fault.UNAUTHORIZED)
        with pytest.raises(discord.HTTPException):
            await it.check()


async def test_a_server_that_tells_no_time_is_trusted() -> None:
    async with scene(told=False) as it:
        it.ours.ahead = timedelta(days=3)
        assert await it.check() is None


def test_the_time_a_request_took_and_the_missing_fraction_are_taken_into_account() -> None:
    now = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    clock = [now]
    witness = Witness(lambda: clock[0])
    told = "Sat, 14 Mar 2026 11:49:50 GMT"
    witness.hear(told, took=0)  # 9.5 to 10.5 seconds too much
    assert witness.trouble() is not None
    witness.hear(told, took=30)
    assert witness.trouble() is None
    for nonsense in ("", "soon", "Sat, 14 Mar 2020 11:49:50 -0000"):
        witness.hear(nonsense, took=0)
        assert witness.trouble() is None
