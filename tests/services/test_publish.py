"""Publishing: at its time and never before, once and never twice, nothing unapproved ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from bot.adapters.ledger.tables import digests
from bot.books import LedgerTrouble
from bot.core.article import Provider
from bot.core.card import Opening, card_of
from bot.core.digest import CatchUp, DigestState, Edition, EditionDraft, EditionState, Item
from bot.core.outbox import LEASE
from bot.core.quiet import Quiet, parse_days_off, parse_hours
from bot.core.reviewing import review_delivery
from bot.services.publish import Publisher
from tests.core.samples import BALLOT, DAY, HOUR, NOW, article, rule
from tests.services.fakes import Crash, Mood
from tests.services.house import (
    CHANNEL,
    DESK,
    GUILD,
    LEAD,
    POLICY,
    BreakableStore,
    House,
    edited,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.core.digest import Digest, Issue, Known

TO_SLOT = 6 * HOUR  # from NOW to 18:00


async def editions(house: House) -> list[tuple[EditionState, datetime, int]]:
    """Return the editions of the server, the newest first."""
    lines = await house.ledger.history(GUILD, digest_id=None, limit=100)
    return [(line.state, line.due_at, line.posted) for line in lines]


async def test_a_digest_goes_out_at_its_time_and_not_before(house: House) -> None:
    await house.has(told("a"), told("b"))
    await house.add()
    await house.wake(TO_SLOT - HOUR / 60)
    assert house.posted() == []
    assert await editions(house) == []
    await house.wake(HOUR / 60)
    assert sorted(house.posted()) == ["a", "b"]
    assert await editions(house) == [(EditionState.RELEASED, NOW + TO_SLOT, 2)]


async def test_a_digest_set_up_after_its_time_waits_for_the_next_day(house: House) -> None:
    await house.has(told("a"))
    await house.add(when=rule("11:00"))
    await house.wake(22 * HOUR)
    assert house.posted() == []
    await house.wake(HOUR)
    assert house.posted() == ["a"]


async def test_an_edition_is_headed_by_its_digest_and_its_time(house: House) -> None:
    await house.has(told("a"))
    await house.add("My *news*")
    await house.wake(TO_SLOT + HOUR)
    (message,) = house.chat.standing(CHANNEL)
    due = int((NOW + TO_SLOT).timestamp())
    assert message.post.content == f"## 📰 My \\*news\\*\n-# all topics · <t:{due}:D>"


async def test_a_card_says_where_else_its_story_is_told_by_now(house: House) -> None:
    title = "Court bans facial recognition downtown"
    a, b, c, d = (
        article(
            name,
            title=title,
            quality=quality,
            draft=name == "c",
            published_at=NOW + 9 * HOUR if name == "d" else NOW,
            provider=Provider(name=name.upper()),
            url=f"https://{name}.example/",
        )
        for name, quality in zip("abcd", (9, 8, 9, 9), strict=True)
    )
    await house.has(a, b, c, d)
    await house.add()
    await house.wake(TO_SLOT)
    (message,) = house.chat.standing(CHANNEL)
    (card,) = message.post.cards
    assert (card.provider, card.also) == ("A", "[B](https://b.example/) (b.example)")


async def test_what_is_withdrawn_while_an_edition_is_planned_is_not_in_it(house: House) -> None:
    await house.has(told("a"), told("b"))
    digest = await house.add()
    house.content.drop(told("a"))
    await house.cache.settle({}, gone=["a.md"])
    await house.publisher.publish_now(digest, key="1")
    await house.wake()
    assert house.posted() == ["b"]


async def test_a_long_edition_is_several_messages_in_order(house: House) -> None:
    await house.has(*(told(f"n{number:02}", quality=100 - number) for number in range(25)))
    await house.add(limit=25)
    await house.wake(TO_SLOT)
    heads, *rest = house.chat.standing(CHANNEL)
    assert heads.post.content
    assert [message.post.content for message in rest] == [""] * len(rest)
    assert [len(message.titles) for message in (heads, *rest)] == [10, 10, 5]
    assert house.posted() == [f"n{number:02}" for number in range(25)]


async def test_a_tick_twice_is_one_edition(house: House) -> None:
    await house.has(told("a"))
    await house.add()
    house.clock.go(TO_SLOT)
    for _ in range(3):
        await house.wake()
    assert house.posted() == ["a"]
    assert len(await editions(house)) == 1


async def test_after_a_week_away_one_edition_of_the_newest_slot_makes_up_for_all(
    house: House,
) -> None:
    await house.has(told("a"))
    digest = await house.add()
    await house.wake(TO_SLOT)
    await house.has(*(told(name) for name in "bcdefgh"))
    await house.wake(7 * DAY + HOUR)
    assert [due for state, due, _ in await editions(house) if state is EditionState.RELEASED] == [
        NOW + TO_SLOT + 7 * DAY,
        NOW + TO_SLOT,
    ]
    assert len(house.posted()) == 1 + digest.limit
    await house.wake(HOUR)
    assert len(house.posted()) == 1 + digest.limit


async def test_a_clock_that_jumps_back_repeats_nothing(house: House) -> None:
    await house.has(told("a"))
    await house.add()
    await house.wake(TO_SLOT)
    await house.has(told("b"))
    await house.wake(-DAY)
    await house.wake(DAY)
    assert house.posted() == ["a"]


async def test_two_publishers_on_one_ledger_make_one_edition(house: House, second: House) -> None:
    await house.has(told("a"), told("b"))
    await second.library.refresh()
    second.content.articles = house.content.articles
    await second.library.refresh()
    await house.add("one")
    await house.add("two")
    house.clock.go(TO_SLOT)
    await asyncio.gather(*(each.publisher.tick() for each in (house, second) * 2))
    await house.publisher.tick()
    await asyncio.gather(house.courier.drain(), second.courier.drain())
    assert sorted(house.posted()) == ["a", "b"]
    assert len(await editions(house)) == 2


async def test_two_digests_of_a_channel_never_post_an_article_twice(house: House) -> None:
    await house.has(told("a"), told("b"), told("c"))
    await house.add("one", limit=1)
    await house.add("two")
    await house.wake(TO_SLOT)
    await house.wake(DAY)
    assert sorted(house.posted()) == ["a", "b", "c"]


async def test_two_channels_may_post_the_same_article(house: House) -> None:
    await house.has(told("a"))
    await house.add("one")
    await house.add("two", channel_id=21)
    await house.wake(TO_SLOT)
    assert house.posted() == house.posted(21) == ["a"]


async def test_nothing_new_makes_an_empty_edition_with_a_note(house: House) -> None:
    await house.has(told("a"), told("hidden", draft=True))
    await house.add()
    await house.wake(TO_SLOT)
    await house.wake(DAY)
    line, _ = await house.ledger.history(GUILD, digest_id=None, limit=10)
    assert (line.state, line.posted) == (EditionState.EMPTY, 0)
    assert line.note == "nothing new: 1 already posted here, 1 unpublished"
    assert len(house.chat.standing(CHANNEL)) == 1


async def test_a_topic_without_articles_says_so(house: House) -> None:
    await house.add(topics=("Whales",))
    await house.wake(TO_SLOT)
    (line,) = await house.ledger.history(GUILD, digest_id=None, limit=10)
    assert line.note == "nothing new: no article has its topics"


async def test_an_edition_notes_what_it_left_out(house: House) -> None:
    await house.has(told("a"), told("b"), told("hidden", draft=True))
    await house.add(limit=1)
    await house.wake(TO_SLOT)
    (line,) = await house.ledger.history(GUILD, digest_id=None, limit=10)
    assert line.note == "1 unpublished, 1 below the limit"


async def test_a_paused_digest_is_silent_and_makes_up_for_nothing(house: House) -> None:
    await house.has(told("a"))
    digest = await house.add()
    await house.ledger.set_digest_state(
        digest.id, DigestState.PAUSED, reason="by Ann", now=house.clock()
    )
    await house.wake(3 * DAY)
    assert await editions(house) == []
    await house.ledger.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=house.clock())
    await house.wake()
    assert house.posted() == []
    await house.wake(TO_SLOT)
    assert house.posted() == ["a"]


async def crash(*_: object, **__: object) -> None:
    """End the process."""
    raise Crash


async def too_late(*_: object, **__: object) -> bool:
    """Say that another process was faster."""
    return False


async def broken(*_: object, **__: object) -> bool:
    """Fail as nothing should."""
    raise ValueError("broken")


@pytest.mark.parametrize("way", ["issue", "plan_edition", "release"])
async def test_an_edition_survives_a_crash_on_its_way(
    house: House, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await house.has(told("a"))
    await house.add()
    house.clock.go(TO_SLOT)
    with monkeypatch.context() as patched:
        if way != "issue":
            patched.setattr(house.ledger, "issue", too_late)
        patched.setattr(house.ledger, way, crash)
        with pytest.raises(Crash):
            await house.publisher.tick()
    await house.wake()
    assert house.posted() == ["a"]
    assert len(await editions(house)) == 1


@pytest.mark.parametrize("way", [too_late, broken])
async def test_editions_that_cannot_be_issued_together_are_planned_one_by_one(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    way: Any,  # noqa: ANN401
) -> None:
    await house.has(told("a"), told("b", draft=True))
    await house.add("one")
    await house.add("two", channel_id=21)
    monkeypatch.setattr(house.ledger, "issue", way)
    await house.wake(TO_SLOT)
    await house.wake()
    assert house.posted() == house.posted(21) == ["a"]
    notes = {line.note for line in await house.ledger.history(GUILD, digest_id=None, limit=9)}
    assert notes == {"1 unpublished"}


async def test_where_the_ledger_is_in_trouble_the_tick_ends(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> bool:
        raise LedgerTrouble("the disk is full")

    await house.add()
    house.clock.go(TO_SLOT)
    monkeypatch.setattr(house.ledger, "issue", full)
    with pytest.raises(LedgerTrouble):
        await house.publisher.tick()


async def test_where_another_process_issued_them_meanwhile_nothing_is_made_again(
    house: House, second: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for process in (house, second):
        await process.has(told("a"), told("b"))
    await house.add(limit=1)
    issue = house.ledger.issue

    async def late(issues: Sequence[Issue], *, now: datetime) -> bool:
        await second.publisher.tick()
        return await issue(issues, now=now)

    monkeypatch.setattr(house.ledger, "issue", late)
    await house.wake(TO_SLOT)
    assert len(house.posted()) == 1
    assert len(await editions(house)) == 1


async def test_an_article_that_changes_while_its_edition_is_issued_is_posted_as_it_is_then(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.has(told("a"), told("b"))
    await house.add()
    issue = house.ledger.issue

    async def late(issues: Sequence[Issue], *, now: datetime) -> bool:
        await house.has(edited(told("a"), "new"))
        await house.lacks(told("b"))
        return await issue(issues, now=now)

    monkeypatch.setattr(house.ledger, "issue", late)
    await house.wake(TO_SLOT)
    assert house.posted() == ["new"]


async def test_whatever_may_be_sent_is_said_at_once(house: House) -> None:
    await house.has(told("a"))
    said: list[int] = []

    async def count() -> None:
        said.append((await house.ledger.outbox_counts())["pending"])

    tasks: list[asyncio.Task[None]] = []
    publisher = Publisher(
        house.ledger,
        house.library,
        house.reviser,
        policy=POLICY,
        clock=house.clock,
        released=lambda: tasks.append(asyncio.create_task(count())),
    )
    for place in range(25):
        await house.add(f"d{place}", channel_id=100 + place)
    house.clock.go(TO_SLOT)
    await publisher.tick()
    await asyncio.gather(*tasks)
    assert said == [20, 25]
    await publisher.publish_now((await house.ledger.digests())[0], key="1")
    assert len(tasks) == 2  # it was empty


async def test_who_waited_longest_is_first(house: House) -> None:
    await house.has(told("a"))
    await house.add("late", channel_id=21, when=rule("19:00"))
    await house.add("early", channel_id=22, when=rule("17:00"))
    await house.add("between", channel_id=23)
    await house.wake(8 * HOUR)
    assert [message.channel_id for message in house.chat.messages.values()] == [22, 23, 21]


async def test_a_new_installation_on_many_old_articles_posts_one_edition_a_slot(
    house: House,
) -> None:
    old = [replace(told(f"n{n:03}"), published_at=NOW - n * HOUR) for n in range(300)]
    await house.has(*old)
    await house.add(limit=5, catch_up=CatchUp.ALL)
    for _ in range(4):
        await house.wake()
    assert house.posted() == []
    for day in range(3):
        await house.wake(DAY if day else TO_SLOT)
        for _ in range(4):
            await house.wake(HOUR / 4)
            await house.wake(-HOUR / 4)
        assert len(house.posted()) == 5 * (day + 1)


class BusyStore(BreakableStore):
    """A ledger to which another process adds a digest while editions are looked up."""

    newcomer: House | None = None

    async def due_editions(self, *, now: datetime) -> Sequence[Edition]:
        """Look up, after the newcomer planned an edition."""
        if self.newcomer is not None:
            house, self.newcomer = self.newcomer, None
            digest = await house.add("new", channel_id=21)
            article = told("a")
            await house.ledger.plan_edition(
                EditionDraft(digest_id=digest.id, slot="now:1", due_at=now),
                [Item(article_id=article.id, card=card_of(article), reason="")],
                review=None,
                note="",
                planned_until=None,
                announce=partial(review_delivery, ballot=BALLOT),
                now=now,
            )
        return await super().due_editions(now=now)


async def test_a_digest_that_appears_during_a_tick_waits_for_the_next(
    house: House, address: str
) -> None:
    await house.has(told("a"))
    await house.add()
    house.clock.go(TO_SLOT)
    busy = BusyStore(address)
    await busy.open(now=house.clock())
    busy.newcomer = house
    publisher = Publisher(busy, house.library, house.reviser, policy=POLICY, clock=house.clock)
    await publisher.tick()
    await house.courier.drain()
    assert (house.posted(), house.posted(21)) == (["a"], [])
    await publisher.tick()
    await house.courier.drain()
    assert house.posted(21) == ["a"]
    await busy.close()


async def test_with_review_articles_are_proposed_a_lead_ahead_and_go_out_when_due(
    house: House,
) -> None:
    await house.has(told("a"), told("b"))
    await house.review()
    await house.add()
    await house.wake(TO_SLOT - LEAD - HOUR / 60)
    assert house.chat.messages == {}
    await house.wake(HOUR / 60)
    assert sorted(house.chat.titles(DESK)) == ["a", "b"]
    await house.approve("a")
    await house.wake(LEAD - HOUR / 60)
    assert house.posted() == []
    await house.wake(HOUR / 60)
    assert house.posted() == ["a"]


async def test_what_nobody_approved_never_goes_out(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    await house.add()
    for _ in range(10):
        await house.wake(DAY / 2)
    assert house.posted() == []
    assert house.chat.titles(DESK) == ["a"]


async def test_a_late_approval_goes_out_at_once_under_its_own_heading(house: House) -> None:
    await house.has(told("a"), told("b"))
    await house.review()
    await house.add()
    await house.wake(TO_SLOT - LEAD)
    await house.approve("a")
    await house.wake(LEAD)
    await house.approve("b")
    await house.wake(HOUR)
    first, late = house.chat.standing(CHANNEL)
    assert (first.titles, late.titles) == (["a"], ["b"])
    assert late.post.content == f"-# 📰 Morning · added to <t:{int((NOW + TO_SLOT).timestamp())}:D>"


async def test_the_first_late_approval_of_an_edition_has_the_full_heading(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    await house.add()
    await house.wake(TO_SLOT)
    await house.approve("a")
    await house.wake(HOUR)
    (message,) = house.chat.standing(CHANNEL)
    assert message.post.content.startswith("## 📰 Morning")


async def test_after_a_time_away_with_review_on_the_newest_slot_is_proposed_and_waits(
    house: House,
) -> None:
    await house.has(*(told(name) for name in "abcdefgh"))
    await house.review()
    await house.add(limit=2)
    await house.wake(7 * DAY + TO_SLOT + HOUR)
    assert house.posted() == []
    assert len(await house.ledger.pending_reviews()) == 2
    await house.approve(*"abcdefgh")
    await house.wake()
    assert len(house.posted()) == 2


async def test_publish_now_is_out_of_turn_and_once_for_each_key(house: House) -> None:
    await house.has(told("a"))
    digest = await house.add()
    made = await house.publisher.publish_now(digest, key="77")
    assert made is not None
    assert await house.publisher.publish_now(digest, key="77") is None
    await house.wake()
    assert house.posted() == ["a"]
    await house.has(told("b"))
    assert await house.publisher.publish_now(digest, key="78") is not None
    await house.wake(TO_SLOT)
    assert house.posted() == ["a", "b"]
    assert [state for state, _, _ in await editions(house)] == [
        EditionState.EMPTY,
        *[EditionState.RELEASED] * 2,
    ]


async def test_publish_now_and_ticks_at_the_same_time_post_once(house: House) -> None:
    await house.has(told("a"), told("b"))
    digest = await house.add()
    await asyncio.gather(
        *(house.publisher.publish_now(digest, key="1") for _ in range(3)),
        *(house.publisher.tick() for _ in range(3)),
    )
    await house.wake()
    assert sorted(house.posted()) == ["a", "b"]


async def test_publish_now_of_nothing_new_is_an_empty_edition(house: House) -> None:
    digest = await house.add()
    made = await house.publisher.publish_now(digest, key="1")
    assert made is not None
    assert made.state is EditionState.EMPTY
    assert made.note == "nothing new: no article has its topics"


async def test_publish_now_with_review_on_proposes_first(house: House) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    await house.publisher.publish_now(digest, key="1")
    await house.wake()
    assert (house.posted(), house.chat.titles(DESK)) == ([], ["a"])
    await house.approve("a")
    await house.wake()
    assert house.posted() == ["a"]


async def test_a_preview_tells_the_edition_and_changes_nothing(house: House) -> None:
    await house.has(told("a"), told("hidden", draft=True))
    digest = await house.add()
    preview = await house.publisher.preview(digest)
    assert [choice.article.title for choice in preview.chosen] == ["a"]
    assert [each.article.title for each in preview.left_out] == ["hidden"]
    assert await house.publisher.preview(digest) == preview
    assert await editions(house) == []
    await house.wake(TO_SLOT)
    assert house.posted() == ["a"]


async def test_a_story_that_stands_in_the_channel_is_not_told_again_for_a_while(
    house: House,
) -> None:
    title = "Council approves the harbour bridge plan"
    await house.has(replace(told("a"), title=title))
    digest = await house.add()
    await house.wake(TO_SLOT)
    await house.has(replace(told("b"), title=title))
    assert (await house.publisher.preview(digest)).chosen == ()
    house.clock.go(POLICY.story_window + HOUR)
    preview = await house.publisher.preview(digest)
    assert [choice.article.path for choice in preview.chosen] == ["b.md"]


async def test_an_article_that_left_the_content_makes_no_trouble(house: House) -> None:
    await house.has(told("a"))
    digest = await house.add()
    await house.wake(TO_SLOT)
    house.content.articles = []
    await house.has(told("b"))
    preview = await house.publisher.preview(digest)
    assert [choice.article.title for choice in preview.chosen] == ["b"]


async def test_next_slots_are_those_of_active_digests_in_order(house: House) -> None:
    late = await house.add("late", when=rule("20:00"))
    soon = await house.add("soon")
    paused = await house.add("paused")
    await house.ledger.set_digest_state(paused.id, DigestState.PAUSED, reason="", now=house.clock())
    digests = await house.ledger.digests()
    slots = house.publisher.next_slots(digests)
    assert [(slot.at, digest.name) for slot, digest in slots] == [
        (NOW + TO_SLOT, "soon"),
        (NOW + 8 * HOUR, "late"),
    ]
    days_off = parse_days_off("03-14")
    quiet = Quiet(channel_id=CHANNEL, guild_id=GUILD, zone="UTC", days_off=days_off)
    ((first, _), _) = house.publisher.next_slots(digests, quiets={CHANNEL: quiet})
    assert first.at == NOW + TO_SLOT + DAY
    planned = replace(soon, planned_until=NOW + TO_SLOT)
    ((slot, _),) = house.publisher.next_slots([planned])
    assert slot.at == NOW + TO_SLOT  # its articles are proposed, it is still to come
    assert late.id < soon.id


async def test_what_came_due_during_a_pause_is_forgone_and_what_is_to_come_is_not(
    house: House,
) -> None:
    await house.has(told("a"), told("b"))
    await house.review()
    first = await house.add("first", limit=1)
    second = await house.add("second", channel_id=21, when=rule("19:00"), limit=1)
    await house.wake(TO_SLOT - HOUR)
    await house.approve("a", "b")
    for digest in (first, second):
        await house.ledger.set_digest_state(
            digest.id, DigestState.PAUSED, reason="", now=house.clock()
        )
    await house.wake(HOUR + HOUR / 2)
    for digest in (first, second):
        await house.moderator.forgo(digest)
        await house.ledger.set_digest_state(
            digest.id, DigestState.ACTIVE, reason="", now=house.clock()
        )
    await house.wake()
    assert house.posted() == []
    assert await editions(house) == [
        (EditionState.PLANNED, NOW + TO_SLOT + HOUR, 0),
        (EditionState.EMPTY, NOW + TO_SLOT, 0),
    ]
    await house.wake(HOUR / 2)
    assert len(house.posted(21)) == 1
    await house.wake(DAY - LEAD - HOUR)  # what was forgone is free and waits for moderators anew
    assert {review.digest_id for review in await house.ledger.pending_reviews()} == {first.id}


async def test_a_digest_that_cannot_be_planned_silences_no_other(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.has(told("a"))
    await house.add("broken", channel_id=21, when=replace(rule("18:00"), zone="Gone/Nowhere"))
    await house.add()
    await house.wake(TO_SLOT)
    assert house.posted() == ["a"]
    assert "digest not planned: digest=1" in caplog.text


async def test_one_refused_article_keeps_back_no_other_and_is_not_chosen_again(
    house: House,
) -> None:
    await house.has(told("bad", quality=99), told("good"))
    await house.add(limit=2)
    house.chat.moods += [Mood.REFUSE, Mood.REFUSE]  # both together, then the bad one alone
    await house.wake(TO_SLOT)
    assert house.posted() == ["good"]
    (digest,) = await house.ledger.digests()
    assert list((await house.barred(digest)).values()) == ["refused by Discord as it stands"]
    await house.has(told("next"))
    await house.wake(DAY)
    assert house.posted() == ["good", "next"]


async def test_a_draft_is_posted_as_it_was_approved(house: House) -> None:
    await house.has(told("draft", draft=True))
    await house.review()
    await house.add()
    await house.propose(told("draft", draft=True))
    await house.wake()
    await house.approve("draft")
    edited = replace(told("draft", draft=True), title="never seen by a moderator")
    await house.has(edited)
    await house.wake(TO_SLOT)
    assert house.posted() == ["draft"]


async def test_two_digests_of_a_channel_tell_a_story_once(house: House) -> None:
    one = replace(told("a"), title="Port Alderin closes its old quay road")
    twin = replace(told("b"), title="Port Alderin council closes old quay road")
    await house.has(one, twin)
    await house.review()
    await house.add("first", limit=1)
    await house.add("second", limit=1, when=rule("18:30"))
    await house.wake(TO_SLOT - HOUR)
    assert len(await house.ledger.pending_reviews()) == 1


async def test_a_clock_that_was_far_ahead_once_silences_nothing(house: House) -> None:
    await house.has(*(told(name) for name in "abcdefghij"))
    await house.add(limit=1)
    await house.wake(TO_SLOT + 20 * DAY)
    house.clock.go(-20 * DAY)
    assert len(house.posted()) == 1
    await house.wake(DAY)
    await house.wake(HOUR / 60)
    assert len(house.posted()) == 2
    await house.wake(DAY - HOUR / 60)
    assert len(house.posted()) == 3


async def test_an_edition_that_cannot_be_released_stops_no_other(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.has(told("a"), told("b"))
    await house.review()
    await house.add("one", limit=1)
    await house.add("two", limit=1, channel_id=21)
    await house.wake(TO_SLOT - LEAD)
    await house.approve("a", "b")
    release = house.ledger.release

    async def failing(edition_id: int, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        if edition_id == 1:
            raise ValueError("broken")
        await release(edition_id, *args, **kwargs)

    monkeypatch.setattr(house.ledger, "release", failing)
    await house.wake(LEAD)
    assert (house.posted(), len(house.posted(21))) == ([], 1)
    assert "edition not released: edition=1" in caplog.text


async def unsure(house: House, digest: Digest) -> Digest:
    """Let nobody know what a digest's channel was sent."""
    async with house.ledger.engine.begin() as connection:
        changes = update(digests).where(digests.c.id == digest.id).values(unsure_since=NOW)
        await connection.execute(changes)
    (found,) = [each for each in await house.ledger.digests() if each.id == digest.id]
    return found


