"""Delivering: every answer of Discord's, every silence and every crash, never twice, never lost."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.books import LedgerTrouble
from bot.core.card import Opening, Post
from bot.core.digest import DigestState
from bot.core.outbox import (
    LEASE,
    REQUEST_TIMEOUT,
    SAME_NONCE_FOR,
    Ambiguous,
    DeliveryDraft,
    DeliveryState,
    Entry,
    Settling,
    Sighting,
)
from bot.services.deliver import LOOK_TIMEOUT, Courier
from bot.services.propose import NotProposed
from tests.core.samples import BALLOT, DAY, HOUR, NOW
from tests.services.fakes import Crash, Mood
from tests.services.house import CHANNEL, DESK, GUILD, House, outlasted, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.core.outbox import Delivery

TO_SLOT = 6 * HOUR
SECOND = HOUR / 3600


async def counts(house: House) -> Mapping[str, int]:
    """Return the states of the outbox that hold something."""
    return {state: count for state, count in (await house.ledger.outbox_counts()).items() if count}


async def due(house: House, *names: str) -> None:
    """Have an edition of one message in the outbox."""
    await house.has(*(told(name) for name in names))
    await house.add()
    house.clock.go(TO_SLOT)
    await house.publisher.tick()


async def drain(house: House, after: timedelta = SECOND * 0) -> Mapping[str, int]:
    """Drain after a time and return what the outbox holds then."""
    house.clock.go(after)
    await house.courier.drain()
    return await counts(house)


async def readmitted(house: House) -> bool:
    """Let all go on that the channel had set aside."""
    now = house.clock()
    return await house.ledger.readmit(CHANNEL, not_before=now - DAY, now=now)


async def trouble(house: House) -> str:
    """Return what history says went wrong with the newest edition."""
    return (await house.ledger.history(GUILD, digest_id=None, limit=1))[0].trouble


async def test_what_is_due_is_sent_once_and_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await due(house, "a")
    with caplog.at_level(logging.INFO, logger="bot.services.deliver"):
        assert await drain(house) == {"sent": 1}
    assert await drain(house, HOUR) == {"sent": 1}
    assert house.posted() == ["a"]
    (line,) = caplog.messages
    assert line.startswith("delivery sent: key=edition:1:")
    assert caplog.records[0].levelno == logging.INFO


async def test_an_empty_outbox_asks_nothing_of_the_chat(house: House) -> None:
    assert await drain(house) == {}
    assert house.chat.posts == {}


async def test_couriers_at_the_same_time_send_each_message_once(
    house: House, second: House
) -> None:
    await house.has(*(told(f"n{number:02}") for number in range(25)))
    for channel in range(20, 24):
        await house.add(str(channel), channel_id=channel, limit=25)
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    await asyncio.gather(*(each.courier.drain() for each in (house, second) * 2))
    assert await counts(house) == {"sent": 12}
    assert set(house.chat.posts.values()) == {1}


async def test_a_refused_message_is_final_and_frees_its_articles(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.REFUSE)
    assert await drain(house) == {"failed": 1}
    assert await drain(house, HOUR) == {"failed": 1}
    assert await house.ledger.placements(CHANNEL) == []
    assert (await house.ledger.digests())[0].state is DigestState.ACTIVE
    assert await trouble(house) == "Missing Access"


async def test_a_refused_channel_is_set_aside_and_holds_what_is_for_it(house: House) -> None:
    await house.add("other")
    await due(house, "a")
    house.chat.moods.append(Mood.REFUSE_CHANNEL)
    assert await drain(house) == {"held": 1, "pending": 1}  # and tells whoever set them up
    digests = await house.ledger.digests()
    assert {(each.state, each.aside_by, each.state_reason) for each in digests} == {
        (DigestState.ASIDE, CHANNEL, "because Discord refused the message: Missing Access")
    }
    assert await drain(house, HOUR) == {"held": 1, "pending": 1}
    assert await readmitted(house)
    assert await drain(house) == {"sent": 1, "pending": 1}
    assert house.posted() == ["a"]


async def test_what_a_channel_refused_while_in_doubt_is_looked_for_once_it_is_back(
    house: House,
) -> None:
    await due(house, "a")
    house.chat.moods.extend([Mood.TAKE_IN_SILENCE, Mood.REFUSE_CHANNEL])
    await drain(house)
    assert (await drain(house, SECOND * 5))["held"] == 1
    house.clock.go(HOUR)
    assert await readmitted(house)
    assert (await drain(house))["sent"] == 1
    assert house.posted() == ["a"]
    assert len(house.chat.looks) == 1


async def test_a_refusal_is_not_believed_of_what_may_stand_there_already(house: House) -> None:
    await due(house, "a")
    house.chat.moods.extend([Mood.TAKE_IN_SILENCE, Mood.REFUSE])
    await drain(house)
    assert await drain(house, SECOND * 5) == {"sending": 1}
    assert await drain(house, HOUR) == {"sent": 1}
    assert house.posted() == ["a"]


async def test_a_deferred_message_waits_as_long_as_it_is_told(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.DEFER)
    assert await drain(house) == {"pending": 1}
    assert await drain(house, SECOND * 89) == {"pending": 1}
    assert await drain(house, SECOND) == {"sent": 1}
    assert house.chat.looks == []


@pytest.mark.parametrize("mood", [Mood.LOSE, Mood.TAKE_IN_SILENCE])
async def test_a_young_doubt_is_sent_again_under_the_same_nonce(house: House, mood: Mood) -> None:
    await due(house, "a")
    house.chat.moods.append(mood)
    assert await drain(house) == {"sending": 1}
    assert await drain(house, SECOND * 4) == {"sending": 1}
    assert await drain(house, SECOND) == {"sent": 1}
    assert house.posted() == ["a"]
    assert list(house.chat.posts.values()) == [2]
    assert house.chat.looks == []


@pytest.mark.parametrize("mood", [Mood.LOSE, Mood.TAKE_IN_SILENCE])
async def test_an_old_doubt_looks_into_history_before_anything(house: House, mood: Mood) -> None:
    await due(house, "a")
    house.chat.moods.append(mood)
    await drain(house)
    assert await drain(house, SAME_NONCE_FOR) == {"sent": 1}
    assert house.posted() == ["a"]
    assert len(house.chat.looks) == 1
    assert list(house.chat.posts.values()) == [2 if mood is Mood.LOSE else 1]


async def test_a_doubt_whose_history_cannot_be_read_is_unknown_and_never_sent_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.LOSE)
    house.chat.looking.append(Sighting.UNREADABLE)
    await drain(house)
    with caplog.at_level(logging.WARNING, logger="bot"):
        asked = await drain(house, HOUR)
    assert asked == {"unknown": 1, "pending": 1}  # whoever set the digest up is asked
    assert "delivery unknown" in caplog.text
    for _ in range(5):
        assert await drain(house, HOUR) == asked
    assert house.posted() == []
    assert list(house.chat.posts.values()) == [1]
    assert len(await house.ledger.placements(CHANNEL)) == 1
    assert "cannot be read; it is not sent again" in await trouble(house)


async def test_a_history_that_cannot_be_read_now_is_read_later(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.TAKE_IN_SILENCE)
    house.chat.looking.append(Ambiguous(reason="503"))
    await drain(house)
    assert await drain(house, HOUR) == {"sending": 1}
    assert await drain(house, HOUR) == {"sent": 1}
    assert len(house.chat.looks) == 2
    assert list(house.chat.posts.values()) == [1]


async def test_after_a_proven_absence_a_new_doubt_is_a_doubt(house: House) -> None:
    await due(house, "a")
    house.chat.moods.extend([Mood.LOSE, Mood.TAKE_IN_SILENCE])
    await drain(house)
    assert await drain(house, HOUR) == {"sending": 1}
    assert await drain(house, SECOND * 60) == {"sent": 1}
    assert len(house.chat.looks) == 2
    assert house.posted() == ["a"]


async def test_a_doubt_that_is_deferred_stays_a_doubt(house: House) -> None:
    await due(house, "a")
    house.chat.moods.extend([Mood.TAKE_IN_SILENCE, Mood.DEFER])
    await drain(house)
    assert await drain(house, SECOND * 5) == {"pending": 1}
    assert await drain(house, SECOND * 90) == {"sent": 1}
    assert len(house.chat.looks) == 1
    assert house.posted() == ["a"]


async def test_a_message_that_somebody_deleted_is_not_sent_again(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.DELETED)
    assert await drain(house) == {"sent": 1}
    assert await drain(house, HOUR) == {"sent": 1}
    assert house.posted() == []


async def test_a_refused_card_ends_its_review_and_frees_the_article(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    house.chat.moods.append(Mood.REFUSE)
    await house.wake(TO_SLOT - HOUR)
    assert await house.ledger.pending_reviews() == []
    assert await house.barred(digest) == {}
    await house.wake(HOUR)
    assert house.posted() == []


async def test_a_review_channel_that_refuses_holds_its_cards(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    await house.add()
    house.chat.moods.append(Mood.REFUSE_CHANNEL)
    await house.wake(TO_SLOT - HOUR)
    assert (await counts(house))["held"] == 1
    assert len(await house.ledger.pending_reviews()) == 1
    now = house.clock()
    assert await house.ledger.readmit(DESK, not_before=now - DAY, now=now)
    await drain(house)
    assert house.posted(DESK) == ["a"]


async def test_a_deleted_review_card_gets_no_reactions(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(told("x", draft=True))
    house.chat.moods.append(Mood.DELETED)
    assert await drain(house) == {"sent": 1}
    assert await house.ledger.pending_reviews() == []


async def test_a_timeout_inside_the_chat_is_a_doubt(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.TIME_OUT)
    assert await drain(house) == {"sending": 1}
    assert await drain(house, SECOND * 5) == {"sent": 1}


async def jumped(house: House, by: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drain while the loop's clock jumps ahead as soon as the chat hangs."""
    await outlasted(house, house.courier.drain(), by, monkeypatch)


