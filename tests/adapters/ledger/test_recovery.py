"""What a restored ledger learns of its channels: each lost message once, and never posted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.article import ArticleId
from bot.core.outbox import Standing
from tests.adapters.ledger.making import (
    CHANNEL,
    GUILD,
    add,
    column,
    digest_now,
    planned,
    posted,
    release,
    scalar,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.digest import Digest


def found(
    message_id: int, *names: str, thread_id: int | None = None
) -> tuple[Standing, Sequence[ArticleId]]:
    """Return a message of the bot's with the articles that stand in it."""
    standing = Standing(message_id=message_id, thread_id=thread_id, at=NOW - HOUR, urls=())
    return standing, [ArticleId(name) for name in names]


async def unsure(store: LedgerStore, name: str = "Morning") -> Digest:
    """Set a digest up of which nobody knows what was posted since."""
    digest = await add(store, name)
    await doubt(store)
    return digest


async def doubt(store: LedgerStore) -> None:
    """Let all digests be unsure, as a restored backup does."""
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE digests SET unsure_since = created_at")


async def test_what_stands_there_is_placed_and_the_digest_is_sure_again(
    store: LedgerStore,
) -> None:
    digest = await unsure(store)
    await store.adopt(digest.id, [found(501, "a", "b"), found(502, "c", thread_id=500)], now=NOW)
    assert (await digest_now(store, digest)).unsure_since is None
    places = await store.placements(CHANNEL)
    assert sorted((each.article_id, each.at) for each in places) == [
        (name, NOW - HOUR) for name in "abc"
    ]
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.message_id, line.trouble) == (501, "")
    assert line.note == "found in the channel after a backup was restored"
    assert await column(store, "SELECT state FROM deliveries") == ["sent", "sent"]
    assert await column(store, "SELECT thread_id FROM deliveries ORDER BY id") == [None, 500]
    assert not await store.claim(limit=1, now=NOW + DAY)


async def test_members_find_where_it_stands_and_are_not_told_again(store: LedgerStore) -> None:
    digest = await unsure(store)
    await store.adopt(digest.id, [found(502, "a", thread_id=500)], now=NOW)
    (post,) = await store.posts_of(GUILD, [ArticleId("a")])
    assert (post.message_id, post.thread_id, post.at) == (502, 500, NOW - HOUR)
    assert await store.arrivals(limit=5) == []


async def test_nothing_that_the_ledger_knows_is_recorded_again(store: LedgerStore) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501)
    await release(store, await planned(store, digest, "b", slot="2"), "b")
    await doubt(store)
    messages = [found(501, "a"), found(502, "b"), found(503, "b", "c"), found(504, "c", "c")]
    await store.adopt(digest.id, messages, now=NOW)
    assert await column(store, "SELECT message_id FROM deliveries ORDER BY id") == [501, None, 503]
    assert len(await store.placements(CHANNEL)) == 3


async def test_a_channel_without_news_makes_no_edition(store: LedgerStore) -> None:
    digest, other = await unsure(store), await unsure(store, "other")
    await store.adopt(digest.id, [], now=NOW)
    assert await scalar(store, "SELECT count(*) FROM editions") == 0
    assert (await digest_now(store, digest)).unsure_since is None
    assert (await digest_now(store, other)).unsure_since == NOW


async def test_what_was_adopted_is_never_edited_for_its_cards_are_not_known(
    store: LedgerStore,
) -> None:
    digest = await unsure(store)
    await store.adopt(digest.id, [found(501, "a")], now=NOW)
    assert await store.standing_uses() == []
