"""Delivering: every answer of Discord's, every silence and every crash, never twice, never lost."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import DigestState
from bot.core.outbox import LEASE, REQUEST_TIMEOUT, SAME_NONCE_FOR, Ambiguous, Sighting
from bot.services.deliver import LOOK_TIMEOUT, Courier
from bot.services.moderate import NotProposed
from tests.core.samples import BALLOT, HOUR
from tests.services.fakes import Crash, Mood
from tests.services.house import CHANNEL, DESK, GUILD, House, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

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


async def test_a_refused_channel_pauses_its_digests_and_frees_the_articles(house: House) -> None:
    await house.add("other")
    await due(house, "a")
    house.chat.moods.append(Mood.REFUSE_CHANNEL)
    await drain(house)
    digests = await house.ledger.digests()
    assert {(each.state, each.state_reason) for each in digests} == {
        (DigestState.PAUSED, "because Discord refused the message: Missing Access")
    }
    assert await house.ledger.placements(CHANNEL) == []


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
        assert await drain(house, HOUR) == {"unknown": 1}
    assert "delivery unknown" in caplog.text
    for _ in range(5):
        assert await drain(house, HOUR) == {"unknown": 1}
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


async def test_after_a_proven_absence_a_new_doubt_is_young_again(house: House) -> None:
    await due(house, "a")
    house.chat.moods.extend([Mood.LOSE, Mood.TAKE_IN_SILENCE])
    await drain(house)
    assert await drain(house, HOUR) == {"sending": 1}
    assert await drain(house, SECOND * 15) == {"sent": 1}
    assert len(house.chat.looks) == 1
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


@pytest.mark.parametrize("mood", [Mood.REFUSE, Mood.REFUSE_CHANNEL])
async def test_a_refused_card_ends_its_review_and_frees_the_article(
    house: House, mood: Mood
) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    house.chat.moods.append(mood)
    await house.wake(TO_SLOT - HOUR)
    assert await house.ledger.pending_reviews() == []
    assert await house.barred(digest) == {}
    await house.wake(HOUR)
    assert house.posted() == []


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
    loop = asyncio.get_running_loop()
    honest = loop.time
    house.chat.hanging.clear()
    draining = asyncio.ensure_future(house.courier.drain())
    await house.chat.hanging.wait()
    assert not draining.done()
    monkeypatch.setattr(loop, "time", lambda: honest() + by.total_seconds())
    await draining
    monkeypatch.setattr(loop, "time", honest)


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
    """Drain until the process ends."""
    with pytest.raises(Crash):
        await house.courier.drain()


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
    house.courier = Courier(house.ledger, house.chat, ballot=BALLOT, clock=house.clock)
    assert await drain(house, LEASE) == {"sent": 1}
    assert house.posted() == ["a"]
