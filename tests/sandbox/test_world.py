"""The simulated server takes a kind no for what it is, and a fault for a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from bot.sandbox.world import open_world
from tests.sandbox.test_story import settings_of, write

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_a_refusal_is_no_failure_of_the_bot_also_after_a_restart(tmp_path: Path) -> None:
    write(tmp_path / "content")
    async with open_world(settings_of(tmp_path)) as world:
        for _ in range(2):
            result = await world.mia.slash(world.news, "review queue")
            assert result.response is not None
            assert result.response.content.startswith("That is for those who review here")
            await world.restart()
        assert world.env.errors == []


async def test_a_fault_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "content")
    async with open_world(settings_of(tmp_path)) as world:

        async def broken(_: int) -> NoReturn:
            raise RuntimeError("broken")

        monkeypatch.setattr(world.bot.services.ledger, "held_about", broken)
        await world.mia.slash(world.news, "privacy show")
        assert len(world.env.errors) == 1
