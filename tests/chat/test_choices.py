"""What autocomplete answers when finding choices fails or lasts."""

from __future__ import annotations

import asyncio
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

import pytest
from discord import app_commands

from bot.adapters.chat.choices import Choices, offered
from bot.adapters.ledger.store import LedgerStore
from tests.chat.forged import ask, commands_of

if TYPE_CHECKING:
    from tests.chat.house import House

WITHIN = 2.5  # seconds; after three Discord takes no answer


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


async def test_everything_is_offered_in_time_however_slow_the_ledger_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.set_review_up()
    await house.add_digest()

    async def never(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    reading = [name for name in dir(LedgerStore) if iscoroutinefunction(getattr(LedgerStore, name))]
    assert "digests" in reading
    asked = [
        (command, parameter)
        for command in commands_of(house)
        for parameter in command.parameters
        if parameter.autocomplete
    ]
    assert len(asked) > 10
    with monkeypatch.context() as patch:
        for name in reading:
            patch.setattr(LedgerStore, name, never)
        for command, parameter in asked:
            before, name = len(house.env.http_requests), parameter.name
            shown = {parameter.display_name: "otter"}
            await ask(house, house.ada, command, shown, channel=house.review, focused=name)
            await house.env.advance_time(WITHIN)
            sent = [one.json for one in house.env.http_requests[before:]]
            assert [body and body["type"] for body in sent] == [8], command.qualified_name
