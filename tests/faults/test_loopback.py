"""Scripted failures: discord.py must meet each as it would meet Discord's own."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.faults.client import channel_of, connected, contents
from tests.faults.loopback import Fault, Loopback
from tests.faults.world import NEWS_ID, REVIEW_ID

POSTING = r"/channels/\d+/messages"


def posts(loopback: Loopback) -> int:
    return sum(request.method == "POST" for request in loopback.requests)


async def test_an_error_after_accepting_and_the_librarys_retry_leave_one_message() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.ERROR, accepted=True)
        await channel_of(client).send("news")
        assert posts(loopback) == 2
        assert contents(loopback) == ["news"]


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_reset_surfaces_with_the_message_stored_only_if_accepted(*, accepted: bool) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.RESET, accepted=accepted)
        with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
            await channel_of(client).send("news")
        assert posts(loopback) == 1
        assert contents(loopback) == ["news"] * accepted


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_hanging_answer_is_the_callers_to_end(*, accepted: bool) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.HANG, accepted=accepted)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(channel_of(client).send("news"), 0.2)
        assert contents(loopback) == ["news"] * accepted


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.UNAUTHORIZED, discord.HTTPException),
        (Fault.FORBIDDEN, discord.Forbidden),
        (Fault.MISSING, discord.NotFound),
        (Fault.UNAVAILABLE, discord.DiscordServerError),
    ],
)
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_status_that_is_not_tried_again(
    fault: Fault, error: type[discord.HTTPException], *, accepted: bool
) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, fault, accepted=accepted)
        with pytest.raises(error) as caught:
            await channel_of(client).send("news")
        assert caught.value.status == fault.value
        assert posts(loopback) == 1
        assert contents(loopback) == ["news"] * accepted


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.BAD_GATEWAY, Fault.TIMEOUT, Fault.LIMITED])
async def test_a_status_that_is_tried_again(fault: Fault) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, fault)
        await channel_of(client).send("news")
        assert posts(loopback) == 2
        assert contents(loopback) == ["news"]


async def test_a_limited_request_waits_as_long_as_it_is_told() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.LIMITED, times=2, retry_after=0.2)
        begun = asyncio.get_running_loop().time()
        await channel_of(client).send("news")
        assert posts(loopback) == 3
        assert asyncio.get_running_loop().time() - begun >= 0.4


async def test_a_fault_meets_only_its_own_method_and_path() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", rf"/channels/{REVIEW_ID}/messages", Fault.FORBIDDEN)
        await channel_of(client, NEWS_ID).send("news")
        assert [message async for message in channel_of(client, REVIEW_ID).history()] == []
        with pytest.raises(discord.Forbidden):
            await channel_of(client, REVIEW_ID).send("review")
