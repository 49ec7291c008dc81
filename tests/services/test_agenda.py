"""The agenda: slots that were missed, clocks that were wrong, and rules that changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import CatchUp, DigestState, EditionState
from bot.core.quiet import Quiet, parse_days_off
from bot.services.publish import Publisher
from tests.core.samples import DAY, HOUR, NOW, rule
from tests.services.house import CHANNEL, DESK, GUILD, LEAD, POLICY, House, told

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.core.digest import HistoryLine

MINUTE = HOUR / 60
TO_SLOT = 6 * HOUR  # from NOW to 18:00
MANY = [told(f"n{n:02}", quality=90 - n) for n in range(30)]


async def lines(house: House, limit: int = 500) -> list[HistoryLine]:
    return list(await house.ledger.history(GUILD, digest_id=None, limit=limit))


async def released(house: House) -> list[datetime]:
    """Return when the editions that were posted were due, the newest first."""
    return [line.due_at for line in await lines(house) if line.state is EditionState.RELEASED]


async def skipped(house: House) -> list[tuple[datetime, str]]:
    return [
        (line.due_at, line.note) for line in await lines(house) if line.state is EditionState.EMPTY
    ]


async def quiet(house: House, days_off: str, *, zone: str = "UTC") -> None:
    days = parse_days_off(days_off)
    await house.ledger.set_quiet(
        Quiet(channel_id=CHANNEL, guild_id=GUILD, zone=zone, days_off=days)
    )


# what was missed


@pytest.mark.parametrize(
    ("catch_up", "made", "why"),
    [
        (CatchUp.LATEST, [2], "one edition made up for all"),
        (CatchUp.ALL, [2, 1, 0], ""),
        (CatchUp.SKIP, [], "this digest makes up for nothing"),
    ],
)
async def test_a_digest_catches_up_as_it_is_set_to(
    house: House, catch_up: CatchUp, made: list[int], why: str
) -> None:
    await house.has(*MANY)
    await house.add(limit=1, catch_up=catch_up)
    await house.wake(TO_SLOT + 2 * DAY + HOUR)
    assert await released(house) == [NOW + TO_SLOT + day * DAY for day in made]
    assert len(house.posted()) == len(made)
    assert await skipped(house) == [
        (NOW + TO_SLOT + day * DAY, f"missed while away: {why}")
        for day in (2, 1, 0)
        if day not in made
    ]
    for _ in range(3):
        await house.wake(HOUR)
    assert len(await lines(house)) == 3
    await house.wake(DAY - 4 * HOUR)
    assert len(house.posted()) == len(made) + 1


async def test_editions_that_are_made_up_for_come_in_the_order_of_their_slots(
    house: House,
) -> None:
    await house.has(*MANY)
    await house.add(limit=1, catch_up=CatchUp.ALL)
    await house.wake(TO_SLOT + 2 * DAY + HOUR)
    assert house.posted() == ["n00", "n01", "n02"]


@pytest.mark.parametrize("catch_up", [CatchUp.LATEST, CatchUp.ALL])
async def test_what_was_missed_too_long_ago_is_not_made_up_for(
    house: House, catch_up: CatchUp
) -> None:
    await house.has(*MANY)
    await house.add(catch_up=catch_up)
    policy = replace(POLICY, catch_up_age=2 * HOUR)
    house.publisher = Publisher(
        house.ledger, house.library, house.reviser, policy=policy, clock=house.clock
    )
    await house.wake(TO_SLOT + 2 * HOUR + MINUTE)
    assert await skipped(house) == [
        (NOW + TO_SLOT, "missed while away: too long ago to make up for")
    ]
    await house.wake(DAY - MINUTE)
    assert await released(house) == [NOW + TO_SLOT + DAY]


async def test_of_very_many_missed_slots_the_newest_hundred_are_told_of(house: House) -> None:
    await house.has(*MANY)
    hourly = rule(",".join(f"{hour}:00" for hour in range(24)))
    await house.add(when=hourly, catch_up=CatchUp.SKIP)
    await house.wake(6 * DAY + HOUR / 2)
    found = await skipped(house)
    assert len(found) == 100
    assert found[0][0] == NOW + 6 * DAY
    assert house.posted() == []


async def test_a_slot_before_a_digest_was_set_up_is_never_made_up_for(house: House) -> None:
    await house.has(*MANY)
    await house.wake(7 * DAY)
    house.clock.go(-7 * DAY)
    await house.add(when=rule("11:30,11:59"), catch_up=CatchUp.ALL)
    await house.wake(7 * DAY)
    house.clock.go(-7 * DAY)
    await house.wake(MINUTE)
    assert NOW - MINUTE not in {line.due_at for line in await lines(house)}


@pytest.mark.parametrize(("limit", "there"), [(3 * DAY, []), (None, ["n00"])])
async def test_what_was_approved_and_missed_too_long_ago_is_cancelled(
    house: House, limit: timedelta | None, there: list[str]
) -> None:
    policy = replace(POLICY, catch_up_age=limit)
    house.publisher = Publisher(
        house.ledger, house.library, house.reviser, policy=policy, clock=house.clock
    )
    await house.has(MANY[0])
    await house.review()
    await house.add()
    await house.wake(TO_SLOT - LEAD)
    await house.approve("n00")
    await house.wake(LEAD + 3 * DAY + MINUTE)
    assert house.posted() == there
    if not there:
        note = "missed while away: too long ago to make up for"
        assert (NOW + TO_SLOT, note) in await skipped(house)


# a clock that is wrong


@pytest.mark.parametrize("catch_up", list(CatchUp))
@pytest.mark.parametrize("restarts", ["no restart", "a restart"])
async def test_a_clock_that_was_a_week_ahead_silences_no_slot(
    house: House, second: House, catch_up: CatchUp, restarts: str
) -> None:
    await house.has(*MANY)
    await second.has(*MANY)
    await house.add(limit=1, catch_up=catch_up)
    await house.wake(TO_SLOT)
    assert house.posted() == ["n00"]
    await house.wake(7 * DAY + HOUR)
    ahead = len(house.posted())
    house.clock.go(-7 * DAY - HOUR)
    after = second if restarts == "a restart" else house
    for _ in range(3):
        await after.wake(MINUTE)
    assert len(house.posted()) == ahead  # nothing comes of the jump alone
    posted = {due for due in await released(house) if due > house.clock()}
    for day in range(1, 8):
        await after.wake(NOW + TO_SLOT + day * DAY - house.clock())
        for _ in range(3):
            await after.wake(MINUTE)
    due = {NOW + TO_SLOT + day * DAY for day in range(8)}
    assert set(await released(house)) == due
    assert len(house.posted()) == len(set(house.posted())) == ahead + len(due - posted) - 1


@pytest.mark.parametrize("restarts", ["no restart", "a restart"])
async def test_a_clock_that_was_a_week_behind_repeats_nothing(
    house: House, second: House, restarts: str
) -> None:
    await house.has(*MANY)
    await second.has(*MANY)
    await house.add(limit=1)
    for day in range(8):
        await house.wake(DAY if day else TO_SLOT)
    before = house.posted()
    assert len(before) == 8
    house.clock.go(-7 * DAY)
    after = second if restarts == "a restart" else house
    for _ in range(4):
        await after.wake(DAY)
        await after.wake(MINUTE)
    assert house.posted() == before
    await after.wake(3 * DAY)
    assert house.posted() == before
    await after.wake(DAY)
    assert len(house.posted()) == 9


async def test_a_clock_that_steps_back_a_little_repeats_nothing(house: House) -> None:
    await house.has(*MANY)
    await house.add(limit=1)
    await house.wake(TO_SLOT)
    for _ in range(5):
        await house.wake(-MINUTE / 2)
        await house.wake(MINUTE / 2)
    assert len(house.posted()) == len(await lines(house)) == 1


async def test_where_a_server_reviews_no_more_what_was_planned_is_not_planned_again(
    house: House,
) -> None:
    await house.has(*MANY)
    await house.review()
    await house.add(limit=1)
    await house.wake(TO_SLOT - LEAD)
    await house.moderator.switch_off(GUILD)
    await house.wake(LEAD)
    await house.wake(MINUTE)
    assert len(await lines(house)) == 1


# what becomes of an edition whose slot changes


async def test_an_edition_to_come_moves_with_the_zone_of_its_digest(house: House) -> None:
    await house.has(*MANY)
    await house.review()
    digest = await house.add(limit=1)
    await house.wake(TO_SLOT - LEAD)
    changed = replace(digest, rule=rule("18:00", zone="Europe/Lisbon"))
    assert await house.ledger.change_digest(changed, now=house.clock())
    await house.wake()
    (line,) = await lines(house)
    assert line.due_at == NOW + TO_SLOT  # Lisbon has the same time in March
    changed = replace(digest, rule=rule("18:00", zone="America/New_York"))
    assert await house.ledger.change_digest(changed, now=house.clock())
    await house.wake()
    (line,) = await lines(house)
    assert (line.due_at, line.state) == (NOW + TO_SLOT + 4 * HOUR, EditionState.PLANNED)
    await house.approve("n00")
    await house.wake(LEAD)
    assert house.posted() == []
    await house.wake(4 * HOUR)
    assert house.posted() == ["n00"]


async def test_an_edition_whose_slot_is_no_more_is_cancelled_and_its_articles_are_free(
    house: House,
) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    await house.wake(TO_SLOT - LEAD)
    changed = replace(digest, rule=rule("17:00"))
    assert await house.ledger.change_digest(changed, now=house.clock())
    await house.wake()
    later, cancelled = sorted(await lines(house), key=lambda line: line.due_at)
    assert (later.due_at, later.state) == (NOW + TO_SLOT - HOUR, EditionState.PLANNED)
    assert cancelled.note == "cancelled: the digest is not due then any more"
    assert cancelled.state is EditionState.EMPTY
    (review,) = await house.ledger.pending_reviews()
    assert review.due_at == later.due_at
    assert await house.ledger.change_digest(digest, now=house.clock())  # they think better of it
    await house.wake()
    await house.approve("a")
    await house.wake(LEAD)
    assert house.posted() == ["a"]
    assert await released(house) == [NOW + TO_SLOT]


async def test_on_a_day_off_nothing_is_planned_and_nothing_is_made_up_for(house: House) -> None:
    await house.has(*MANY)
    await house.add(limit=1, catch_up=CatchUp.ALL)
    await quiet(house, "03-14..03-15")
    for _ in range(8):
        await house.wake(TO_SLOT)
    assert await lines(house) == []
    await house.wake(TO_SLOT)
    assert await released(house) == [NOW + TO_SLOT + 2 * DAY]


async def test_an_edition_on_a_new_day_off_is_cancelled_until_it_is_taken_back(
    house: House,
) -> None:
    await house.has(told("a"))
    await house.review()
    await house.add()
    await house.wake(TO_SLOT - LEAD)
    await quiet(house, "2026-03-14")
    await house.wake()
    (line,) = await lines(house)
    assert (line.state, line.note) == (EditionState.EMPTY, "cancelled: it is a day off")
    assert await house.ledger.pending_reviews() == []
    await quiet(house, "")
    await house.wake()
    assert len(await house.ledger.pending_reviews()) == 1
    (message, *_) = reversed(house.chat.standing(DESK))
    assert message.titles == ["a"]


async def test_an_edition_that_is_due_already_is_not_cancelled_any_more(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    await house.wake(TO_SLOT - LEAD)
    await house.approve("a")
    house.clock.go(LEAD)
    changed = replace(digest, rule=rule("17:00"))
    assert await house.ledger.change_digest(changed, now=house.clock())
    await house.wake()
    assert house.posted() == ["a"]


async def test_the_editions_of_a_paused_digest_are_left_alone(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    await house.wake(TO_SLOT - LEAD)
    state = DigestState.PAUSED
    await house.ledger.set_digest_state(digest.id, state, reason="", now=house.clock())
    await quiet(house, "2026-03-14")
    await house.wake()
    (line,) = await lines(house)
    assert line.state is EditionState.PLANNED


async def test_an_edition_whose_zone_is_gone_keeps_no_other_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.has(*MANY)
    await house.review()
    digest = await house.add(limit=1)
    await house.add("other", limit=1, channel_id=21)
    await house.wake(TO_SLOT - LEAD)
    gone = replace(digest, rule=replace(digest.rule, zone="Gone/Nowhere"))
    assert await house.ledger.change_digest(gone, now=house.clock())
    await house.approve("n00", "n01")
    await house.wake()
    await house.wake(LEAD)
    assert len(house.posted(21)) == 1
    assert "edition not planned anew: edition=1" in caplog.text