async def aside(house: House, digest: Digest) -> Digest:
    """Set a digest aside."""
    state = DigestState.ASIDE
    await house.ledger.set_digest_state(digest.id, state, reason="", now=house.clock())
    (found,) = [each for each in await house.ledger.digests() if each.id == digest.id]
    return found


@pytest.mark.parametrize("stopped", [unsure, aside])
async def test_who_is_unsure_or_set_aside_makes_and_releases_nothing(
    house: House, stopped: Callable[[House, Digest], Awaitable[Digest]]
) -> None:
    await house.has(told("a"), told("b"))
    digest = await stopped(house, await house.add(limit=1))
    await house.wake(TO_SLOT)
    assert await editions(house) == []
    assert await house.publisher.publish_now(digest, key="1") is None
    assert house.publisher.next_slots([digest]) == []
    assert (await house.publisher.preview(digest)).chosen != ()
    await house.review()
    planned = await house.add("planned", channel_id=21)
    await house.wake(DAY - LEAD)
    await house.approve("a", "b")
    await stopped(house, planned)
    await house.wake(LEAD)
    assert house.posted(21) == []
    await house.ledger.set_digest_state(
        planned.id, DigestState.ACTIVE, reason="", now=house.clock()
    )
    await house.wake()
    assert sorted(house.posted(21)) == ["a", "b"]