async def test_a_request_that_hangs_is_a_doubt_after_its_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.HANG)
    await jumped(house, REQUEST_TIMEOUT + SECOND, monkeypatch)
    assert await counts(house) == {"sending": 1}
    assert await drain(house, SECOND * 5) == {"sent": 1}
    assert house.posted() == ["a"]


async def test_a_history_that_hangs_does_not_stop_the_outbox(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.TAKE_IN_SILENCE)
    house.chat.looking.append(Mood.HANG)
    await drain(house)
    house.clock.go(HOUR)
    await jumped(house, LOOK_TIMEOUT + SECOND, monkeypatch)
    assert await counts(house) == {"sending": 1}
    assert await drain(house, HOUR) == {"sent": 1}
    assert house.posted() == ["a"]


def test_looking_and_sending_end_within_the_lease() -> None:
    assert LOOK_TIMEOUT + REQUEST_TIMEOUT < LEASE


async def test_an_edit_is_sent_again_without_looking(house: House) -> None:
    await house.review()
    await house.add()
    draft = told("x", draft=True)
    found = await house.propose(draft)
    assert not isinstance(found, NotProposed)
    await drain(house)
    await house.moderator.switch_off(GUILD)
    house.chat.moods.append(Mood.TAKE_IN_SILENCE)
    assert await drain(house) == {"sent": 1, "pending": 1}
    assert await drain(house, HOUR) == {"sent": 2}
    (message,) = house.chat.standing(DESK)
    assert (message.edits, message.marked) == (2, 1)
    assert message.post.content.startswith("### Withdrawn")
    assert house.chat.looks == []


