"""What happens at the same instant, or while a verdict is under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.core.review import ReviewState
from tests.chat.desk import (
    AGAIN,
    card,
    cards,
    inbox,
    news,
    now_of,
    propose,
    propose_a_told_story,
    waiting,
)
from tests.chat.house import OTTERS, ZEPPELINS, said, titles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import discord
    import pytest
    import simcord

    from bot.core.review import Review, Unread, Vote
    from tests.chat.house import House


async def sign(
    house: House, member: simcord.MemberActor, message: discord.Message, emoji: str
) -> None:
    """React without waiting for what the bot makes of it."""
    house.env.backend.set_reaction(message.channel.id, message.id, emoji, member.id, True)  # noqa: FBT003
    await asyncio.sleep(0)


def between(
    house: House, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[object]]
) -> None:
    """Let something happen once, after the reactions were read and before they are counted."""
    chat: Any = house.bot.services.moderator._chat  # noqa: SLF001 (the seam between the two)
    read = chat.ballots
    acts = [act]

    async def ballots(review: Review) -> Sequence[Vote] | Unread:
        votes: Sequence[Vote] | Unread = await read(review)
        while acts:
            await acts.pop()()
        return votes

    monkeypatch.setattr(chat, "ballots", ballots)


async def verdicts(house: House) -> list[ReviewState]:
    """Return what was decided, the oldest first."""
    lines = await house.bot.services.ledger.decisions(house.guild.id, limit=99)
    return [line.state for line in reversed(lines)]


async def test_two_moderators_at_once_decide_once(house: House) -> None:
    shown = await propose(house)
    await sign(house, house.nora, shown, "✅")
    await sign(house, house.otto, shown, "✅")
    await house.env.settle()
    assert await verdicts(house) == [ReviewState.APPROVED]
    assert len(house.requests("PATCH", f"/messages/{shown.id}")) == 1
    await house.wait(hours=9)
    assert news(house) == [OTTERS]


async def test_yes_and_no_at_once_decide_once(house: House) -> None:
    shown = await propose(house)
    await sign(house, house.nora, shown, "✅")
    await sign(house, house.otto, shown, "❌")
    await house.env.settle()
    decided = await verdicts(house)
    assert len(decided) == 1
    await house.wait(hours=9)
    assert news(house) == ([OTTERS] if decided == [ReviewState.APPROVED] else [])


async def test_a_yes_and_a_no_read_together_come_to_no(house: House) -> None:
    shown = await propose(house)
    house.deafen()
    await house.nora.react(shown, "✅")
    await house.otto.react(shown, "❌")
    await house.restart()
    assert await verdicts(house) == [ReviewState.REJECTED]
    assert f"by {house.otto.mention}," in card(house).content


async def test_a_vote_taken_back_while_it_is_counted_is_counted_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house, approvals=2)

    async def take_back() -> None:
        house.env.backend.remove_reaction(shown.channel.id, shown.id, "✅", house.nora.id)

    between(house, monkeypatch, take_back)
    await house.nora.react(shown, "✅")
    (review,) = await waiting(house)
    assert await house.bot.services.ledger.votes(review.id) == []
    await house.otto.react(shown, "✅")
    assert "Proposed" in card(house).content


async def test_a_role_lost_between_reading_and_counting_has_voted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)

    async def lose_role() -> None:
        house.env.backend.remove_member_role(house.guild.id, house.nora.id, house.moderators.id)

    between(house, monkeypatch, lose_role)
    await house.nora.react(shown, "✅")
    assert await verdicts(house) == [ReviewState.APPROVED]


async def test_the_article_changes_while_it_is_voted_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)

    async def change() -> None:
        slug = "river-otters-return-to-the-old-harbour"
        house.content.write("Otters renewed", name=slug, topics=["Nature"], quality=90)
        await house.bot.services.attendant.look()

    between(house, monkeypatch, change)
    await house.nora.react(shown, "✅")
    await house.wake()
    assert now_of(house, shown).content.startswith("### Withdrawn from **Morning**")
    await house.wait(hours=9)
    assert news(house) == []  # nobody approved the new wording
    await house.nora.react(cards(house)[-1], "✅")
    assert news(house) == ["Otters renewed"]


async def test_words_change_while_it_is_voted_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)
    (review,) = await waiting(house)
    services = house.bot.services

    async def change() -> None:
        await services.ledger.change_review(
            review.id,
            review.card,
            by=house.otto.id,
            announce=services.moderator._announce,  # noqa: SLF001 (as the moderator does)
            now=house.clock(),
        )

    between(house, monkeypatch, change)
    await house.nora.react(shown, "✅")
    await house.wake()
    assert await verdicts(house) == [ReviewState.CHANGED]
    await house.wait(hours=9)
    assert news(house) == []
    await house.nora.react(cards(house)[-1], "✅")
    assert news(house) == [OTTERS]


async def test_another_telling_is_asked_for_by_two_at_once(house: House) -> None:
    shown = await propose_a_told_story(house)
    await sign(house, house.nora, shown, "🔁")
    await sign(house, house.otto, shown, "🔁")
    await house.env.settle()
    assert await verdicts(house) == [ReviewState.REPLACED]
    assert [titles(one) for one in cards(house)] == [[OTTERS], [AGAIN]]


async def test_a_restart_between_vote_and_verdict_loses_no_vote(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError

    house.expected.append(RuntimeError)
    monkeypatch.setattr(house.bot.services.ledger, "count", die)
    await house.nora.react(shown, "✅")
    assert await verdicts(house) == []
    await house.restart()
    assert await verdicts(house) == [ReviewState.APPROVED]
    await house.wait(hours=9)
    assert news(house) == [OTTERS]


async def test_a_restart_between_press_and_verdict_loses_no_vote(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(house.bot.services.ledger, "count", die)
    text = said(await house.nora.click(shown, label="Approve"))
    assert text.startswith("Something went wrong")
    await house.restart()
    assert await verdicts(house) == [ReviewState.APPROVED]


async def test_a_restart_between_verdict_and_card_shows_the_verdict(house: House) -> None:
    shown = await propose(house)
    house.env.inject_error("PATCH", "/channels/*/messages/*", status=500)
    await house.nora.react(shown, "✅")
    assert "Proposed" in card(house).content
    await house.restart()
    await house.wait(seconds=120)
    assert "Approved" in card(house).content


async def test_a_card_deleted_while_it_is_counted_does_no_harm(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)

    async def delete() -> None:
        house.env.backend.delete_message(shown.channel.id, shown.id)

    between(house, monkeypatch, delete)
    await house.nora.react(shown, "✅")
    assert await verdicts(house) == [ReviewState.APPROVED]
    await house.wait(hours=9)
    assert news(house) == [OTTERS]


async def test_review_is_switched_off_while_somebody_votes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await propose(house)

    async def switch_off() -> None:
        await house.bot.services.moderator.switch_off(house.guild.id)

    between(house, monkeypatch, switch_off)
    await house.nora.react(shown, "✅")
    await house.wake()
    assert await verdicts(house) == [ReviewState.WITHDRAWN]
    assert card(house).content.startswith("### Withdrawn from **Morning**")


async def test_a_rejected_draft_is_never_posted_whatever_is_said_later(house: House) -> None:
    await house.set_review_up()
    await house.add_digest(limit=9)
    await house.nora.slash(house.review, "review draft", article=ZEPPELINS)
    shown = card(house, ZEPPELINS)
    await house.otto.react(shown, "❌")
    for member in (house.nora, house.otto):
        await member.react(shown, "✅")
    await house.restart()
    await house.wait(hours=48)
    assert ZEPPELINS not in news(house)
    assert (await verdicts(house))[0] is ReviewState.REJECTED
    assert now_of(house, shown).content.startswith("### ❌ Rejected")


async def test_strangers_at_once_are_each_told_once(house: House) -> None:
    zoe = house.guild.add_member(house.env.create_user("zoe"))
    shown = await propose(house)
    for member in (house.mia, zoe):
        for emoji in ("✅", "❌"):
            await sign(house, member, shown, emoji)
    await house.env.settle()
    await house.wake()
    assert [len(inbox(member)) for member in (house.mia, zoe)] == [1, 1]
    assert await verdicts(house) == []
