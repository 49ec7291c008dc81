"""Counting: buttons beside reactions, the entitled alone, and other tellings that take a place."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.digest import DigestState
from bot.core.review import Cast, Counted, Review, ReviewState, Verdict
from bot.services.count import LONGEST_COUNT
from tests.core.samples import HOUR
from tests.services.fakes import Mood
from tests.services.house import CHANNEL, DESK, LEAD, House, edited, outlasted, retold, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.digest import Item
    from bot.core.review import Unread, Vote
    from tests.services.fakes import Message

FIRST, SECOND, THIRD = (
    retold(name, quality=quality) for name, quality in (("a", 90), ("b", 60), ("c", 30))
)


async def pages(house: House) -> list[str | None]:
    """Return which pages the proposals lead to that wait."""
    return [review.card.url for review in await house.waiting()]


async def taken(house: House, user_id: int = 1) -> Review | None:
    """Ask for the other telling on the newest card, and count."""
    message = house.chat.standing(DESK)[-1]
    house.chat.vote(message, user_id, Verdict.OTHER)
    found = await house.recount(message.id)
    await house.wake()
    return found


async def decided(house: House, message: Message) -> Review:
    """Return what was decided about a card."""
    review = await house.ledger.review_of_message(message.id)
    assert review is not None
    return review


async def test_a_button_says_what_a_reaction_says(house: House) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    cast, counted = await house.press(message, 1)
    assert cast is Cast.GIVEN
    assert counted is not None
    assert counted.state is ReviewState.PENDING
    house.chat.vote(message, 2)
    found = await house.recount(message.id)
    assert found is not None
    assert (found.state, set(found.deciders)) == (ReviewState.APPROVED, {1, 2})


async def test_whoever_presses_and_reacts_counts_once(house: House) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    house.chat.vote(message, 1)
    _, counted = await house.press(message, 1)
    assert counted is not None
    assert counted.state is ReviewState.PENDING


async def test_a_button_pressed_again_takes_it_back(house: House) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    await house.press(message, 1)
    cast, _ = await house.press(message, 1)
    assert cast is Cast.TAKEN_BACK
    _, counted = await house.press(message, 2)
    assert counted is not None
    assert counted.state is ReviewState.PENDING


async def test_a_button_that_decides_says_what_it_came_to(house: House) -> None:
    (message,) = await house.asked(told("a"))
    _, counted = await house.press(message, 1, Verdict.REJECT)
    assert counted is not None
    assert counted.decided
    assert (counted.review.state, counted.review.deciders) == (ReviewState.REJECTED, (1,))


async def test_a_button_of_a_card_that_is_decided_comes_too_late(house: House) -> None:
    (message,) = await house.asked(told("a"))
    await house.press(message, 1)
    assert await house.press(message, 2, Verdict.REJECT) == (Cast.LATE, None)
    assert (await decided(house, message)).state is ReviewState.APPROVED


async def test_a_button_that_the_card_does_not_offer_says_nothing(house: House) -> None:
    (message,) = await house.asked(told("a"))
    assert await house.press(message, 1, Verdict.OTHER) == (Cast.LATE, None)
    (review,) = await house.waiting()
    assert await house.ledger.presses(review.id) == []


async def test_whoever_lost_the_right_between_pressing_and_counting_does_not_count(
    house: House,
) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    await house.press(message, 1)
    house.chat.outsiders.add(1)
    _, counted = await house.press(message, 2)
    assert counted is not None
    assert counted.state is ReviewState.PENDING
    house.chat.outsiders.clear()
    found = await house.recount(message.id)
    assert found is not None
    assert found.state is ReviewState.APPROVED


async def test_where_nobody_knows_who_is_entitled_it_is_counted_later(house: House) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.nobody_knows = True
    assert await house.press(message, 1) == (Cast.GIVEN, None)
    await house.moderator.catch_up()
    assert len(await house.waiting()) == 1
    house.chat.nobody_knows = False
    await house.moderator.catch_up()
    assert await house.waiting() == []


async def test_where_it_takes_too_long_to_know_who_is_entitled_it_is_counted_later(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.asking.append(Mood.HANG)

    async def press() -> None:
        assert await house.press(message, 1) == (Cast.GIVEN, None)

    with caplog.at_level(logging.WARNING, logger="bot"):
        await outlasted(house, press(), 2 * LONGEST_COUNT, monkeypatch)
    assert caplog.messages == ["members not read in time: review=1"]
    await house.moderator.catch_up()
    assert await house.waiting() == []


async def test_of_many_events_at_once_a_card_is_read_twice_at_most(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    real, reads = house.chat.ballots, []

    async def counted(review: Review) -> Sequence[Vote] | Unread:
        reads.append(review.id)
        await asyncio.sleep(0)
        return await real(review)

    monkeypatch.setattr(house.chat, "ballots", counted)
    house.chat.vote(message, 1)
    found = await asyncio.gather(*(house.recount(message.id) for _ in range(20)))
    assert (found, len(reads)) == ([None] * 20, 2)


async def test_who_comes_while_a_card_is_read_gets_a_newer_reading(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = await house.asked(told("a"))
    real, others = house.chat.ballots, list[asyncio.Task[Review | None]]()

    async def overtaken(review: Review) -> Sequence[Vote] | Unread:
        monkeypatch.setattr(house.chat, "ballots", real)
        found = await real(review)
        house.chat.vote(message, 1)
        others.extend(asyncio.create_task(house.recount(message.id)) for _ in range(2))
        await asyncio.sleep(0.05)
        return found

    monkeypatch.setattr(house.chat, "ballots", overtaken)
    assert await house.recount(message.id) is None
    found = await asyncio.gather(*others)
    assert [each.state for each in found if each] == [ReviewState.APPROVED] * 2


async def test_a_count_that_goes_wrong_is_made_good_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.vote(message, 1)
    real = house.chat.ballots

    async def broken(_review: Review) -> Sequence[Vote] | Unread:
        monkeypatch.setattr(house.chat, "ballots", real)
        raise ZeroDivisionError

    monkeypatch.setattr(house.chat, "ballots", broken)
    with pytest.raises(ZeroDivisionError):
        await house.recount(message.id)
    await house.moderator.catch_up()
    assert await house.waiting() == []


async def test_a_server_whose_cards_take_long_keeps_no_other_from_counting(house: House) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    (review,) = await house.waiting()
    house.chat.counting.append(Mood.HANG)
    stuck = asyncio.create_task(house.moderator.count(replace(review, id=99, guild_id=99)))
    await house.chat.hanging.wait()
    house.chat.vote(message, 1)
    house.chat.vote(message, 2)
    async with asyncio.timeout(5):
        assert await house.recount(message.id) is not None
    stuck.cancel()


async def test_what_takes_long_to_catch_up_with_is_left_to_the_next_beat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = await house.asked(told("a"), told("b"))
    house.chat.silent = True
    for message in messages:
        house.chat.vote(message, 1)
        await house.recount(message.id)
    house.chat.silent = False
    loop = asyncio.get_running_loop()
    honest, real = loop.time, house.chat.ballots

    async def slow(review: Review) -> Sequence[Vote] | Unread:
        monkeypatch.setattr(loop, "time", lambda: honest() + 1.1 * LONGEST_COUNT.total_seconds())
        return await real(review)

    monkeypatch.setattr(house.chat, "ballots", slow)
    await house.moderator.catch_up()
    assert [review.id for review in await house.waiting()] == [2]
    monkeypatch.setattr(loop, "time", honest)
    await house.moderator.catch_up()
    assert await house.waiting() == []


async def test_a_channel_that_cannot_be_read_is_asked_for_once_a_beat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = await house.asked(told("a"), told("b"), told("c"))
    house.chat.silent = True
    for message in messages:
        house.chat.vote(message, 1)
        await house.recount(message.id)
    real, reads = house.chat.ballots, []

    async def counted(review: Review) -> Sequence[Vote] | Unread:
        reads.append(review.id)
        return await real(review)

    monkeypatch.setattr(house.chat, "ballots", counted)
    for _ in range(3):
        await house.moderator.catch_up()
    assert reads == [1, 2, 3]
    house.chat.silent = False
    await house.moderator.catch_up()
    assert await house.waiting() == []


async def test_what_was_said_while_nobody_knew_of_what_is_counted_later(house: House) -> None:
    (message,) = await house.asked(told("a"))
    await house.propose(told("draft", draft=True))  # its card has not arrived
    house.chat.vote(message, 1)
    await house.moderator.catch_up()
    assert len(await house.waiting()) == 2
    house.moderator.miss()
    await house.moderator.catch_up()
    assert [review.card.title for review in await house.waiting()] == ["draft"]


async def test_where_fewer_have_to_agree_from_now_on_what_was_said_is_enough(house: House) -> None:
    (message,) = await house.asked(told("a"), approvals=2)
    house.chat.vote(message, 1)
    await house.recount(message.id)
    await house.review(approvals=1)
    await house.wake()
    assert (await decided(house, message)).state is ReviewState.APPROVED


async def test_nobody_is_asked_about_who_pressed_nothing(house: House) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.nobody_knows = True
    house.chat.vote(message, 1)
    found = await house.recount(message.id)
    assert found is not None
    assert found.state is ReviewState.APPROVED


async def test_a_card_that_has_not_arrived_is_not_counted(house: House) -> None:
    await house.review()
    await house.add()
    review = await house.propose(told("draft", draft=True))
    assert isinstance(review, Review)
    assert await house.moderator.count(review) is None
    assert len(await house.waiting()) == 1


async def test_asking_for_a_change_is_told_once(house: House) -> None:
    (message,) = await house.asked(told("a"))
    house.chat.vote(message, 1, Verdict.CHANGE)
    found = await house.recount(message.id)
    assert found is not None
    assert (found.state, found.wants_change) == (ReviewState.PENDING, True)
    assert await house.recount(message.id) is None


async def test_one_card_that_cannot_be_counted_keeps_no_other_from_it(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.asked(told("a"), told("b"))
    for message in house.chat.standing(DESK):
        house.chat.vote(message, 1)
    real = house.chat.mark

    async def broken(review: Review) -> None:
        if review.id == 1:
            raise ZeroDivisionError
        await real(review)

    monkeypatch.setattr(house.chat, "mark", broken)
    await house.moderator.sweep()
    assert caplog.messages == ["card not looked at: review=1"]
    assert [review.id for review in await house.waiting()] == [1]


# other tellings


async def test_another_telling_takes_the_place_of_the_first_on_a_card_of_its_own(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    (message,) = await house.asked(FIRST, SECOND)
    assert message.post.cards[0].url == FIRST.url
    with caplog.at_level(logging.INFO, logger="bot.services.count"):
        found = await taken(house)
    assert found is not None
    assert (found.state, found.card.url) == (ReviewState.PENDING, SECOND.url)
    assert caplog.messages == ["review decided: review=1 state=replaced"]
    before = await decided(house, message)
    assert (before.state, before.deciders) == (ReviewState.REPLACED, (1,))
    _, card = house.chat.standing(DESK)
    house.chat.vote(card, 2)
    await house.recount(card.id)
    await house.wake(LEAD)
    assert [one.url for m in house.chat.standing(CHANNEL) for one in m.post.cards] == [SECOND.url]


async def test_a_button_takes_the_other_telling_too(house: House) -> None:
    (message,) = await house.asked(FIRST, SECOND)
    cast, counted = await house.press(message, 3, Verdict.OTHER)
    assert (cast, type(counted)) == (Cast.GIVEN, Counted)
    assert counted is not None
    assert (counted.state, counted.decided) == (ReviewState.REPLACED, False)
    assert counted.review.card.url == SECOND.url
    assert (await decided(house, message)).deciders == (3,)


async def test_votes_for_one_telling_are_none_for_another(house: House) -> None:
    (message,) = await house.asked(FIRST, SECOND, approvals=2)
    house.chat.vote(message, 1)
    await taken(house, 2)
    (review,) = await house.waiting()
    assert review.card.url == SECOND.url
    assert await house.ledger.votes(review.id) == []


async def test_asked_again_and_again_every_telling_has_its_turn(house: House) -> None:
    await house.asked(FIRST, SECOND, THIRD)
    turns = [await pages(house)]
    for _ in range(3):
        await taken(house)
        turns.append(await pages(house))
    assert turns == [[FIRST.url], [SECOND.url], [THIRD.url], [FIRST.url]]


async def test_the_best_telling_that_is_left_takes_the_place(house: House) -> None:
    (message,) = await house.asked(FIRST, SECOND, THIRD)
    house.content.drop(SECOND)
    await house.library.refresh()
    house.chat.vote(message, 1, Verdict.OTHER)
    found = await house.recount(message.id)
    assert found is not None
    assert found.card.url == THIRD.url
    assert [other.article_id for other in found.brief.others] == [FIRST.id]


@pytest.mark.parametrize("now", ["draft", "gone", "tomorrow", "elsewhere"])
async def test_what_may_not_be_posted_any_more_takes_no_place_and_other_votes_count(
    house: House, now: str
) -> None:
    await house.add("only", topics=("AI",))
    (message,) = await house.asked(FIRST, SECOND)
    changed = {
        "draft": edited(SECOND, SECOND.title, draft=True),
        "tomorrow": edited(SECOND, SECOND.title, published_at=house.clock() + HOUR),
        "elsewhere": edited(SECOND, SECOND.title, topics=("Bees",)),
    }
    house.content.drop(SECOND)
    if now in changed:
        house.content.put(changed[now])
    await house.library.refresh()
    house.chat.vote(message, 1, Verdict.OTHER)
    assert await house.recount(message.id) is None
    house.chat.vote(message, 2)
    found = await house.recount(message.id)
    assert found is not None
    assert (found.state, found.deciders) == (ReviewState.APPROVED, (2,))


async def test_what_moderators_rejected_elsewhere_takes_no_place(house: House) -> None:
    law = retold("b", quality=60, topics=("Law",))
    await house.add("law", channel_id=21, topics=("Law",))
    messages = await house.asked(FIRST, law)
    (asked,) = (m for m in messages if m.post.cards[0].url == FIRST.url)
    (rejected,) = (m for m in messages if m.post.cards[0].url == law.url)
    house.chat.vote(rejected, 1, Verdict.REJECT)
    await house.recount(rejected.id)
    house.chat.vote(asked, 1, Verdict.OTHER)
    assert await house.recount(asked.id) is None
    assert await pages(house) == [FIRST.url]


async def test_a_button_for_a_telling_that_is_gone_leaves_other_votes_to_count(
    house: House,
) -> None:
    (message,) = await house.asked(FIRST, SECOND)
    house.content.drop(SECOND)
    await house.library.refresh()
    _, counted = await house.press(message, 1, Verdict.OTHER)
    assert counted is not None
    assert counted.state is ReviewState.PENDING
    _, counted = await house.press(message, 2, Verdict.HOLD)
    assert counted is not None
    assert (counted.state, counted.review.deciders) == (ReviewState.HELD, (2,))


async def test_a_telling_that_goes_in_this_very_moment_takes_no_place(house: House) -> None:
    (message,) = await house.asked(FIRST, SECOND, THIRD)
    house.content.drop(SECOND)  # which nobody has looked at yet
    await house.cache.settle({}, gone=[SECOND.path])
    house.chat.vote(message, 1, Verdict.OTHER)
    found = await house.recount(message.id)
    assert found is not None
    assert found.card.url == THIRD.url


async def test_a_telling_whose_story_is_withdrawn_in_this_moment_is_followed_by_others_alone(
    house: House,
) -> None:
    (message,) = await house.asked(FIRST, SECOND)
    house.content.drop(FIRST)
    await house.library.refresh()
    house.chat.vote(message, 1, Verdict.OTHER)
    found = await house.recount(message.id)
    assert found is not None
    assert (found.card.url, found.brief.others) == (SECOND.url, ())


async def test_a_telling_that_somebody_else_takes_meanwhile_is_passed_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fourth = retold("d", quality=10)
    (message,) = await house.asked(FIRST, SECOND, THIRD, fourth)
    real = house.ledger.replace_review

    async def faster(review_id: int, item: Item, **more: Any) -> Review | None:  # noqa: ANN401 (all else)
        return None if item.article_id == SECOND.id else await real(review_id, item, **more)

    monkeypatch.setattr(house.ledger, "replace_review", faster)
    house.chat.vote(message, 1, Verdict.OTHER)
    found = await house.recount(message.id)
    assert found is not None
    assert found.card.url == THIRD.url
    turns = [other.article_id for other in found.brief.others]
    assert turns == [fourth.id, SECOND.id, FIRST.id]


async def test_nothing_takes_the_place_in_a_digest_that_is_removed_in_this_moment(
    house: House,
) -> None:
    (message,) = await house.asked(FIRST, SECOND)
    (digest,) = await house.ledger.digests()
    await house.ledger.set_digest_state(
        digest.id, DigestState.REMOVED, reason="", now=house.clock()
    )
    house.chat.vote(message, 1, Verdict.OTHER)
    assert await house.recount(message.id) is None
