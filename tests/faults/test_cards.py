"""The real bot's review cards, while Discord loses, refuses and forgets, and people do not wait."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from discord.utils import utcnow

import bot.services.count
from bot.core.digest import DigestState
from bot.core.review import ReviewSettings, ReviewState
from tests.faults.breaking import Fault
from tests.faults.hearing import hear_out
from tests.faults.places import MANAGE_MESSAGES
from tests.faults.town import PATIENCE, Town
from tests.faults.world import (
    GUILD_ID,
    MODERATOR_ID,
    MODERATOR_ROLE_ID,
    NEWS_ID,
    PERMISSIONS,
    READER_ID,
    REVIEW_ID,
    Json,
    person,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.chat.client import GazetteBot
    from bot.core.review import Review

OTTERS = [["Otters return"]]
SECOND_ID = 900000000000000006
CARD = rf"/channels/{REVIEW_ID}/messages/\d+"
READING = rf"{CARD}(/reactions/[^/]+)?"
MARKING = rf"{CARD}/reactions/[^/]+/@me"
SIGNS = {"✅", "❌", "🕒", "✏️"}
SOME = timedelta(seconds=0.3)

_DEFINITE = [Fault.FORBIDDEN, Fault.MISSING]
_PASSING = [
    Fault.LIMITED,
    Fault.ERROR,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.TIMEOUT,
    Fault.RESET,
    Fault.CUT,
    Fault.GARBLED,
]
_HANGING = [Fault.HANG]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment for an answer that never comes."""
    for name in ("LONGEST_COUNT", "REQUEST_TIMEOUT"):
        monkeypatch.setattr(bot.services.count, name, SOME)


async def proposed(
    town: Town, bot: GazetteBot, *, approvals: int = 1, buttons: bool = False
) -> Json:
    """Switch review on, and have the article proposed an hour before its edition."""
    town.loopback.world.members[SECOND_ID] = person(SECOND_ID, "second", MODERATOR_ROLE_ID)
    await bot.services.moderator.set_up(
        ReviewSettings(
            guild_id=GUILD_ID,
            channel_id=REVIEW_ID,
            role_id=MODERATOR_ROLE_ID,
            approvals=approvals,
            buttons=buttons,
        )
    )
    await town.add_digest()
    digests = await bot.services.ledger.digests()
    ((slot, _),) = bot.services.publisher.next_slots(digests)
    town.clock.ahead = slot.at - timedelta(hours=1) - utcnow()
    await bot.wake()
    return card_in(town)


def card_in(town: Town) -> Json:
    (card,) = town.loopback.world.messages[REVIEW_ID]
    return card


async def vote(town: Town, emoji: str = "✅", *, user_id: int = MODERATOR_ID) -> None:
    await town.loopback.react(user_id, REVIEW_ID, int(card_in(town)["id"]), emoji)


async def reviews(bot: GazetteBot) -> list[Review]:
    """Return all reviews, the oldest first."""
    found = [await bot.services.ledger.review(number) for number in range(1, 20)]
    return [review for review in found if review is not None]


async def states(bot: GazetteBot) -> list[ReviewState]:
    return [review.state for review in await reviews(bot)]


async def heard(town: Town, bot: GazetteBot) -> None:
    """Let the bot take in what the gateway sent, and do what follows."""
    await hear_out(bot, town.loopback.gateway.sent)
    await bot.wake()
    await bot.told()


async def to_the_slot(town: Town, bot: GazetteBot) -> None:
    for _ in range(3):
        town.pass_time(3600)
        await bot.wake()


async def record(bot: GazetteBot) -> Sequence[ReviewState]:
    return [d.state for d in await bot.services.ledger.decisions(GUILD_ID, limit=20)]


async def test_a_vote_that_nobody_could_count_before_the_end_is_counted_after_it(
    town: Town,
) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        town.loopback.fail("GET", READING, Fault.UNAVAILABLE)
        await vote(town)
        async with asyncio.timeout(PATIENCE):
            await town.loopback.answered("GET", CARD)
        assert await states(bot) == [ReviewState.PENDING]
    async with town.bot() as bot:
        await heard(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]
        await to_the_slot(town, bot)
        assert await record(bot) == [ReviewState.APPROVED]
    assert town.titles() == OTTERS
    assert f"by <@{MODERATOR_ID}>" in card_in(town)["content"]