async def crash(house: House) -> None:
    """Drain until the process ends, with all that it was at."""
    before = asyncio.all_tasks()
    with pytest.raises(Crash):
        await house.courier.drain()
    for task in asyncio.all_tasks() - before:
        task.cancel()


@pytest.mark.parametrize("point", ["claimed", "before", "after", "answered"])
@pytest.mark.parametrize("again", [None, "claimed", "before", "after", "answered"])
async def test_a_crash_anywhere_is_settled_after_the_lease(
    house: House, second: House, point: str, again: str | None
) -> None:
    await due(house, "a")
    for process, where in ((house, point), (second, again)):
        if where is None:
            continue
        if where in ("before", "after"):
            house.chat.moods.append(Mood.CRASH_BEFORE if where == "before" else Mood.CRASH_AFTER)
        process.ledger.crash_after_claim = where == "claimed"
        process.ledger.crash_before_record = where == "answered"
        # a message that was found needs no request, so no crash happens there
        if process is second and point in ("after", "answered") and where in ("before", "after"):
            await process.courier.drain()
            house.chat.moods.clear()
        else:
            await crash(process)
            assert await counts(house) == {"sending": 1}
            assert await drain(house, LEASE - SECOND) == {"sending": 1}
            house.clock.go(SECOND)
    assert await drain(house) == {"sent": 1}
    assert house.posted() == ["a"]
    assert len(await house.ledger.placements(CHANNEL)) == 1


