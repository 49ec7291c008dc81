"""Buttons of review cards pressed at the same instant, and signs of every kind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.core.review import ReviewState, Verdict
from tests.faults.test_cards import SECOND_ID, card_in, heard, proposed, record
from tests.faults.town import PATIENCE
from tests.faults.world import MODERATOR_ID, READER_ID

if TYPE_CHECKING:
    from bot.adapters.chat.client import GazetteBot
    from tests.faults.town import Town


async def press(town: Town, bot: GazetteBot, *people: int, label: str = "Approve") -> list[str]:
    """Let people press a button of the card at once, and return what each is told."""
    card = card_in(town)
    tokens = [await town.loopback.press(card, label, user_id=user_id) for user_id in people]
    async with asyncio.timeout(PATIENCE):
        for token in tokens:
            await town.loopback.answered("POST", rf"/webhooks/\d+/{token}")
    await heard(town, bot)
    return [town.loopback.world.answers[token][-1]["content"] for token in tokens]


async def test_two_who_press_at_once_are_two_votes_and_one_verdict(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot, approvals=2, buttons=True)
        told = await press(town, bot, MODERATOR_ID, SECOND_ID)
        assert await record(bot) == [ReviewState.APPROVED]
    assert any("Approved for **Morning**" in text for text in told)
    for user_id in (MODERATOR_ID, SECOND_ID):
        assert f"<@{user_id}>" in card_in(town)["content"]


async def test_yes_and_no_pressed_at_once_come_to_one_verdict(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot, buttons=True)
        card = card_in(town)
        yes = await town.loopback.press(card, "Approve", user_id=MODERATOR_ID)
        no = await town.loopback.press(card, "Reject", user_id=SECOND_ID)
        async with asyncio.timeout(PATIENCE):
            for token in (yes, no):
                await town.loopback.answered("POST", rf"/webhooks/\d+/{token}")
        await heard(town, bot)
        (decided,) = await record(bot)
    assert decided in {ReviewState.APPROVED, ReviewState.REJECTED}
    word = "Approved" if decided is ReviewState.APPROVED else "Rejected"
    assert f"{word} for **Morning**" in card_in(town)["content"]


async def test_a_double_click_takes_the_vote_back(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot, approvals=2, buttons=True)
        await press(town, bot, MODERATOR_ID, MODERATOR_ID)
        (review,) = await bot.services.ledger.pending_reviews()
        assert await bot.services.ledger.presses(review.id) == []
        assert await bot.services.ledger.votes(review.id) == []


async def test_super_reactions_count_like_others(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot, approvals=2)
        card_id = int(card_in(town)["id"])
        town.loopback.world.supers[card_id] = {"✅": [MODERATOR_ID, READER_ID], "🎉": [SECOND_ID]}
        (review,) = await bot.services.ledger.pending_reviews()
        await bot.services.moderator.count(review)
        (vote,) = await bot.services.ledger.votes(review.id)
        assert (vote.user_id, vote.verdict) == (MODERATOR_ID, Verdict.APPROVE)
        await town.loopback.react(SECOND_ID, int(card_in(town)["channel_id"]), card_id, "✅")
        await heard(town, bot)
        assert await record(bot) == [ReviewState.APPROVED]
