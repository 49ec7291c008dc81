"""Real bots in simulated servers, each on a ledger and a content folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from discord import app_commands

from bot.adapters.chat.choices import Refusal
from bot.app import create_bot
from bot.sandbox.world import VirtualClock
from tests.chat.house import ContentWriter, House, assert_decent, furnish, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import simcord

    from bot.adapters.chat.client import GazetteBot
    from bot.config import Settings

REFUSALS = (Refusal, app_commands.MissingPermissions, app_commands.NoPrivateMessage)


@pytest.fixture
def content(tmp_path: Path) -> ContentWriter:
    """Return a writer of a folder that holds some articles."""
    writer = ContentWriter(tmp_path / "content")
    writer.write_some()
    return writer


@pytest.fixture
def settings(tmp_path: Path, content: ContentWriter) -> Settings:
    """Return what the bot of a test is set to."""
    return settings_for(content.folder, tmp_path / "state")


@pytest.fixture
def clock() -> VirtualClock:
    """Return the simulated server's clock."""
    return VirtualClock()


@pytest.fixture
def simcord_bot(settings: Settings, clock: VirtualClock) -> GazetteBot:
    """Return the bot that simcord's fixture runs."""
    return create_bot(settings, clock=clock, heartbeat=False)


@pytest.fixture
async def house(
    simcord_env: simcord.Env, settings: Settings, clock: VirtualClock, content: ContentWriter
) -> AsyncIterator[House]:
    """Open a server with people in it; check on leaving that the bot behaved."""
    env = clock.env = simcord_env
    opened = furnish(env, settings, clock, content)
    await env.settle()
    yield opened
    await opened.bot.close()
    await env.settle()
    assert_decent(env, settings)
    for error in env.errors:
        cause = getattr(error, "original", error)
        if not isinstance(cause, (*REFUSALS, *opened.expected)):
            raise error