async def test_a_crash_is_settled_by_another_process(house: House, second: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.CRASH_AFTER)
    await crash(house)
    assert await drain(second, LEASE) == {"sent": 1}
    assert house.posted() == ["a"]


async def test_a_crash_stops_no_later_message(house: House) -> None:
    await house.add("other", channel_id=21)
    await due(house, "a")
    house.courier = another(house)
    house.ledger.crash_after_claim = True
    await crash(house)
    assert await drain(house) == {"sending": 1, "sent": 1}
    assert await drain(house, LEASE) == {"sent": 2}
    assert house.posted() == house.posted(21) == ["a"]


async def test_a_courier_can_be_cancelled_and_another_goes_on(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.HANG)
    draining = asyncio.ensure_future(house.courier.drain())
    await house.chat.hanging.wait()
    draining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await draining
    house.courier = another(house)
    assert await drain(house, LEASE) == {"sent": 1}
    assert house.posted() == ["a"]


def another(house: House, *, workers: int = 1) -> Courier:
    """Return a courier of a process that has just begun."""
    return Courier(house.ledger, house.chat, ballot=BALLOT, clock=house.clock, workers=workers)


CHANNELS = range(20, 26)


async def due_everywhere(house: House) -> None:
    """Have an edition of one message for each of six channels in the outbox."""
    await house.has(told("a"))
    for channel in CHANNELS:
        await house.add(str(channel), channel_id=channel)
    house.clock.go(TO_SLOT)
    await house.publisher.tick()


async def test_as_many_are_under_way_as_there_are_workers(house: House) -> None:
    await due_everywhere(house)
    house.courier = another(house, workers=4)
    house.chat.moods.extend([Mood.HANG] * 9)
    draining = asyncio.ensure_future(house.courier.drain())
    await until(lambda: sum(house.chat.posts.values()) == 4)
    await asyncio.sleep(0.05)
    assert await counts(house) == {"sending": 4, "pending": 2}
    assert not draining.done()
    await house.courier.stop(timedelta(0))
    await draining


async def test_one_that_hangs_keeps_no_other_channel_back(house: House) -> None:
    await due_everywhere(house)
    house.courier = another(house, workers=2)
    house.chat.moods.append(Mood.HANG)
    draining = asyncio.ensure_future(house.courier.drain())
    await until(lambda: sum(len(house.posted(channel)) for channel in CHANNELS) == 5)
    assert not draining.done()
    await house.courier.stop(timedelta(0))
    await draining
    assert await counts(house) == {"sending": 1, "sent": 5}


