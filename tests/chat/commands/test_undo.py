"""Taking a decision back: /review undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.adapters.chat.commands.undo import UNDONE
from bot.core.review import Undo
from tests.chat.house import GLACIERS, OTTERS, said, titles

if TYPE_CHECKING:
    import discord

    from bot.config import Settings
    from tests.chat.house import House


async def undo(house: House, **options: str) -> str:
    return said(await house.nora.slash(house.review, "review undo", **options))


async def offered(house: House, typed: str = "") -> dict[str, str]:
    choices = await house.nora.autocomplete(house.review, "review undo", "which", typed)
    return {choice["name"]: choice["value"] for choice in choices}


def cards(house: House, title: str) -> list[discord.Message]:
    seen = house.review.history(viewer=house.nora)
    return [message for message in seen if titles(message) == [title]]


async def decided(house: House) -> None:
    """Let two articles be decided, each by somebody else."""
    await house.set_review_up()
    await house.add_digest(limit=2)
    await house.nora.react(cards(house, OTTERS)[0], "✅")
    await house.wait(seconds=90)
    await house.otto.react(cards(house, GLACIERS)[0], "❌")


async def test_the_last_decision_of_whoever_asks_is_undone(house: House) -> None:
    await decided(house)
    assert await undo(house) == (
        f"**{OTTERS}**: undone. It is asked again, with a new card and no votes."
    )
    assert len(cards(house, OTTERS)) == 2
    assert len(cards(house, GLACIERS)) == 1
    assert await undo(house) == (
        "You decided nothing in the last 30 minutes. What others decided you can choose from the "
        "list."
    )


async def test_what_others_decided_is_chosen_from_a_list(house: House) -> None:
    await decided(house)
    choices = await offered(house)
    assert list(choices) == [
        f"{GLACIERS} — rejected by others, 30 min left",
        f"{OTTERS} — approved by you, 28 min left",
    ]
    assert list(await offered(house, "hum")) == [f"{GLACIERS} — rejected by others, 30 min left"]
    (number, *_) = choices.values()
    assert (await undo(house, which=number)).startswith(f"**{GLACIERS}**: undone.")
    assert (await undo(house, which="otters")).startswith(f"**{OTTERS}**: undone.")
    assert await offered(house) == {}
    assert await undo(house, which="otters") == (
        "There is no decision like “otters”; choose one from the list."
    )


async def test_what_was_posted_is_taken_back(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=1)
    await house.wait(hours=8, seconds=3500)
    await house.nora.react(cards(house, OTTERS)[0], "✅")
    await house.wait(seconds=200)
    assert [titles(one) for one in house.news.history(viewer=house.mia)] == [[OTTERS]]
    assert await undo(house) == (
        f"**{OTTERS}**: undone. What was posted is taken back, and never comes to that place again."
    )
    assert [titles(one) for one in house.news.history(viewer=house.mia)] in ([], [[]])


async def test_after_its_time_nothing_is_undone_nor_offered(house: House) -> None:
    await decided(house)
    await house.wait(seconds=31 * 60)
    assert await offered(house) == {}
    assert await undo(house) == "You decided nothing in the last 30 minutes."


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Return settings by which nothing can be undone, where a test says so."""
    if "switched_off" not in request.node.name:
        return settings
    review = settings.review.model_copy(update={"undo_minutes": 0})
    return settings.model_copy(update={"review": review})


async def test_it_can_be_switched_off(house: House) -> None:
    await decided(house)
    assert await offered(house) == {}
    assert await undo(house) == (
        "Decisions cannot be undone here; whoever runs the bot switched that off."
    )


@pytest.mark.parametrize("undone", list(Undo))
def test_whatever_comes_of_it_has_its_words(undone: Undo) -> None:
    assert UNDONE[undone].endswith(".")
