"""Deadlines: votes the gateway lost, reminders, cards that are over, and who is owed what."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from bot.core.review import Review, ReviewState, Unread, Verdict, Vote
from bot.services.count import LONGEST_COUNT
from bot.services.deadlines import PATIENCE
from tests.core.samples import DAY, HOUR
from tests.services.house import DESK, GUILD, LEAD, House, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from tests.services.fakes import Message

DRAFT = told("draft", draft=True)
EXPIRES: dict[str, Any] = {"expire_after": 2 * HOUR}
REMINDS: dict[str, Any] = {"remind_after": HOUR}


async def state(house: House, message: Message) -> ReviewState:
    """Return what became of the proposal on a card."""
    review = await house.ledger.review_of_message(message.id)
    assert review is not None
    return review.state


def reminders(house: House) -> list[str]:
    """Return what moderators were reminded of."""
    return [m.post.content for m in house.chat.standing(DESK) if not m.post.cards]


class Looks:
    """Counts how often cards were read."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at: list[int] = []
        real = house.chat.ballots

        async def ballots(review: Review) -> Sequence[Vote] | Unread:
            self.at.append(review.id)
            return await real(review)

        monkeypatch.setattr(house.chat, "ballots", ballots)


async def test_a_vote_that_the_gateway_lost_is_counted_when_its_edition_is_due(
    house: House,
) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.vote(message, 1)
    await house.wake(LEAD)
    assert house.posted() == ["a"]


async def test_what_is_due_is_counted_once_and_not_at_every_beat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.asked(told("a"), told("b"))
    looks = Looks(house, monkeypatch)
    await house.wake(LEAD - HOUR)
    assert looks.at == []
    for _ in range(3):
        await house.wake(HOUR)
    assert looks.at == [1, 2]


async def test_what_is_due_and_cannot_be_read_is_counted_when_it_can(house: House) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.vote(message, 1)
    house.chat.silent = True
    await house.wake(LEAD)
    assert house.posted() == []
    house.chat.silent = False
    await house.wake(HOUR)
    assert house.posted() == ["a"]


async def test_a_draft_is_due_at_no_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.review()
    await house.add()
    await house.propose(DRAFT)
    await house.wake()
    looks = Looks(house, monkeypatch)
    await house.wake(3 * DAY)
    assert looks.at == []


async def test_what_takes_too_long_is_left_to_the_next_beat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for message in await house.asked(told("a"), told("b")):
        house.chat.vote(message, 1)
    loop = asyncio.get_running_loop()
    honest, real = loop.time, house.chat.ballots

    async def slow(review: Review) -> Sequence[Vote] | Unread:
        monkeypatch.setattr(loop, "time", lambda: honest() + 1.1 * LONGEST_COUNT.total_seconds())
        return await real(review)

    monkeypatch.setattr(house.chat, "ballots", slow)
    house.clock.go(LEAD)
    await house.moderator.mind_time()
    assert [review.id for review in await house.waiting()] == [2]
    monkeypatch.setattr(loop, "time", honest)
    await house.moderator.mind_time()
    assert await house.waiting() == []