async def test_what_goes_wrong_with_one_delivery_keeps_no_other_back_and_is_raised(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await due_everywhere(house)
    house.courier = another(house, workers=2)
    house.chat.moods.extend([Mood.BREAK, Mood.BREAK])
    with pytest.raises(ZeroDivisionError):
        await house.courier.drain()
    assert await counts(house) == {"sending": 2, "sent": 4}
    assert caplog.messages[-1] == "delivery not made: ZeroDivisionError()"
    assert await drain(house, LEASE) == {"sent": 6}
    assert {len(house.posted(channel)) for channel in CHANNELS} == {1}


async def test_where_everything_goes_wrong_it_stops_soon(house: House) -> None:
    await due_everywhere(house)
    house.courier = another(house)
    house.chat.moods.extend([Mood.BREAK] * 9)
    with pytest.raises(ZeroDivisionError):
        await house.courier.drain()
    assert await counts(house) == {"sending": 3, "pending": 3}


async def test_a_ledger_in_trouble_lets_those_under_way_end(house: House) -> None:
    await due_everywhere(house)
    house.courier = another(house, workers=6)
    house.ledger.claims_left = 3
    with pytest.raises(LedgerTrouble, match="the disk is full"):
        await house.courier.drain()
    assert await counts(house) == {"sent": 3, "pending": 3}
    house.ledger.claims_left = None
    assert await drain(house) == {"sent": 6}


async def test_stopping_lets_answers_come_for_a_while_and_hands_back_the_rest(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due_everywhere(house)
    house.courier = another(house, workers=2)
    house.chat.moods.extend([Mood.HANG, Mood.SLOW])
    draining = asyncio.ensure_future(house.courier.drain())
    await until(lambda: sum(house.chat.posts.values()) == 2)
    loop = asyncio.get_running_loop()
    honest = loop.time
    stopping = asyncio.ensure_future(house.courier.stop(SECOND * 4))
    await asyncio.sleep(0.05)
    assert not stopping.done()
    house.chat.answering.set()
    await asyncio.sleep(0.05)
    assert await counts(house) == {"sending": 1, "sent": 1, "pending": 4}
    monkeypatch.setattr(loop, "time", lambda: honest() + 4)
    await stopping
    await draining
    assert await counts(house) == {"sending": 1, "sent": 1, "pending": 4}
    await house.courier.drain()
    assert not await house.courier.tell()
    assert sum(house.chat.posts.values()) == 2
    house.courier = another(house)
    assert await drain(house) == {"sent": 6}
    assert len(house.chat.looks) == 1  # whoever came anew knows no nonce's age


async def test_stopping_shortens_no_wait_that_is_shorter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.HANG)
    draining = asyncio.ensure_future(house.courier.drain())
    await house.chat.hanging.wait()
    stopping = asyncio.ensure_future(house.courier.stop(HOUR))
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    honest = loop.time
    monkeypatch.setattr(loop, "time", lambda: honest() + 21)
    await stopping
    await draining
    assert await counts(house) == {"sending": 1}


async def test_stopping_just_when_a_wait_is_over_does_no_harm(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.HANG)
    draining = asyncio.ensure_future(house.courier.drain())
    await house.chat.hanging.wait()
    loop = asyncio.get_running_loop()
    honest = loop.time
    monkeypatch.setattr(loop, "time", lambda: honest() + 21)
    (wait,) = house.courier._waits  # noqa: SLF001 (nothing else tells of this instant)
    while not wait.expired():  # noqa: ASYNC110 (likewise)
        await asyncio.sleep(0)
    await house.courier.stop(timedelta(0))
    await draining
    assert await counts(house) == {"sending": 1}


@pytest.mark.parametrize("doubtful", [False, True])
async def test_what_was_claimed_just_when_it_stops_is_handed_back_untried(
    house: House,
    *,
    doubtful: bool,
) -> None:
    await due(house, "a")
    if doubtful:
        house.chat.moods.append(Mood.TAKE_IN_SILENCE)
        await drain(house)
        house.clock.go(HOUR)
    claiming = asyncio.Event()
    claim = house.ledger.claim

    async def slow(*, limit: int, now: datetime) -> Sequence[Delivery]:
        claimed = await claim(limit=limit, now=now)
        claiming.set()
        await asyncio.sleep(0.02)
        return claimed

    house.ledger.claim = slow  # type: ignore[method-assign]
    draining = asyncio.ensure_future(house.courier.drain())
    await claiming.wait()
    await house.courier.stop(HOUR)
    assert draining.done()
    assert await counts(house) == {"pending": 1}
    assert sum(house.chat.posts.values()) == doubtful
    house.ledger.claim = claim  # type: ignore[method-assign]
    house.courier = another(house)
    assert await drain(house) == {"sent": 1}
    assert len(house.chat.looks) == doubtful
    assert house.posted() == ["a"]


async def test_what_opens_a_thread_is_not_looked_for_at_once_when_it_stopped(house: House) -> None:
    post = Post(content="hello", cards=(), opening=Opening(name="Morning"))
    draft = DeliveryDraft(key="k", channel_id=CHANNEL, post=post)
    await house.ledger.enqueue(draft, now=house.clock())
    house.chat.moods.append(Mood.HANG)
    draining = asyncio.ensure_future(house.courier.drain())
    await house.chat.hanging.wait()
    await house.courier.stop(timedelta(0))
    await draining
    house.courier = another(house)
    assert await drain(house, SECOND * 59) == {"sending": 1}
    assert await drain(house, SECOND) == {"sent": 1}
    assert len(house.chat.looks) == 1


async def test_what_is_being_looked_for_when_it_stops_stays_a_doubt(house: House) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.TAKE_IN_SILENCE)
    house.chat.looking.append(Mood.HANG)
    await drain(house)
    house.clock.go(HOUR)
    draining = asyncio.ensure_future(house.courier.drain())
    await house.chat.hanging.wait()
    await house.courier.stop(timedelta(0))
    await draining
    assert await counts(house) == {"sending": 1}
    house.courier = another(house)
    assert await drain(house, HOUR) == {"sent": 1}
    assert house.posted() == ["a"]