async def test_whoever_is_paused_during_a_tick_makes_no_edition_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await house.has(told("a"))
    digest = await house.add()
    known = house.ledger.known

    async def late(some: Sequence[Digest]) -> Mapping[int, Known]:
        state = DigestState.PAUSED
        await house.ledger.set_digest_state(digest.id, state, reason="", now=house.clock())
        return await known(some)

    monkeypatch.setattr(house.ledger, "known", late)
    await house.wake(TO_SLOT)
    assert await editions(house) == []
    assert caplog.records == []


async def moved(house: House, digest: Digest) -> None:
    """Move a digest to another channel."""
    await house.ledger.change_digest(replace(digest, channel_id=21), now=house.clock())


async def removed(house: House, digest: Digest) -> None:
    """Remove a digest."""
    state = DigestState.REMOVED
    await house.ledger.set_digest_state(digest.id, state, reason="", now=house.clock())


@pytest.mark.parametrize("reviewed", [False, True])
@pytest.mark.parametrize(("change", "there"), [(moved, ["a"]), (removed, [])])
async def test_a_digest_that_moves_or_goes_during_a_tick_posts_nothing_where_it_was(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[House, Digest], Awaitable[None]],
    there: list[str],
    *,
    reviewed: bool,
) -> None:
    await house.has(told("a"))
    digest = await house.add()
    if reviewed:
        await house.review()
        await house.wake(TO_SLOT - LEAD)
        await house.approve("a")
    asked = "approved_items" if reviewed else "known"
    ask = getattr(house.ledger, asked)

    async def and_then(what: Any) -> object:  # noqa: ANN401 (either's)
        answer = await ask(what)
        await change(house, digest)
        return answer

    monkeypatch.setattr(house.ledger, asked, and_then)
    await house.wake(NOW + TO_SLOT - house.clock())
    monkeypatch.undo()
    await house.wake()
    assert house.posted() == []
    assert house.posted(21) == there
    assert await house.ledger.placements(CHANNEL) == []