async def test_what_nobody_decides_in_time_is_left_to_the_next_edition(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    (message,) = await house.asked(told("a"), **EXPIRES)
    await house.wake(2 * HOUR - HOUR / 60)
    assert await state(house, message) is ReviewState.PENDING
    with caplog.at_level(logging.INFO, logger="bot.services.deadlines"):
        await house.wake(HOUR / 60)
    assert caplog.messages == ["review expired: review=1"]
    assert await state(house, message) is ReviewState.EXPIRED
    assert message.post.content.startswith("### ⌛ Not decided in time for **Morning**")
    expired = await house.ledger.review_of_message(message.id)
    assert expired is not None
    assert expired.why == "nobody decided in time"
    await house.wake(LEAD)
    assert house.posted() == []
    await house.wake(DAY - LEAD - 2 * HOUR)
    (review,) = await house.waiting()
    assert review.reason.startswith("left to this edition by the moderators")


async def test_a_vote_is_counted_before_a_card_is_over(house: House) -> None:
    (message,) = await house.asked(told("a"), **EXPIRES)
    house.chat.vote(message, 1)
    await house.wake(2 * HOUR)
    assert await state(house, message) is ReviewState.APPROVED


async def test_a_card_that_is_over_and_was_deleted_is_withdrawn(house: House) -> None:
    (message,) = await house.asked(told("a"), **EXPIRES)
    house.chat.gone.add(message.id)
    await house.wake(2 * HOUR)
    assert await state(house, message) is ReviewState.WITHDRAWN


async def test_a_card_that_never_arrived_is_over_like_others(house: House) -> None:
    await house.review(**EXPIRES)
    await house.add()
    await house.propose(DRAFT)
    house.clock.go(2 * HOUR)
    await house.moderator.mind_time()
    assert await house.waiting() == []
    await house.courier.drain()
    assert house.chat.standing(DESK) == []


async def test_a_card_that_cannot_be_read_is_over_when_patience_is(house: House) -> None:
    (message,) = await house.asked(told("a"), **EXPIRES)
    house.chat.vote(message, 1, Verdict.REJECT)
    house.chat.silent = True
    await house.wake(2 * HOUR)
    assert await state(house, message) is ReviewState.PENDING
    await house.wake(PATIENCE)
    assert await state(house, message) is ReviewState.PENDING
    await house.wake(HOUR / 60)
    assert await state(house, message) is ReviewState.EXPIRED


async def test_a_card_that_can_be_read_again_is_not_over_before_its_votes_are_counted(
    house: House,
) -> None:
    (message,) = await house.asked(told("a"), **EXPIRES)
    house.chat.vote(message, 1, Verdict.REJECT)
    house.chat.silent = True
    await house.wake(2 * HOUR)
    house.chat.silent = False
    await house.wake(HOUR)
    assert await state(house, message) is ReviewState.REJECTED


async def test_where_review_is_switched_off_meanwhile_nothing_is_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.asked(told("a"), **EXPIRES)
    house.chat.silent = True
    house.clock.go(2 * HOUR)
    real = house.chat.ballots

    async def switching_off(review: Review) -> Sequence[Vote] | Unread:
        await house.moderator.switch_off(GUILD)
        return await real(review)

    monkeypatch.setattr(house.chat, "ballots", switching_off)
    await house.moderator.mind_time()
    (message,) = house.chat.standing(DESK)
    assert await state(house, message) is ReviewState.WITHDRAWN


async def test_moderators_are_reminded_once_of_all_that_waits(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.asked(told("a"), told("b"), **REMINDS)
    await house.wake(HOUR - HOUR / 60)
    assert reminders(house) == []
    with caplog.at_level(logging.INFO, logger="bot.services.deadlines"):
        await house.wake(HOUR / 60)
    assert caplog.messages == ["moderators reminded: channel=30 reviews=2"]
    (reminder,) = reminders(house)
    assert "**a**" in reminder
    assert "**b**" in reminder
    await house.wake(HOUR)
    assert reminders(house) == [reminder]


async def test_nobody_is_reminded_of_what_was_decided_though_the_gateway_lost_it(
    house: House,
) -> None:
    decided, waiting = await house.asked(told("a"), told("b"), **REMINDS)
    house.chat.vote(decided, 1)
    await house.wake(HOUR)
    (reminder,) = reminders(house)
    assert f"**{decided.titles[0]}**" not in reminder
    assert f"**{waiting.titles[0]}**" in reminder


async def test_what_moderators_were_reminded_of_is_counted_again_when_it_is_due(
    house: House,
) -> None:
    (message,) = await house.asked(told("a"), **REMINDS)
    await house.wake(HOUR)
    assert len(reminders(house)) == 1
    house.chat.vote(message, 1)
    await house.wake(LEAD - HOUR)
    assert house.posted() == ["a"]


async def test_each_channel_has_a_reminder_of_its_own(house: House) -> None:
    await house.asked(told("a"), **REMINDS)
    await house.review(**REMINDS, channel_id=31)
    await house.propose(DRAFT)
    await house.wake()
    await house.wake(HOUR)
    assert len(reminders(house)) == 1
    (_, reminder) = house.chat.standing(31)
    assert "**draft**" in reminder.post.content
    assert "**a**" not in reminder.post.content


async def test_one_review_that_goes_wrong_keeps_no_other_from_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await house.asked(told("a"), told("b"), **EXPIRES, **REMINDS)
    house.clock.go(2 * HOUR)
    real = house.ledger.end_review

    async def broken(review_id: int, *args: object, **more: object) -> object:
        if review_id == 1:
            raise ZeroDivisionError
        return await real(review_id, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(house.ledger, "end_review", broken)
    await house.moderator.mind_time()
    assert caplog.messages == ["review not ended: review=1"]
    assert [review.id for review in await house.waiting()] == [1]


async def test_two_that_mind_the_time_at_once_end_and_remind_once(
    house: House, second: House
) -> None:
    await house.asked(told("a"), told("b"), **REMINDS)
    house.clock.go(HOUR)
    await asyncio.gather(house.moderator.mind_time(), second.moderator.mind_time())
    await house.courier.drain()
    assert len(reminders(house)) == 1
