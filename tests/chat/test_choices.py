"""What autocomplete answers when finding choices fails or lasts."""

from __future__ import annotations

import asyncio

import pytest
from discord import app_commands

from bot.adapters.chat.choices import Choices, offered


async def test_nothing_is_offered_where_it_would_last_longer_than_discord_waits() -> None:
    async def slowly() -> Choices:
        await asyncio.Event().wait()
        return [app_commands.Choice(name="too late", value="too late")]

    async with asyncio.timeout(3):
        assert await offered(slowly()) == []


@pytest.mark.parametrize("error", [app_commands.NoPrivateMessage(), ValueError("a bug")])
async def test_nothing_is_offered_where_something_is_wrong(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing() -> Choices:
        raise error

    assert await offered(failing()) == []
    assert bool(caplog.records) is isinstance(error, ValueError)
