"""Scripted failures: discord.py must meet each as it would meet Discord's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import aiohttp
import discord
import pytest

from tests.faults.client import channel_of, connected, contents
from tests.faults.loopback import Fault, Loopback
from tests.faults.world import NEWS_ID, REVIEW_ID, World

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


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.CLOSE, aiohttp.ServerDisconnectedError),
        (Fault.CUT, aiohttp.ClientPayloadError),
        (Fault.GARBLED, ValueError),
    ],
)
@pytest.mark.parametrize("accepted", [True, False])
async def test_half_an_answer_or_none_surfaces_and_is_not_tried_again(
    fault: Fault, error: type[Exception], *, accepted: bool
) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, fault, accepted=accepted)
        with pytest.raises(error):
            await channel_of(client).send("news")
        assert posts(loopback) == 1
        assert contents(loopback) == ["news"] * accepted


async def test_a_ban_comes_from_cloudflare_and_ends_the_request() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.BANNED, retry_after=600)
        with pytest.raises(discord.HTTPException) as caught:
            await channel_of(client).send("news")
        answer = caught.value.response
        assert (caught.value.status, answer.headers["Retry-After"]) == (429, "600")
        assert "Via" not in answer.headers
        assert posts(loopback) == 1


@pytest.mark.parametrize(
    ("fault", "scope"),
    [
        (Fault.LIMITED, "user"),
        (Fault.LIMITED_GLOBALLY, "global"),
        (Fault.LIMITED_SHARED, "shared"),
    ],
)
async def test_a_limit_says_whose_it_is(fault: Fault, scope: str) -> None:
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        loopback.fail("GET", "/users/@me", fault)
        answer = await session.get(f"{loopback.api_base}/users/@me")
        assert answer.headers["X-RateLimit-Scope"] == scope
        assert ("X-RateLimit-Global" in answer.headers) == (scope == "global")
        assert (await answer.json())["global"] == (scope == "global")
        assert answer.headers["Via"]


async def test_the_request_that_fails_is_counted_whatever_it_asks() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("*", ".*", Fault.UNAVAILABLE, after=2)
        channel = channel_of(client)
        sent = await channel.send("one")
        await sent.add_reaction("✅")
        with pytest.raises(discord.DiscordServerError):
            await channel.fetch_message(sent.id)
        await channel.send("two")
    assert contents(loopback) == ["one", "two"]


async def test_answers_carry_the_servers_time() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    async with Loopback(World(clock=lambda: at)) as loopback, aiohttp.ClientSession() as session:
        loopback.fail("GET", "/gateway", Fault.UNAVAILABLE)
        for _ in range(2):
            answer = await session.get(f"{loopback.api_base}/gateway")
            assert answer.headers["Date"] == "Sun, 01 Mar 2026 12:00:00 GMT"


async def test_posts_beyond_a_channels_bucket_are_limited_and_the_library_waits_for_it() -> None:
    world = World(route_limit=(2, 0.3))
    async with Loopback(world) as loopback, connected(loopback) as client:
        begun = asyncio.get_running_loop().time()
        for number in range(5):
            await channel_of(client).send(str(number))
        await channel_of(client, REVIEW_ID).send("elsewhere")
        assert 0.6 <= asyncio.get_running_loop().time() - begun < 2
        assert loopback.limits.refusals == {}  # it reads the headers
        url = f"{loopback.api_base}/channels/{NEWS_ID}/messages"
        async with aiohttp.ClientSession() as session:
            answers = [await session.post(url, json={"content": "x"}) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 429]
        assert answers[1].headers["X-RateLimit-Remaining"] == "0"
        assert answers[0].headers["X-RateLimit-Bucket"] == answers[1].headers["X-RateLimit-Bucket"]
        assert loopback.limits.refusals == {"user": 1}


async def test_requests_beyond_the_global_limit_are_refused_but_not_those_of_interactions() -> None:
    world = World(global_limit=3)
    async with Loopback(world) as loopback, aiohttp.ClientSession() as session:
        urls = ["/users/@me"] * 4 + ["/webhooks/1/token/messages/1"]
        answers = [await session.get(loopback.api_base + url) for url in urls]
        assert [answer.status for answer in answers] == [200, 200, 200, 429, 404]
        assert (await answers[3].json())["global"]
        assert int(answers[3].headers["Retry-After"]) >= 1
        assert loopback.limits.refusals == {"global": 1}
        await asyncio.sleep(1)
        assert (await session.get(loopback.api_base + urls[0])).status == 200
