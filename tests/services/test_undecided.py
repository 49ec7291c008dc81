"""Editions that are due before moderators decided: what is approved goes, all waits, or is left."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import EditionState
from bot.core.review import ReviewState, Undecided, Verdict
from bot.services.publish import Publisher
from tests.core.samples import DAY, HOUR
from tests.services.house import GUILD, LEAD, POLICY, House, told

if TYPE_CHECKING:
    from datetime import timedelta

A, B = told("a", quality=90), told("b", quality=50)
SKIPPED = "skipped: the moderators had not decided about all of it"


async def notes(house: House) -> list[tuple[EditionState, str]]:
    """Return what became of the editions, the newest first."""
    lines = await house.ledger.history(GUILD, digest_id=None, limit=20)
    return [(line.state, line.note) for line in lines]


def forgo_after(house: House, age: timedelta) -> None:
    """Let nothing be made up for that was missed longer ago."""
    policy = replace(POLICY, catch_up_age=age)
    house.publisher = Publisher(
        house.ledger, house.library, house.reviser, policy=policy, clock=house.clock
    )


async def test_by_default_what_is_approved_goes_out_and_the_rest_is_added(house: House) -> None:
    await house.asked(A, B)
    await house.approve("b")
    await house.wake(LEAD)
    assert house.posted() == ["b"]
    await house.approve("a")
    await house.wake(HOUR)
    assert house.posted() == ["b", "a"]


async def test_an_edition_that_waits_goes_out_whole_once_all_is_decided(house: House) -> None:
    await house.asked(A, B, undecided=Undecided.WAIT)
    await house.approve("b")
    await house.wake(LEAD)
    await house.wake(HOUR)
    assert house.posted() == []
    await house.approve("a")
    await house.wake()
    assert house.posted() == ["a", "b"]


async def test_an_edition_that_waits_holds_up_no_other(house: House) -> None:
    await house.add("other", channel_id=21)
    await house.asked(A, undecided=Undecided.WAIT)
    first, second = await house.waiting()
    await house.press(house.chat.messages[second.message_id or 0], 1)
    await house.wake(LEAD)
    assert house.posted(20 if second.digest_name == "Morning" else 21) == ["a"]
    assert house.posted(20 if first.digest_name == "Morning" else 21) == []
    await house.has(told("c"))
    await house.wake(DAY)
    assert len(await house.waiting()) == 3


async def test_what_is_rejected_or_held_keeps_nobody_waiting(house: House) -> None:
    first, second = await house.asked(A, B, undecided=Undecided.WAIT)
    house.chat.vote(first, 1, Verdict.REJECT)
    house.chat.vote(second, 1, Verdict.HOLD)
    await house.wake(LEAD)
    assert house.posted() == []
    assert (await notes(house))[0][0] is EditionState.RELEASED


async def test_an_edition_that_waits_is_never_too_old_to_go_out(house: House) -> None:
    forgo_after(house, 3 * HOUR)
    await house.asked(A, undecided=Undecided.WAIT)
    await house.wake(LEAD + 2 * DAY)
    assert len([one for one in await house.waiting() if one.edition_id == 1]) == 1
    await house.approve("a")
    await house.wake(2 * HOUR)
    assert house.posted() == ["a"]


async def test_an_edition_that_waited_and_was_missed_after_its_verdict_is_too_old(
    house: House,
) -> None:
    forgo_after(house, 3 * HOUR)
    await house.asked(A, undecided=Undecided.WAIT)
    await house.wake(LEAD + HOUR)
    await house.approve("a")
    await house.wake(4 * HOUR)
    assert house.posted() == []
    assert (EditionState.EMPTY, "missed while away: too long ago to make up for") in (
        await notes(house)
    )


@pytest.mark.parametrize("early", [True, False])
async def test_an_edition_decided_in_time_and_missed_is_too_old_like_any(
    house: House, *, early: bool
) -> None:
    forgo_after(house, 3 * HOUR)
    policy = Undecided.WAIT if early else Undecided.POST
    await house.asked(A, undecided=policy)
    if early:
        await house.approve("a")
    house.clock.go(LEAD + 4 * HOUR)
    if not early:
        await house.approve("a")
    await house.wake()
    assert house.posted() == []


async def test_an_edition_that_is_skipped_is_left_whole_to_the_next_one(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    approved, undecided = await house.asked(A, B, undecided=Undecided.SKIP)
    await house.approve(approved.titles[0])
    with caplog.at_level(logging.INFO, logger="bot.services.agenda"):
        await house.wake(LEAD)
    assert caplog.messages == [f"edition {SKIPPED}: edition=1"]
    assert house.posted() == []
    assert await notes(house) == [(EditionState.EMPTY, SKIPPED)]
    for message in (approved, undecided):
        review = await house.ledger.review_of_message(message.id)
        assert review is not None
        assert review.state is ReviewState.HELD
    await house.wake(DAY - LEAD)
    assert {one.card.title for one in await house.waiting()} == {"a", "b"}
    await house.approve("a", "b")
    await house.wake(LEAD)
    assert sorted(house.posted()) == ["a", "b"]


async def test_an_edition_that_is_decided_in_time_is_not_skipped(house: House) -> None:
    await house.asked(A, B, undecided=Undecided.SKIP)
    await house.approve("a", "b")
    await house.wake(LEAD)
    assert sorted(house.posted()) == ["a", "b"]


async def test_a_vote_that_the_gateway_lost_saves_an_edition_from_being_skipped(
    house: House,
) -> None:
    (message,) = await house.asked(A, undecided=Undecided.SKIP)
    house.chat.vote(message, 1)
    await house.wake(LEAD)
    assert house.posted() == ["a"]


@pytest.mark.parametrize("policy", list(Undecided))
async def test_an_edition_that_somebody_asked_for_is_never_skipped(
    house: House, policy: Undecided
) -> None:
    await house.has(A)
    await house.review(undecided=policy)
    digest = await house.add()
    await house.publisher.publish_now(digest, key="1")
    await house.wake()
    assert house.posted() == []
    await house.approve("a")
    await house.wake()
    assert house.posted() == ["a"]


async def test_an_edition_that_cannot_be_skipped_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await house.add("other", channel_id=21)
    await house.asked(A, undecided=Undecided.SKIP)
    real = house.ledger.skip_edition

    async def broken(edition_id: int, **more: object) -> None:
        if edition_id == 1:
            raise ZeroDivisionError
        await real(edition_id, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(house.ledger, "skip_edition", broken)
    with caplog.at_level(logging.ERROR, logger="bot"):
        await house.wake(LEAD)
    assert caplog.messages == ["edition not released: edition=1"]
    assert [one.edition_id for one in await house.waiting()] == [1]


async def test_what_was_held_comes_first_in_the_next_edition(house: House) -> None:
    await house.has(A, told("better", quality=99))
    await house.review()
    await house.add(limit=1)
    await house.lacks(told("better"))
    await house.wake(2 * HOUR)
    (message,) = house.chat.standing(30)
    house.chat.vote(message, 1, Verdict.HOLD)
    await house.recount(message.id)
    await house.has(told("better", quality=99))
    await house.wake(DAY)
    (review,) = await house.waiting()
    assert review.card.title == "a"
    assert review.reason.startswith("left to this edition by the moderators")
