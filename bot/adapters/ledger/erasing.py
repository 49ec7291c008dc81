"""Erasing within a transaction: what names people in reviews, and what was written to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, union, update

from bot.adapters.ledger.asked import is_pending
from bot.adapters.ledger.claims import OPEN
from bot.adapters.ledger.record import DECIDED
from bot.adapters.ledger.tables import (
    decision_people,
    decisions,
    deliveries,
    digests,
    presses,
    reviews,
    searches,
    suggestions,
    votes,
)
from bot.core.card import Post, post_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.article import ArticleId

NOBODY = "somebody"  # who is named in the place of a person
AT_ONCE = 200  # reviews or messages in one transaction, which should be short
_NOTHING = post_to_json(Post(content="", cards=()))
_SEARCH = re.compile(r"alert:(\d+):")
_EVER = "doubt:"  # a message about a doubt is made once, as long as the doubt lasts


def suggested_waits() -> Any:  # noqa: ANN401 (likewise)
    """Tell of a suggestion that it waits for a verdict."""
    return (
        select(reviews.c.id)
        .where(
            reviews.c.guild_id == suggestions.c.guild_id,
            reviews.c.article_id == suggestions.c.article_id,
            is_pending(),
        )
        .exists()
    )


def reviews_with(user_id: int) -> Any:  # noqa: ANN401 (a select)
    """Select the ids of all reviews in which somebody had a part."""
    return union(
        select(votes.c.review_id).where(votes.c.user_id == user_id),
        select(presses.c.review_id).where(presses.c.user_id == user_id),
        select(decisions.c.review_id)
        .select_from(DECIDED)
        .where(decision_people.c.user_id == user_id),
        select(reviews.c.id).where(reviews.c.proposed_by == user_id),
    )


async def erase_from_reviews(
    connection: AsyncConnection, review_ids: Sequence[int], *, user_id: int | None = None
) -> None:
    """Erase who voted, decided and proposed in these reviews: one person, or everybody."""
    for table in (votes, presses):
        mine = table.c.review_id.in_(review_ids)
        await connection.execute(delete(table).where(mine, *_only(table, user_id)))
    lines = select(decisions.c.id).where(decisions.c.review_id.in_(review_ids))
    mine = decision_people.c.decision_id.in_(lines)
    await connection.execute(delete(decision_people).where(mine, *_only(decision_people, user_id)))
    by = reviews.c.proposed_by
    proposed = by.is_not(None) if user_id is None else by == user_id
    these = update(reviews).where(reviews.c.id.in_(review_ids), proposed)
    await connection.execute(these.values(proposed_by=None))
    await erase_names(connection, review_ids, user_id=user_id)


async def erase_names(
    connection: AsyncConnection, review_ids: Sequence[int], *, user_id: int | None = None
) -> None:
    """Take the names out of what was written about these reviews: one person's, or everybody's."""
    for table, column, names in (
        (deliveries, deliveries.c.review_id, ("post",)),
        (reviews, reviews.c.id, ("reason", "brief", "former")),
        (decisions, decisions.c.review_id, ("why",)),
    ):
        read = select(table.c.id, *(table.c[name] for name in names)).where(column.in_(review_ids))
        rows = (await connection.execute(read)).all()
        await _write(connection, table, names, rows, user_id)


async def erase_reasons(
    connection: AsyncConnection,
    which: Any,  # noqa: ANN401 (SQL)
    *,
    user_id: int | None = None,
) -> None:
    """Take the names out of why digests are as they are: one person's, or everybody's."""
    query = select(digests.c.id, digests.c.state_reason).where(which)
    rows = (await connection.execute(query)).all()
    await _write(connection, digests, ("state_reason",), rows, user_id)


async def erase_suggestions(
    connection: AsyncConnection,
    which: Any,  # noqa: ANN401 (SQL)
    *,
    user_id: int | None = None,
) -> bool:
    """Erase who suggested what; tell whether there may be more."""
    query = select(suggestions).where(suggestions.c.user_id.is_not(None), which).limit(AT_ONCE)
    rows = (await connection.execute(query)).all()
    about: set[tuple[int, ArticleId]] = {(row.guild_id, row.article_id) for row in rows}
    for guild_id, article_id in sorted(about):
        ids = select(reviews.c.id).where(
            reviews.c.guild_id == guild_id, reviews.c.article_id == article_id, ~is_pending()
        )
        found = (await connection.execute(ids)).scalars().all()
        await erase_names(connection, found, user_id=user_id)
    mine = suggestions.c.id.in_([row.id for row in rows])
    await connection.execute(update(suggestions).where(mine).values(user_id=None))
    return len(rows) == AT_ONCE


async def delete_messages(connection: AsyncConnection, which: Any) -> bool:  # noqa: ANN401 (SQL)
    """Delete direct messages, also such as are still to be sent; tell whether there may be more."""
    query = select(deliveries.c.id).where(deliveries.c.user_id.is_not(None), which).limit(AT_ONCE)
    ids = (await connection.execute(query)).scalars().all()
    await connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
    return len(ids) == AT_ONCE


async def empty_messages(connection: AsyncConnection, which: Any) -> bool:  # noqa: ANN401 (SQL)
    """Forget direct messages that have ended; tell whether there may be more.

    What alone says that something was told already is kept, without saying to whom and what.
    """
    query = (
        select(deliveries.c.id, deliveries.c.key)
        .where(deliveries.c.user_id.is_not(None), deliveries.c.state.not_in(OPEN), which)
        .limit(AT_ONCE)
    )
    rows = (await connection.execute(query)).all()
    searching = {row.id: int(found[1]) for row in rows if (found := _SEARCH.match(row.key))}
    query = select(searches.c.id).where(searches.c.id.in_(set(searching.values())))
    there = set((await connection.execute(query)).scalars())
    kept = {row.id for row in rows if row.key.startswith(_EVER) or searching.get(row.id) in there}
    gone = [row.id for row in rows if row.id not in kept]
    await connection.execute(delete(deliveries).where(deliveries.c.id.in_(gone)))
    emptied = update(deliveries).where(deliveries.c.id.in_(kept))
    await connection.execute(emptied.values(user_id=None, post=_NOTHING))
    return len(rows) == AT_ONCE


def without(value: Any, user_id: int | None) -> Any:  # noqa: ANN401 (JSON)
    """Return the value with nobody where it mentions somebody: one person, or anybody."""
    match value:
        case str():
            who = r"\d+" if user_id is None else str(user_id)
            return re.sub(rf"\\?<@!?{who}\\?>", NOBODY, value)  # escaped or not
        case dict():
            return {key: without(each, user_id) for key, each in value.items()}
        case list():
            return [without(each, user_id) for each in value]
        case _:
            return value


async def _write(
    connection: AsyncConnection,
    table: Table,
    names: Iterable[str],
    rows: Iterable[Any],
    user_id: int | None,
) -> None:
    """Write the rows of a table anew whose columns name somebody."""
    for name in names:
        found = [(row.id, getattr(row, name)) for row in rows]
        plain = [(which, before, without(before, user_id)) for which, before in found]
        values = [{"which": which, "new": new} for which, before, new in plain if new != before]
        if values:
            column = table.c[name]
            new = bindparam("new", type_=column.type)
            mine = table.c.id == bindparam("which")
            await connection.execute(update(table).where(mine).values({column: new}), values)


def _only(table: Table, user_id: int | None) -> tuple[Any, ...]:
    return () if user_id is None else (table.c.user_id == user_id,)