async def test_an_edition_in_a_forum_is_one_thread(house: House) -> None:
    names = [f"n{n:02}" for n in range(12)]
    await house.has(*(told(name) for name in names))
    await house.review()
    await house.add(limit=12, forum=True, tags=(("ai", 9),), mention=88)
    await house.wake(TO_SLOT - LEAD)
    await house.approve(*names[:-1])
    await house.wake(LEAD)
    await house.approve(names[-1])
    await house.wake(HOUR)
    opener, second, late = house.chat.standing(CHANNEL)
    assert opener.post.opening == Opening(name="Morning · 2026-03-14", tags=(9,))
    assert opener.post.content.startswith("<@&88>\n## 📰 Morning")
    assert [each.post.opening for each in (second, late)] == [None, None]
    assert [each.post.mention for each in (opener, second, late)] == [88, None, None]
    assert second.thread_id == late.thread_id == opener.id
    assert late.post.content.startswith("-# 📰 Morning · added to")


async def test_where_the_thread_of_an_edition_was_lost_what_comes_late_opens_one(
    house: House,
) -> None:
    await house.has(told("a"), told("b"))
    await house.review()
    await house.add(forum=True)
    await house.wake(TO_SLOT - LEAD)
    await house.approve("a")
    house.chat.moods.append(Mood.DELETED)  # whoever deleted it, its thread is not known
    await house.wake(LEAD)
    await house.approve("b")
    await house.wake(HOUR)
    (late,) = house.chat.standing(CHANNEL)
    assert late.post.opening == Opening(name="Morning · 2026-03-14")


async def test_what_was_approved_for_a_removed_digest_is_free_for_its_successor(
    house: House,
) -> None:
    await house.has(told("a"))
    await house.review()
    digest = await house.add()
    await house.wake(TO_SLOT - LEAD)
    await house.approve("a")
    await house.ledger.set_digest_state(
        digest.id, DigestState.REMOVED, reason="", now=house.clock()
    )
    await house.moderator.withdraw(digest)
    await house.add(when=rule("19:00"))
    await house.wake(LEAD + HOUR + LEASE)
    await house.approve("a")
    await house.wake()
    assert house.posted() == ["a"]
    assert await house.ledger.pending_reviews() == []


async def test_what_waits_for_the_end_of_quiet_hours_goes_with_its_digest(house: House) -> None:
    await house.has(told("a"))
    digest = await house.add()
    hours = parse_hours("17:00-23:00")
    quiet = Quiet(channel_id=CHANNEL, guild_id=GUILD, zone="UTC", hours=hours)
    await house.ledger.set_quiet(quiet)
    await house.wake(TO_SLOT)
    await removed(house, digest)
    await house.wake(TO_SLOT)
    assert house.posted() == []
    assert await house.ledger.placements(CHANNEL) == []
