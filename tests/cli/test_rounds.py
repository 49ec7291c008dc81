"""`gazette doctor` asks Discord what is missing in servers, without connecting as the bot."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.adapters.ledger.store import LedgerStore
from bot.cli import doctor
from bot.core.digest import DigestDraft
from bot.core.review import ReviewSettings
from tests.cli.program import TOKEN, Outcome, gazette
from tests.core.samples import NOW, rule
from tests.faults import places
from tests.faults.loopback import Fault, Loopback
from tests.faults.places import EMBED, SEND, VIEW, overwrite
from tests.faults.world import (
    BOT_ID,
    BOT_ROLE_ID,
    GUILD_ID,
    MODERATOR_ROLE_ID,
    NEWS_ID,
    OTHER_GUILD_ID,
    PERMISSIONS,
    REVIEW_ID,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE_ID = 900000000000000999
LEDGER = "sqlite+aiosqlite:///state/gazette.sqlite3"
FINE = "ok   Discord: it lets gazette in; 1 server looked at"


@pytest.fixture(autouse=True)
def api(monkeypatch: pytest.MonkeyPatch, content: object) -> Iterator[None]:
    assert content
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    base = discord.http.Route.BASE
    yield
    discord.http.Route.BASE = base


async def set_up(*digests: DigestDraft, review: ReviewSettings | None = None) -> None:
    """Write a ledger as the bot does."""
    await asyncio.to_thread(gazette, "db", "upgrade")
    ledger = LedgerStore(LEDGER)
    await ledger.open(now=NOW)
    for digest in digests:
        await ledger.add_digest(digest, now=NOW)
    if review:
        await ledger.set_review(review)
    await ledger.close()


def digest(name: str = "Morning", channel_id: int = NEWS_ID, **fields: Any) -> DigestDraft:  # noqa: ANN401 (any field)
    values: dict[str, Any] = {
        "guild_id": GUILD_ID,
        "channel_id": channel_id,
        "name": name,
        "topics": (),
        "rule": rule(),
        "limit": 5,
        "created_by": 1,
    }
    return DigestDraft(**(values | fields))


def review(**fields: Any) -> ReviewSettings:  # noqa: ANN401 (any field)
    values: dict[str, Any] = {
        "guild_id": GUILD_ID,
        "channel_id": REVIEW_ID,
        "role_id": MODERATOR_ROLE_ID,
        "approvals": 1,
    }
    return ReviewSettings(**(values | fields))


async def asked(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[Outcome, list[str]]:
    """Let the doctor ask this Discord; return all it said, and its lines about Discord."""
    monkeypatch.setenv("GAZETTE_DISCORD__API_BASE", loopback.api_base)
    told = await asyncio.to_thread(gazette, "doctor", *words)
    assert told.err == ""
    assert TOKEN not in told.out
    lines = told.out.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("note SQLite"))
    end = lines.index("Invite the bot with:")
    return told, [line for line in lines[start + 1 : end] if "may look into" not in line]


async def test_where_nothing_is_missing_the_doctor_says_who_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_up(digest(), digest("Evening"))
    async with Loopback() as loopback:
        told, lines = await asked(loopback, monkeypatch)
    assert (told.code, lines) == (0, [FINE])
    assert not any("gateway" in request.path for request in loopback.requests)


async def test_a_ledger_that_is_not_there_leaves_nothing_to_look_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Loopback() as loopback:
        told, lines = await asked(loopback, monkeypatch)
    assert told.code == 0
    assert lines == ["ok   Discord: it lets gazette in; 0 servers looked at"]


async def test_what_is_missing_is_told_by_server_and_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(permissions=PERMISSIONS & ~EMBED)
    forum = world.add_channel("library", places.FORUM)
    board = world.add_channel("board", places.ANNOUNCEMENT)
    hidden = world.add_channel("hidden", permission_overwrites=[overwrite(BOT_ROLE_ID, deny=VIEW)])
    mute = world.add_channel("mute", permission_overwrites=[overwrite(BOT_ROLE_ID, deny=SEND)])
    world.rights[BOT_ROLE_ID] = EMBED
    world.channels[NEWS_ID]["permission_overwrites"] = [overwrite(BOT_ROLE_ID, deny=EMBED)]
    await set_up(
        digest(),
        digest("Evening"),
        digest("Books", forum, forum=True),
        digest("Board", board),
        digest("Ghost", GONE_ID),
        digest("Hidden", hidden),
        digest("Mute", mute),
    )
    async with Loopback(world) as loopback:
        told, lines = await asked(loopback, monkeypatch)
    gone = "it was deleted, or I may not see it (View Channel)"
    assert told.code == 0
    assert lines == [
        FINE,
        (
            "lack Loopback, #news (digests Morning, Evening): "
            "Embed Links is missing, so cards cannot be shown"
        ),
        f"lack Loopback, channel {GONE_ID} (digest Ghost): {gone}",
        f"lack Loopback, channel {hidden} (digest Hidden): {gone}",
        "lack Loopback, #mute (digest Mute): Send Messages is missing, so nothing can be posted",
        "lack Loopback, #mute (digest Mute): Embed Links is missing, so cards cannot be shown",
    ]


async def test_what_is_wrong_with_review_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(permissions=PERMISSIONS & ~places.REACT)
    await set_up(review=review(role_id=GONE_ID))
    async with Loopback(world) as loopback:
        _, lines = await asked(loopback, monkeypatch)
    assert lines == [
        FINE,
        (
            "lack Loopback, #review (review): the role that decides was deleted, so those who may "
            "manage messages do; name another one with /review setup"
        ),
        (
            "lack Loopback, #review (review): Add Reactions is missing, "
            "so the signs to vote with are not below the cards"
        ),
        (
            "note Loopback, #review (review): everybody in the server can see it, and so what is "
            "proposed; take View Channel from @everyone there if they should not"
        ),
    ]


async def test_a_role_that_cannot_be_pinged_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    await set_up(digest(mention=GONE_ID), digest("Evening", mention=MODERATOR_ROLE_ID))
    async with Loopback() as loopback:
        _, lines = await asked(loopback, monkeypatch)
    assert lines == [
        FINE,
        (
            "lack Loopback, #news (digests Morning, Evening): "
            "the role that Morning pings was deleted, so nobody is pinged"
        ),
        (
            "lack Loopback, #news (digests Morning, Evening): Evening may not ping the role "
            "moderators: let anyone @mention it, or give me Mention @everyone, @here "
            "and All Roles there"
        ),
    ]


async def test_a_thread_is_looked_at_as_its_channel_lets_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(permissions=PERMISSIONS & ~places.SEND_IN_THREADS)
    parent = world.channels[NEWS_ID]
    made = places.thread(parent, "77", BOT_ID, NOW.isoformat(), {"name": "corner"})
    made["thread_metadata"]["locked"] = True
    world.channels[77] = made
    await set_up(digest(channel_id=77))
    async with Loopback(world) as loopback:
        _, lines = await asked(loopback, monkeypatch)
    assert lines == [
        FINE,
        (
            "lack Loopback, #corner (digest Morning): "
            "Send Messages in Threads is missing, so nothing can be posted"
        ),
        "lack Loopback, #corner (digest Morning): the thread is locked, so nothing can be posted",
    ]


async def test_a_server_that_the_bot_left_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    await set_up(digest(guild_id=OTHER_GUILD_ID), digest())
    async with Loopback() as loopback:
        told, lines = await asked(loopback, monkeypatch)
    assert told.code == 0
    assert lines == [
        "ok   Discord: it lets gazette in; 2 servers looked at",
        f"lack server {OTHER_GUILD_ID}: I am not in that server any more",
    ]


async def test_a_token_that_discord_refuses_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    await set_up(digest())
    async with Loopback() as loopback:
        loopback.fail("GET", "/users/@me", Fault.UNAUTHORIZED)
        told, lines = await asked(loopback, monkeypatch)
    assert told.code == 1
    assert lines == ["FAIL Discord refuses the token: make a new one in the developer portal"]


async def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    await set_up(digest())
    async with Loopback() as loopback:
        told, lines = await asked(loopback, monkeypatch, "--offline")
    assert (told.code, lines, loopback.requests) == (0, [], [])


def test_a_discord_that_cannot_be_reached_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        port = taken.getsockname()[1]
        monkeypatch.setenv("GAZETTE_DISCORD__API_BASE", f"http://127.0.0.1:{port}/api/v10")
        told = gazette("doctor")
    assert (told.code, told.err) == (0, "")
    assert "note Discord was not asked to the end, ClientConnectorError: Cannot connect" in told.out
    assert TOKEN not in told.out


async def test_a_discord_that_does_not_answer_is_waited_for_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "_LONGEST_ROUND", 1.5)
    await set_up(digest())
    async with Loopback() as loopback:
        loopback.fail("GET", f"/guilds/{GUILD_ID}", Fault.HANG)
        told, lines = await asked(loopback, monkeypatch)
    assert told.code == 0
    assert lines == [
        "ok   Discord: it lets gazette in; 0 servers looked at",
        (
            "note Discord was not asked to the end, it takes longer than 1.5 seconds to answer; "
            "not looked at: 1 server"
        ),
    ]


async def test_a_server_that_discord_is_slow_about_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_up(digest(), digest(guild_id=OTHER_GUILD_ID), digest("Ghost", GONE_ID))
    async with Loopback() as loopback:
        for path in (f"/guilds/{OTHER_GUILD_ID}", f"/channels/{GONE_ID}"):
            loopback.fail("GET", path, Fault.LIMITED, retry_after=99)
        _, lines = await asked(loopback, monkeypatch)
    assert lines[:2] == [
        "ok   Discord: it lets gazette in; 2 servers looked at",
        (
            f"note Loopback, channel {GONE_ID} (digest Ghost): "
            "Discord does not say just now what I may do there"
        ),
    ]
    assert lines[2].startswith(f"lack server {OTHER_GUILD_ID}: Discord does not say how it is: ")
