"""Digests, editions, reviews and deliveries in a ledger, made in one line each."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url, text

from bot.adapters.ledger.store import LedgerStore
from bot.core.article import ArticleId
from bot.core.card import Post
from bot.core.digest import Digest, DigestDraft, Edition, EditionDraft, Issue, Item, Known
from bot.core.outbox import Delivery, DeliveryDraft, DeliveryState, Entry
from bot.core.review import Counted, Proposal, Review, ReviewSettings, ReviewState, Verdict, Vote
from bot.core.reviewing import review_delivery
from bot.core.saved import Arrival, SavedSearch
from tests.core.samples import BALLOT, HOUR, NOW, card, rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.core.card import Opening
    from bot.core.rules import Rule

GUILD = 10
CHANNEL = 20
DESK = 30
SETTINGS = ReviewSettings(guild_id=GUILD, channel_id=DESK, role_id=None, approvals=1)
YES = Vote(user_id=1, verdict=Verdict.APPROVE)
NO = Vote(user_id=2, verdict=Verdict.REJECT)


def sqlite_address(folder: Path, name: str = "ledger.db") -> str:
    """Return the address of a file in a folder of its own."""
    return f"sqlite+aiosqlite:///{folder / 'state' / name}"


@cache
def blank_ledger() -> bytes:
    """Return a ledger file with nothing in it, made once, for migrations take their time."""

    async def make(folder: Path) -> bytes:
        store = LedgerStore(sqlite_address(folder))
        await store.open(now=NOW)
        await store.close()
        return (folder / "state" / "ledger.db").read_bytes()

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        # in a thread, for a loop may be running in this one
        return thread.submit(lambda: asyncio.run(make(Path(folder)))).result()


def write_blank_ledger(address: str) -> None:
    """Put a ledger with nothing in it where the address says; a server's is left to `open`."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and url.database:
        file = Path(url.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(blank_ledger())


def announce(review: Review) -> DeliveryDraft:
    """Return the delivery of a review's card, as the services make it."""
    return review_delivery(review, BALLOT)


def digest_draft(
    name: str = "Morning",
    *,
    guild_id: int = GUILD,
    channel_id: int = CHANNEL,
    topics: tuple[str, ...] = (),
    digest_rule: Rule | None = None,
    **changes: Any,  # noqa: ANN401 (any field)
) -> DigestDraft:
    """Return a digest about to be set up."""
    draft = DigestDraft(
        guild_id=guild_id,
        channel_id=channel_id,
        name=name,
        topics=topics,
        rule=digest_rule or rule(),
        limit=5,
        created_by=1,
    )
    return replace(draft, **changes)


async def add(
    store: LedgerStore,
    name: str = "Morning",
    *,
    guild_id: int = GUILD,
    channel_id: int = CHANNEL,
    topics: tuple[str, ...] = (),
    **changes: Any,  # noqa: ANN401 (any field)
) -> Digest:
    """Set a digest up."""
    draft = digest_draft(name, guild_id=guild_id, channel_id=channel_id, topics=topics, **changes)
    digest = await store.add_digest(draft, now=NOW)
    assert digest is not None
    return digest


async def digest_now(store: LedgerStore, digest: Digest) -> Digest:
    """Return a digest as the ledger has it now."""
    (found,) = [other for other in await store.digests() if other.id == digest.id]
    return found


async def known(store: LedgerStore, digest: Digest) -> Known:
    """Return what a digest has to know before it chooses."""
    return (await store.known([digest]))[digest.id]


def item(name: str, *, admitted: bool = False) -> Item:
    """Return an item whose article has the name for its id."""
    return Item(article_id=ArticleId(name), card=card(name), reason="quality", admitted=admitted)


async def plan(
    store: LedgerStore,
    digest: Digest,
    *items: Item,
    slot: str = "2026-03-14T12:00",
    review: ReviewSettings | None = None,
    due_at: datetime = NOW,
    planned_until: datetime | None = None,
    note: str = "",
) -> Edition | None:
    """Record an edition."""
    return await store.plan_edition(
        EditionDraft(digest_id=digest.id, slot=slot, due_at=due_at),
        items,
        review=review,
        note=note,
        planned_until=planned_until,
        announce=announce,
        now=NOW,
    )


async def planned(
    store: LedgerStore,
    digest: Digest,
    *names: str,
    slot: str = "2026-03-14T12:00",
    review: ReviewSettings | None = None,
    due_at: datetime = NOW,
) -> Edition:
    """Record an edition that is new for certain."""
    items = [item(name) for name in names]
    edition = await plan(store, digest, *items, slot=slot, review=review, due_at=due_at)
    assert edition is not None
    return edition


def message(
    edition: Edition,
    *names: str,
    part: int = 0,
    **changes: Any,  # noqa: ANN401 (any field of a post)
) -> tuple[DeliveryDraft, Sequence[ArticleId]]:
    """Return one message of an edition that shows these articles."""
    post = Post(content="heading", cards=tuple(card(name) for name in names))
    draft = DeliveryDraft(
        key=f"edition:{edition.id}:{names[0]}",
        channel_id=edition.channel_id,
        post=replace(post, **changes),
        edition_id=edition.id,
        part=part,
    )
    return draft, [ArticleId(name) for name in names]


async def release_parts(
    store: LedgerStore,
    edition: Edition,
    *messages: Sequence[str],
    opening: Opening | None = None,
    mention: int | None = None,
) -> None:
    """Release an edition in parts of which the first has a heading, and begins what is given."""
    posts = [
        message(edition, *names, part=part, content="" if part else "heading")
        for part, names in enumerate(messages)
    ]
    first, ids = posts[0]
    posts[0] = replace(first, post=replace(first.post, opening=opening, mention=mention)), ids
    await store.release(edition.id, posts, note="", now=NOW)


def issue(
    digest: Digest, *names: str, slot: str = "2026-03-14T12:00", due_at: datetime = NOW
) -> Issue:
    """Return an edition that goes out at once, a message for each of these articles."""

    def posts(edition_id: int) -> list[tuple[DeliveryDraft, list[ArticleId]]]:
        return [
            (
                DeliveryDraft(
                    key=f"edition:{edition_id}:{name}",
                    channel_id=digest.channel_id,
                    post=Post(content="heading", cards=(card(name),)),
                    edition_id=edition_id,
                    part=part,
                ),
                [ArticleId(name)],
            )
            for part, name in enumerate(names)
        ]

    return Issue(
        draft=EditionDraft(digest_id=digest.id, slot=slot, due_at=due_at),
        channel_id=digest.channel_id,
        items=[item(name) for name in names],
        note="a note",
        posts=posts,
    )


async def release(
    store: LedgerStore, edition: Edition, *messages: Sequence[str], now: datetime = NOW
) -> None:
    """Release an edition in messages of these articles."""
    posts = [message(edition, *names) for names in messages]
    await store.release(edition.id, posts, note="", now=now)


async def propose(
    store: LedgerStore,
    digest: Digest,
    name: str = "draft",
    *,
    settings: ReviewSettings = SETTINGS,
    now: datetime = NOW,
) -> Review | None:
    """Propose a draft."""
    proposal = Proposal(
        guild_id=digest.guild_id,
        digest_id=digest.id,
        edition_id=None,
        article_id=ArticleId(name),
        card=card(name),
        reason="a draft",
        proposed_by=7,
    )
    return await store.propose(proposal, settings, announce=announce, now=now)


async def proposed(
    store: LedgerStore, digest: Digest, name: str = "draft", *, now: datetime = NOW
) -> Review:
    """Propose a draft that does not wait yet."""
    review = await propose(store, digest, name, now=now)
    assert review is not None
    return review


async def judge(
    store: LedgerStore,
    review: Review,
    *votes: Vote,
    pressers: Sequence[int] = (),
    now: datetime = NOW,
) -> Counted | None:
    """Count what is said by reactions, and by the buttons of these people."""
    return await store.count(review.id, votes, pressers=pressers, announce=announce, now=now)


async def let_in(store: LedgerStore, digest: Digest, name: str) -> Item:
    """Let moderators approve a draft for the next edition, and return it as an item of that."""
    assert await judge(store, await proposed(store, digest, name), YES) is not None
    return item(name, admitted=True)


async def end(
    store: LedgerStore, review: Review, state: ReviewState, *, now: datetime = NOW
) -> Review | None:
    """End a review without votes."""
    return await store.end_review(review.id, state, why="for a reason", announce=announce, now=now)


async def withdraw(store: LedgerStore, review: Review) -> None:
    """End a review that nobody is to decide."""
    assert await end(store, review, ReviewState.WITHDRAWN) is not None


async def take(store: LedgerStore, *, now: datetime = NOW) -> Delivery:
    """Claim a delivery that is due for certain."""
    (delivery,) = await store.claim(limit=1, now=now)
    return delivery


async def send(store: LedgerStore, message_id: int, *, now: datetime = NOW) -> Delivery:
    """Claim the next delivery and record it as sent."""
    delivery = await take(store, now=now)
    entry = Entry(state=DeliveryState.SENT, message_id=message_id, begun_at=now)
    await store.record(delivery, entry, now=now)
    return delivery


async def send_all(store: LedgerStore, *, now: datetime = NOW) -> list[Delivery]:
    """Send whatever is due to channels, each new message under an id of its own."""
    sent: list[Delivery] = []
    while found := await store.claim(limit=1, now=now):
        (delivery,) = found
        message_id = delivery.message_id or 1000 + delivery.id
        entry = Entry(state=DeliveryState.SENT, message_id=message_id, begun_at=now)
        await store.record(delivery, entry, now=now)
        sent.append(delivery)
    return sent


async def answered(
    store: LedgerStore,
    state: DeliveryState,
    *,
    whole_channel: bool = False,
    begun_at: datetime | None = None,
    reason: str = "Missing Access",
    now: datetime = NOW,
) -> Delivery:
    """Claim the next delivery and record what else became of it."""
    delivery = await take(store, now=now)
    entry = Entry(state=state, begun_at=begun_at, reason=reason, stops_channel=whole_channel)
    await store.record(delivery, entry, now=now)
    return delivery


async def refused_by_channel(store: LedgerStore, *, now: datetime = NOW) -> Delivery:
    """Let the channel of the next delivery refuse all that comes."""
    return await answered(store, DeliveryState.HELD, whole_channel=True, now=now)


def titles(delivery: Delivery | None) -> list[str]:
    """Return what a delivery shows, if there is one."""
    return [each.title for each in delivery.post.cards] if delivery else []


async def posted(
    store: LedgerStore,
    digest: Digest,
    *names: str,
    message_id: int,
    now: datetime = NOW + HOUR,
) -> Delivery:
    """Post these articles in one message."""
    await release(store, await planned(store, digest, *names, slot=str(message_id)), names, now=now)
    return await send(store, message_id, now=now)


async def saved(
    store: LedgerStore, text: str = "otters", *, user_id: int = 7, guild_id: int = GUILD
) -> SavedSearch:
    """Save a search that the person may save for certain."""
    search = await store.save_search(guild_id=guild_id, user_id=user_id, text=text, now=NOW)
    assert search is not None
    return search


def arrival(delivery_id: int, *names: str, channel_id: int = CHANNEL) -> Arrival:
    """Return a message that arrived an hour later with these articles."""
    return Arrival(
        delivery_id=delivery_id,
        guild_id=GUILD,
        channel_id=channel_id,
        message_id=501,
        at=NOW + HOUR,
        shown=tuple((ArticleId(name), card(name)) for name in names),
    )


async def scalar(store: LedgerStore, query: str, **values: object) -> object:
    """Return the one value that a query answers, read past the store."""
    async with store.engine.connect() as connection:
        return (await connection.execute(text(query), values)).scalar_one()


async def column(store: LedgerStore, query: str, **values: object) -> list[object]:
    """Return the first column that a query answers, read past the store."""
    async with store.engine.connect() as connection:
        return list((await connection.execute(text(query), values)).scalars())