async def test_a_verdict_whose_card_hangs_when_the_bot_ends_is_shown_by_the_next(
    town: Town,
) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        town.loopback.fail("PATCH", CARD, Fault.HANG)
        await vote(town)
        async with asyncio.timeout(PATIENCE):
            while not town.count("PATCH", CARD):  # noqa: ASYNC110 (nothing tells of a request)
                await asyncio.sleep(0.01)
        assert await states(bot) == [ReviewState.APPROVED]
    assert "Proposed" in card_in(town)["content"]
    async with town.bot() as bot:
        town.pass_time(60)
        await bot.wake()
        assert "Approved" in card_in(town)["content"]
        await to_the_slot(town, bot)
        assert await record(bot) == [ReviewState.APPROVED]
    assert town.titles() == OTTERS


@pytest.mark.parametrize("after", [0, 1], ids=["the card", "its reactions"])
@pytest.mark.parametrize("fault", [*_DEFINITE, *_PASSING, *_HANGING])
async def test_a_vote_outlives_that_it_could_not_be_read(
    town: Town, fault: Fault, after: int
) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        town.loopback.fail("GET", READING, fault, after=after, retry_after=600)
        await vote(town)
        async with asyncio.timeout(PATIENCE):
            while town.loopback.unmet:  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.01)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]
        assert await record(bot) == [ReviewState.APPROVED]
    assert town.titles() == OTTERS


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("fault", _PASSING)
async def test_a_card_shows_the_verdict_in_the_end(
    town: Town, fault: Fault, *, accepted: bool
) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        town.loopback.fail("PATCH", CARD, fault, accepted=accepted, retry_after=600)
        await vote(town, "❌")
        await heard(town, bot)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.REJECTED]
    assert "Rejected" in card_in(town)["content"]
    assert town.titles() == []


@pytest.mark.parametrize("fault", _DEFINITE)
async def test_a_card_that_may_not_be_edited_keeps_nothing_from_being_posted(
    town: Town, fault: Fault
) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        town.loopback.fail("PATCH", CARD, fault)
        await vote(town)
        await heard(town, bot)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]
        (digest,) = await bot.services.ledger.digests()
        assert digest.state is DigestState.ACTIVE
    assert town.titles() == OTTERS


@pytest.mark.parametrize("fault", [*_DEFINITE, *_PASSING, *_HANGING])
async def test_a_card_without_signs_is_voted_on_all_the_same_and_gets_them_later(
    town: Town, fault: Fault
) -> None:
    async with town.bot() as bot:
        town.loopback.fail("PUT", MARKING, fault, retry_after=600)
        card = await proposed(town, bot)
        await heard(town, bot)
        await vote(town, user_id=SECOND_ID)
        await heard(town, bot)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]
        assert town.count("POST", rf"/channels/{REVIEW_ID}/messages") == 1
        assert int(card["id"]) in town.loopback.world.reactions
    assert town.titles() == OTTERS


async def test_signs_that_are_missing_are_added_at_the_next_start(town: Town) -> None:
    async with town.bot() as bot:
        town.loopback.fail("PUT", MARKING, Fault.UNAVAILABLE, after=1)
        card = await proposed(town, bot)
        await heard(town, bot)
        assert len(town.loopback.world.reactions[int(card["id"])]) < len(SIGNS)
    async with town.bot() as bot:
        await heard(town, bot)
        assert set(town.loopback.world.reactions[int(card["id"])]) == SIGNS


async def test_a_card_that_is_deleted_is_withdrawn_and_its_article_is_free(town: Town) -> None:
    async with town.bot() as bot:
        card = await proposed(town, bot)
        await town.loopback.delete_message(REVIEW_ID, int(card["id"]))
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.WITHDRAWN]
        assert town.titles() == []
        town.pass_time(12 * 3600)
        await bot.wake()
        assert await states(bot) == [ReviewState.WITHDRAWN, ReviewState.PENDING]
        await vote(town)
        await heard(town, bot)
        town.pass_time(12 * 3600)
        await bot.wake()
    assert town.titles() == OTTERS


async def test_a_card_that_is_deleted_while_the_bot_is_away_is_withdrawn_as_well(
    town: Town,
) -> None:
    async with town.bot() as bot:
        card = await proposed(town, bot)
    await vote(town)
    await town.loopback.delete_message(REVIEW_ID, int(card["id"]))
    async with town.bot() as bot:
        await heard(town, bot)
        assert await states(bot) == [ReviewState.WITHDRAWN]
        await to_the_slot(town, bot)
    assert town.titles() == []