async def test_whoever_comes_back_when_the_claim_is_over_sends_nothing(
    house: House, second: House
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.LOSE)
    await drain(house)
    house.clock.go(HOUR)

    async def asleep() -> None:
        house.clock.go(LEASE)
        await second.courier.drain()

    house.chat.meanwhile = asleep
    assert await drain(house) == {"sent": 1}
    assert list(house.chat.posts.values()) == [2]
    assert house.posted() == ["a"]


@pytest.mark.parametrize("doubtful", [False, True])
@pytest.mark.parametrize("by", [LEASE - REQUEST_TIMEOUT, LEASE, -SECOND])
async def test_what_may_be_anothers_by_now_is_handed_back(
    house: House,
    by: timedelta,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    doubtful: bool,
) -> None:
    await due(house, "a")
    if doubtful:
        house.chat.moods.append(Mood.LOSE)
        await drain(house)
        house.clock.go(HOUR)
    house.courier = another(house)
    claim, moves = house.ledger.claim, [by]

    async def and_moved(*, limit: int, now: datetime) -> Sequence[Delivery]:
        taken = await claim(limit=limit, now=now)
        if moves:
            house.clock.go(moves.pop())
        return taken

    monkeypatch.setattr(house.ledger, "claim", and_moved)
    assert await drain(house) == {"sent": 1}
    handed_back = "not tried: the bot was stopping, or away for longer" in caplog.text
    assert handed_back == (by != LEASE - REQUEST_TIMEOUT)
    assert len(house.chat.looks) == doubtful
    assert house.posted() == ["a"]


@pytest.mark.parametrize("away", [False, True])
async def test_what_is_withdrawn_while_it_is_in_doubt_is_not_sent_again(
    house: House, *, away: bool
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.LOSE)
    await drain(house)
    if away:
        house.chat.looking.append(Sighting.UNREADABLE)
        assert (await drain(house, HOUR))["unknown"]
    await house.lacks(told("a"))
    if away:
        (doubt,) = await house.ledger.doubts(GUILD)
        await house.ledger.settle_doubt(doubt.delivery_id, Settling.POST, now=house.clock())
    assert (await drain(house, HOUR))["failed"]
    assert list(house.chat.posts.values()) == [1]
    assert await house.ledger.placements(CHANNEL) == []


async def test_a_claim_that_a_clock_ended_is_not_begun_twice(house: House) -> None:
    await house.add("other", channel_id=21)
    await due(house, "a")
    house.courier = another(house, workers=2)
    house.chat.moods.append(Mood.SLOW)
    record = house.ledger.record

    async def put_forward(delivery: Delivery, entry: Entry, *, now: datetime) -> None:
        await record(delivery, entry, now=now)
        house.clock.go(HOUR)

    house.ledger.record = put_forward  # type: ignore[method-assign]
    draining = asyncio.ensure_future(house.courier.drain())
    await until(lambda: house.clock() > NOW + TO_SLOT)
    await asyncio.sleep(0.05)
    house.chat.answering.set()
    await draining
    assert set(house.chat.posts.values()) == {1}
    assert await counts(house) == {"sent": 2}


