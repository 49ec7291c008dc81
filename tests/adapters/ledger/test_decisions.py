"""The ledger's record as it is read: the newest first, of a server, an article or a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.article import ArticleId
from bot.core.outbox import Action
from bot.core.review import Decision, ReviewState
from tests.adapters.ledger.making import (
    DESK,
    GUILD,
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    end,
    judge,
    planned,
    proposed,
    send_all,
    withdraw,
)
from tests.core.samples import HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.review import Review

OTHER_YES = replace(YES, user_id=3)


async def say(store: LedgerStore, review: Review, why: str = "we had it") -> bool:
    """Say why something was decided."""
    return await store.say_why(review.id, why, announce=announce, now=NOW + HOUR)


async def names(store: LedgerStore, **which: object) -> list[str]:
    """Return of which articles the record tells, the newest first."""
    found = await store.decisions(GUILD, **{"limit": 9, **which})  # type: ignore[arg-type]
    return [line.article_id for line in found]


async def test_a_line_says_who_decided_what_and_when(store: LedgerStore) -> None:
    digest = await add(store)
    await planned(store, digest, "a", review=replace(SETTINGS, approvals=2))
    (review,) = await store.pending_reviews()
    await send_all(store)
    await judge(store, review, OTHER_YES, YES, now=NOW + HOUR)
    (line,) = await store.decisions(GUILD, limit=5)
    (message_id,) = await column(store, "SELECT message_id FROM reviews")
    assert isinstance(message_id, int)
    assert line == Decision(
        id=line.id,
        review_id=review.id,
        guild_id=GUILD,
        digest_name=digest.name,
        article_id=ArticleId("a"),
        title="a",
        state=ReviewState.APPROVED,
        at=NOW + HOUR,
        by=(3, 1),
        why="",
        channel_id=DESK,
        message_id=message_id,
    )


async def test_the_record_is_of_one_server_and_comes_in_pages(store: LedgerStore) -> None:
    digest, abroad = await add(store), await add(store, guild_id=11)
    for name in "abc":
        await withdraw(store, await proposed(store, digest, name))
        await withdraw(store, await proposed(store, abroad, name))
    assert await names(store) == ["c", "b", "a"]
    page = await store.decisions(GUILD, limit=2)
    assert [line.article_id for line in page] == ["c", "b"]
    assert await names(store, before=page[-1].id) == ["a"]
    assert [line.guild_id for line in await store.decisions(11, limit=9)] == [11, 11, 11]
    assert await store.decisions(12, limit=9) == []


async def test_the_record_can_be_of_an_article_a_person_or_a_time(store: LedgerStore) -> None:
    digest = await add(store)
    a, b, c = [await proposed(store, digest, name) for name in "abc"]
    await judge(store, a, YES, now=NOW)
    await judge(store, b, NO, now=NOW + HOUR)
    await end(store, c, ReviewState.EXPIRED, now=NOW + 2 * HOUR)
    assert await names(store, article_id=ArticleId("b")) == ["b"]
    assert await names(store, user_id=YES.user_id) == ["a"]
    assert await names(store, user_id=NO.user_id, article_id=ArticleId("a")) == []
    assert await names(store, since=NOW + HOUR) == ["c", "b"]


async def test_a_reason_is_written_to_the_newest_decision_and_to_the_card(
    store: LedgerStore,
) -> None:
    await store.set_review(SETTINGS)
    review = await proposed(store, await add(store))
    await send_all(store)
    await judge(store, review, NO)
    await send_all(store)
    assert await say(store, review)
    (line,) = await store.decisions(GUILD, limit=5)
    assert (line.state, line.why, line.by) == (ReviewState.REJECTED, "we had it", (2,))
    (edit,) = await send_all(store, now=NOW + HOUR)
    assert (edit.action, edit.review_id) == (Action.EDIT, review.id)
    assert "we had it" in edit.post.content
    for why in ("or not", "we had it"):  # the same once more
        assert await say(store, review, why)
        (edit,) = await send_all(store, now=NOW + HOUR)
        assert why in edit.post.content
    undone = await store.undo(review.id, by=5, since=NOW, announce=announce, now=NOW)
    assert undone[1] is not None
    assert await say(store, review, "by mistake")
    lines = await store.decisions(GUILD, limit=5)
    assert [line.why for line in lines] == ["by mistake", "we had it"]


async def test_there_is_no_reason_for_what_nobody_decided(store: LedgerStore) -> None:
    review = await proposed(store, await add(store))
    assert not await say(store, review)
    assert not await say(store, replace(review, id=99))


async def test_a_card_that_never_arrived_says_no_reason(store: LedgerStore) -> None:
    review = await proposed(store, await add(store))
    await judge(store, review, NO)
    assert await say(store, review)
    assert await send_all(store) == []
    assert [line.why for line in await store.decisions(GUILD, limit=5)] == ["we had it"]


async def test_reasons_said_at_once_leave_the_card_with_one_of_them(
    store: LedgerStore, other: LedgerStore
) -> None:
    review = await proposed(store, await add(store))
    await send_all(store)
    await judge(store, review, NO)
    await asyncio.gather(
        *(say(each, review, why) for each in (store, other) for why in ("one", "two"))
    )
    (line,) = await store.decisions(GUILD, limit=5)
    edit = (await send_all(store, now=NOW + HOUR))[-1]
    assert line.why in edit.post.content