async def test_what_is_decided_stays_decided_though_its_card_is_deleted(town: Town) -> None:
    async with town.bot() as bot:
        card = await proposed(town, bot)
        await vote(town)
        await heard(town, bot)
        await town.loopback.delete_message(REVIEW_ID, int(card["id"]))
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]
    assert town.titles() == OTTERS


async def test_a_review_channel_that_is_deleted_lets_nothing_through(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        await town.loopback.remove_channel(REVIEW_ID)
        await heard(town, bot)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.WITHDRAWN]
    assert town.titles() == []


async def test_whoever_manages_messages_decides_where_the_role_is_deleted(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        await town.loopback.change_role(GUILD_ID, PERMISSIONS)
        await town.loopback.remove_role(MODERATOR_ROLE_ID)
        await heard(town, bot)
        await vote(town, user_id=SECOND_ID)
        await heard(town, bot)
        assert await states(bot) == [ReviewState.PENDING]
        await vote(town)  # who owns the server
        await heard(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]


async def test_whoever_lost_the_role_since_is_not_counted(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot, approvals=2)
        await vote(town, user_id=SECOND_ID)
        await heard(town, bot)
        await town.loopback.change_member(SECOND_ID)
        await vote(town)
        await heard(town, bot)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.PENDING]
    assert town.titles() == []


async def test_whoever_left_since_is_not_counted(town: Town) -> None:
    async with town.bot() as bot:
        await proposed(town, bot, approvals=2)
        await vote(town, user_id=SECOND_ID)
        await town.loopback.remove_member(SECOND_ID)
        await vote(town)
        await heard(town, bot)
        assert await states(bot) == [ReviewState.PENDING]


@pytest.mark.parametrize("forgotten", [True, False])
async def test_reactions_missed_by_a_lost_connection_are_counted(
    town: Town, *, forgotten: bool
) -> None:
    async with town.bot() as bot:

        async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
            """Skip the five seconds discord.py waits before it identifies again."""

        bot.before_identify_hook = at_once  # type: ignore[method-assign]  # made to be replaced
        card = await proposed(town, bot, approvals=2)
        back = bot.wait_for("ready" if forgotten else "resumed", timeout=PATIENCE)
        waiting = asyncio.create_task(back)
        await asyncio.sleep(0)
        # what no event tells of: a session that is forgotten, or one that lost what it was to say
        town.loopback.world.reactions[int(card["id"])]["✅"] += [MODERATOR_ID, SECOND_ID]
        if forgotten:
            town.loopback.gateway.sessions.clear()
        await town.loopback.gateway.drop()
        await waiting
        await heard(town, bot)
        assert await states(bot) == [ReviewState.APPROVED]


async def test_a_sign_of_somebody_without_a_say_goes_and_they_are_told_once(town: Town) -> None:
    async with town.bot() as bot:
        card = await proposed(town, bot)
        rights = PERMISSIONS | MANAGE_MESSAGES
        await town.loopback.change_role(GUILD_ID, rights)
        await town.loopback.change_role(MODERATOR_ROLE_ID, 0)
        await heard(town, bot)
        for _ in range(2):
            await vote(town, user_id=READER_ID)
            await heard(town, bot)
        assert READER_ID not in town.loopback.world.reactions[int(card["id"])].get("✅", [])
        assert await states(bot) == [ReviewState.PENDING]
        inbox = town.loopback.world.inboxes[READER_ID]
        assert len(town.loopback.world.messages[int(inbox["id"])]) == 1


@pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.MISSING, Fault.UNAVAILABLE])
async def test_a_sign_that_cannot_be_taken_away_counts_for_nothing(
    town: Town, fault: Fault
) -> None:
    async with town.bot() as bot:
        await proposed(town, bot)
        await town.loopback.change_role(GUILD_ID, PERMISSIONS | MANAGE_MESSAGES)
        await heard(town, bot)
        town.loopback.fail("DELETE", rf"{CARD}/reactions/[^/]+/\d+", fault)
        await vote(town, user_id=READER_ID)
        await heard(town, bot)
        await to_the_slot(town, bot)
        assert await states(bot) == [ReviewState.PENDING]
    assert town.loopback.world.messages.get(NEWS_ID, []) == []