async def test_a_card_decided_while_it_was_sent_shows_it(house: House) -> None:
    await house.review()
    await house.add()
    found = await house.propose(told("x", draft=True))
    assert not isinstance(found, NotProposed)
    house.chat.moods.append(Mood.SLOW)
    draining = asyncio.ensure_future(house.courier.drain())
    await until(lambda: bool(house.chat.posts))
    await house.moderator.switch_off(GUILD)
    house.chat.answering.set()
    await draining
    (message,) = house.chat.standing(DESK)
    assert message.post.content.startswith("### Withdrawn")
    assert message.marked == 0


async def test_reactions_that_hang_are_left_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.review()
    await house.add()
    await house.propose(told("x", draft=True))
    house.chat.marking.append(Mood.HANG)
    await jumped(house, REQUEST_TIMEOUT + SECOND, monkeypatch)
    assert await counts(house) == {"sent": 1}


async def test_no_reactions_are_put_below_a_card_while_it_stops(house: House) -> None:
    await house.review()
    await house.add()
    await house.propose(told("x", draft=True))
    house.chat.moods.append(Mood.SLOW)
    draining = asyncio.ensure_future(house.courier.drain())
    await until(lambda: bool(house.chat.posts))
    stopping = asyncio.ensure_future(house.courier.stop(HOUR))
    await asyncio.sleep(0)
    house.chat.answering.set()
    await stopping
    await draining
    (message,) = house.chat.standing(DESK)
    assert message.marked == 0
    await house.moderator.sweep()
    assert message.marked == 1


async def test_a_doubt_that_is_young_by_the_clock_alone_is_looked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(house, "a")
    house.chat.moods.append(Mood.TAKE_IN_SILENCE)
    await drain(house)
    loop = asyncio.get_running_loop()
    honest = loop.time
    monkeypatch.setattr(loop, "time", lambda: honest() + 600)
    assert await drain(house, SECOND * 5) == {"sent": 1}
    assert len(house.chat.looks) == 1


async def test_a_message_of_an_announcement_channel_is_handed_on_once(house: House) -> None:
    await house.has(told("a"))
    await house.add(crosspost=True)
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    house.chat.moods.extend([Mood.FINE, Mood.TAKE_IN_SILENCE])
    assert await drain(house) == {"sent": 1, "pending": 1}
    assert await drain(house, HOUR) == {"sent": 2}
    (message,) = house.chat.standing(CHANNEL)
    assert message.crossposts == 2  # which Discord makes one


async def test_a_message_that_cannot_be_handed_on_does_no_harm(house: House) -> None:
    await house.has(told("a"))
    await house.add(crosspost=True)
    house.clock.go(TO_SLOT)
    await house.publisher.tick()
    house.chat.moods.extend([Mood.FINE, Mood.REFUSE_CHANNEL])
    assert await drain(house) == {"sent": 1, "failed": 1}
    (digest,) = await house.ledger.digests()
    assert digest.state is DigestState.ACTIVE


async def test_a_doubt_that_a_crash_kept_from_being_asked_is_asked_later(house: House) -> None:
    await due(house, "a")
    (delivery,) = await house.ledger.claim(limit=1, now=house.clock())
    unknown = Entry(state=DeliveryState.UNKNOWN, begun_at=house.clock(), reason="nobody knows")
    await house.ledger.record(delivery, unknown, now=house.clock())
    assert await drain(house) == {"unknown": 1, "pending": 1}
    assert await house.courier.tell()
    (told_of,) = [each for each in house.chat.messages.values() if each.user_id]
    assert told_of.post.content.startswith("### Was this posted?")


async def until(happened: Callable[[], bool]) -> None:
    """Let others work until it has happened."""
    async with asyncio.timeout(5):
        while not happened():  # noqa: ASYNC110 (nothing tells of a request)
            await asyncio.sleep(0.005)
