"""Servers that the bot leaves: nothing is held of their people any more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.core.people import Holdings

if TYPE_CHECKING:
    import pytest
    import simcord

    from tests.chat.house import House


async def search(house: House, guild: simcord.GuildHandle) -> None:
    """Save a search for Mia in a server."""
    await house.bot.services.ledger.save_search(
        guild_id=guild.id, user_id=house.mia.id, text="otters", now=house.clock()
    )


async def elsewhere(house: House) -> simcord.GuildHandle:
    """Let the bot be in another server, too."""
    guild = house.env.create_guild("Elsewhere", owner=house.mia.user)
    await house.env.settle()
    return guild


async def servers(house: House) -> set[int]:
    return set(await house.bot.services.ledger.servers())


async def test_a_server_that_is_left_is_erased_and_no_other(house: House) -> None:
    other = await elsewhere(house)
    for guild in (house.guild, other):
        await search(house, guild)
    house.env.backend.remove_guild(other.id)
    await house.env.settle()
    assert await servers(house) == {house.guild.id}
    assert (await house.bot.services.ledger.held_about(house.mia.id)).searches == 1


async def test_an_outage_erases_nothing(house: House) -> None:
    other = await elsewhere(house)
    for guild in (house.guild, other):
        await search(house, guild)
    house.env.backend.emit("GUILD_DELETE", {"id": str(other.id), "unavailable": True})
    await house.env.settle()
    away = house.bot.get_guild(other.id)
    assert away is not None
    assert away.unavailable
    await house.bot.on_ready()
    assert await servers(house) == {house.guild.id, other.id}


async def test_a_server_that_was_left_while_away_is_erased(house: House) -> None:
    other = await elsewhere(house)
    for guild in (house.guild, other):
        await search(house, guild)
    await house.bot.close()
    house.env.backend.remove_guild(other.id)
    await house.restart()
    assert await servers(house) == {house.guild.id}


async def test_where_no_server_is_known_nothing_is_erased(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    other = await elsewhere(house)
    await search(house, other)
    await house.bot.close()
    house.env.backend.remove_guild(other.id)
    await house.restart()
    assert await servers(house) == {other.id}
    assert "nothing is erased" in caplog.text
    await search(house, house.guild)
    await house.restart()
    assert await servers(house) == {house.guild.id}
    assert (await house.bot.services.ledger.held_about(house.mia.id)) != Holdings()
