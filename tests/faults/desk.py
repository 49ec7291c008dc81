"""A ground with a review desk, and what must be found there when all is decided.

Two moderators, whose quorum is two, a reader without a say, and somebody who suggested a draft. Of
the articles of a first edition one is approved by a button and a reaction, and undone after it was
posted; one is rejected; one is held, and worded anew for the second edition; and about one nobody
says anything that counts, so that it is reminded of, expires, and is approved for the second. The
draft is approved, which whoever suggested it is told.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.adapters.ledger.store import LedgerStore
from bot.core.article import article_id
from bot.core.days import EVERY_DAY
from bot.core.digest import DigestDraft
from bot.core.review import ReviewSettings
from bot.core.rules import Rule, parse_times
from tests.chat.house import ContentWriter
from tests.faults.ground import Verdict
from tests.faults.mortal import ledger_of
from tests.faults.people import People, Way, Wish
from tests.faults.world import (
    GUILD_ID,
    MODERATOR_ID,
    MODERATOR_ROLE_ID,
    NEWS_ID,
    READER_ID,
    REVIEW_ID,
    Json,
    World,
    person,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.loopback import Loopback

NAME = "desk"
START = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)
SLOT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
_NEXT_DAY = SLOT + timedelta(days=1)
_REMIND, _EXPIRE, _LEAD = timedelta(minutes=20), timedelta(hours=3), timedelta(hours=2)
STATIONS: tuple[datetime, ...] = (
    START + _REMIND,
    SLOT,
    START + _EXPIRE + timedelta(minutes=10),
    _NEXT_DAY - _LEAD,
    _NEXT_DAY,
)
REVIEW: dict[str, object] = {"lead_hours": _LEAD.total_seconds() / 3600, "undo_minutes": 10080}

SECOND_ID, MEMBER_ID = 900000000000000006, 900000000000000007

PRESSED, REJECTED, HELD = "A pear is weighed", "Tin soldiers vote", "Bells cross the lake"
IGNORED, DRAFT = "Nobody reads the rain", "Ada counts the stars"
ANEW = f"{HELD} anew"

LEFT = """SELECT (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending', 'held'))
    + (SELECT count(*) FROM items WHERE state IN ('proposed', 'approved'))
    + (SELECT count(*) FROM digests WHERE state != 'active')
    + (SELECT count(*) FROM reviews WHERE state = 'pending')
    + (SELECT count(*) < 2 FROM editions)"""

_STATES = Counter(
    [
        (PRESSED, "undone"),
        (REJECTED, "rejected"),
        (HELD, "held"),
        (HELD, "changed"),
        (ANEW, "approved"),
        (IGNORED, "expired"),
        (IGNORED, "approved"),
        (DRAFT, "approved"),
    ]
)
_POSTED = {ANEW, IGNORED, DRAFT}
_WORDS = {
    "approved": "Approved",
    "rejected": "Rejected",
    "held": "Held for the next edition",
    "expired": "Not decided in time",
    "changed": "Worded anew",
    "undone": "Undone",
}


def people(loopback: Loopback) -> People:
    """Return who has what to do."""
    wishes = [
        Wish(user_id=MODERATOR_ID, way=Way.PROPOSE, title=DRAFT),
        Wish(user_id=MODERATOR_ID, way=Way.PRESS, title=PRESSED, says="Approve"),
        _reaction(SECOND_ID, "✅", PRESSED),
        _reaction(MODERATOR_ID, "❌", REJECTED),
        _reaction(MODERATOR_ID, "🕒", HELD),
        _reaction(READER_ID, "✅", IGNORED),
        Wish(user_id=MODERATOR_ID, way=Way.UNDO, title=PRESSED),
        Wish(user_id=MODERATOR_ID, way=Way.REWORD, title=HELD, card=1, says="Reword"),
    ]
    wishes += [
        _reaction(user_id, "✅", title, card=card)
        for title, card in ((DRAFT, 0), (IGNORED, 1), (ANEW, 0))
        for user_id in (MODERATOR_ID, SECOND_ID)
    ]
    return People(loopback=loopback, wishes=wishes)


def _reaction(user_id: int, emoji: str, title: str, *, card: int = 0) -> Wish:
    late = user_id == SECOND_ID
    return Wish(user_id=user_id, way=Way.REACT, title=title, says=emoji, card=card, late=late)


def new_world(clock: Callable[[], datetime]) -> World:
    world = World(clock=clock)
    world.members[SECOND_ID] = person(SECOND_ID, "second", MODERATOR_ROLE_ID)
    world.members[MEMBER_ID] = person(MEMBER_ID, "member")
    return world


def write_content(folder: Path) -> None:
    content = ContentWriter(folder)
    at = (START - timedelta(hours=1)).isoformat()
    for title in (PRESSED, REJECTED, HELD, IGNORED, DRAFT):
        content.write(
            title,
            topics=["Culture"],
            publishedDateTime=at,
            published=title != DRAFT,
            images=[],
            related=[],
        )


async def write_ledger(file: Path) -> None:
    """Set the digest and the review up, and let somebody have suggested the draft."""
    ledger = LedgerStore(f"sqlite+aiosqlite:///{file}")
    await ledger.open(now=START)
    await ledger.set_review(
        ReviewSettings(
            guild_id=GUILD_ID,
            channel_id=REVIEW_ID,
            role_id=MODERATOR_ROLE_ID,
            approvals=2,
            own_drafts=True,
            buttons=True,
            remind_after=_REMIND,
            expire_after=_EXPIRE,
        )
    )
    draft = DigestDraft(
        guild_id=GUILD_ID,
        channel_id=NEWS_ID,
        name="Culture",
        topics=("Culture",),
        rule=Rule(times=parse_times("09:00"), days=EVERY_DAY, zone="UTC"),
        limit=25,
        created_by=MODERATOR_ID,
    )
    assert await ledger.add_digest(draft, now=START)
    suggested = article_id(url="https://example.org/ada-counts-the-stars", path="")
    assert await ledger.suggest(GUILD_ID, suggested, user_id=MEMBER_ID, now=START)
    await ledger.close()


def forget_consequences(folder: Path) -> None:
    """Leave the ledger as if what follows a verdict were written after the verdict itself."""
    with closing(sqlite3.connect(ledger_of(folder))) as ledger, ledger:
        ledger.execute(
            "UPDATE items SET state = 'proposed' WHERE state IN ('approved', 'rejected')"
            " AND EXISTS (SELECT 1 FROM reviews JOIN deliveries ON review_id = reviews.id"
            " WHERE action = 'edit' AND attempts = 0 AND reviews.edition_id = items.edition_id"
            " AND reviews.article_id = items.article_id)"
        )
        ledger.execute("DELETE FROM deliveries WHERE action = 'edit' AND attempts = 0")


def judged(world: World, folder: Path) -> Verdict:
    """Hold what stands in the channels against what should, and against the ledger."""
    verdict = Verdict()
    with closing(sqlite3.connect(ledger_of(folder))) as ledger:
        ledger.row_factory = sqlite3.Row
        reviews = {
            row["id"]: (json.loads(row["card"])["title"], row["state"], row["message_id"])
            for row in ledger.execute("SELECT * FROM reviews")
        }
        doubts = list(ledger.execute("SELECT * FROM deliveries WHERE state = 'unknown'"))
        verdict.asked = len(doubts)
        refused = {
            row["message_id"] or row["key"]
            for row in ledger.execute(
                "SELECT * FROM deliveries WHERE state = 'failed' AND attempts > 0"
            )
        }
        news = Counter(_titles(world, NEWS_ID, but=refused))
        verdict.duplicates = sum(count - 1 for count in news.values())
        verdict.duplicates += _doubled_cards(world, reviews) + _told_twice(world)
        verdict.lost = len(_POSTED - set(news))
        states = Counter((title, state) for title, state, _ in reviews.values())
        verdict.lost += (_STATES - states).total()
        verdict.unapproved = len(set(news) - _POSTED)
        if not any(str(one).startswith("outcome:") for one in refused):
            verdict.lost += _untold(world)
        verdict.unsound = "; ".join(_unsound(ledger, world, reviews, refused))
    return verdict


def _doubled_cards(world: World, reviews: dict[int, tuple[str, str, int | None]]) -> int:
    known = {message_id for _, _, message_id in reviews.values()}
    shown = [message for message in world.messages.get(REVIEW_ID, []) if message["embeds"]]
    return sum(int(message["id"]) not in known for message in shown)


def _told_twice(world: World) -> int:
    """Return how often somebody was told again what they knew, privately or by a reminder."""
    said = [
        (channel_id, message["content"])
        for channel_id, messages in world.messages.items()
        for message in messages
        if world.owner(channel_id)
    ]
    reminded = [
        link
        for message in world.messages.get(REVIEW_ID, [])
        if message["content"].startswith("### ⏰")
        for link in message["content"].split("](")[1:]
    ]
    return sum(count - 1 for count in Counter([*said, *reminded]).values())


def _untold(world: World) -> int:
    inbox = world.inboxes.get(MEMBER_ID)
    told = world.messages.get(int(inbox["id"]), []) if inbox else []
    return int(not any("was approved" in message["content"] for message in told))


def _unsound(
    ledger: sqlite3.Connection,
    world: World,
    reviews: dict[int, tuple[str, str, int | None]],
    refused: set[object],
) -> Iterator[str]:
    if len(refused) > 1:  # each run meets one fault
        yield f"Discord refused {refused}"
    if [row[0] for row in ledger.execute("PRAGMA integrity_check")] != ["ok"]:
        yield "integrity_check"
    if list(ledger.execute("PRAGMA foreign_key_check")):
        yield "foreign_key_check"
    standing = {int(m["id"]): m for messages in world.messages.values() for m in messages}
    surplus = Counter((title, state) for title, state, _ in reviews.values()) - _STATES
    for title, state in surplus:
        yield f"{title} was {state}, too"
    yield from _cards_unsound(standing, reviews, refused)
    yield from _record_unsound(ledger, reviews)
    for key, message_id in ledger.execute(
        "SELECT key, message_id FROM deliveries WHERE state = 'sent' AND action = 'post'"
        " AND message_id IS NOT NULL AND message_id NOT IN (SELECT message_id FROM deliveries"
        " WHERE action = 'delete' AND state = 'sent')"
    ):
        if message_id not in standing:
            yield f"{key} is said to stand and does not"


def _cards_unsound(
    standing: dict[int, Json], reviews: dict[int, tuple[str, str, int | None]], refused: set[object]
) -> Iterator[str]:
    for title, state, message_id in reviews.values():
        if message_id not in standing:
            yield f"the card of {title} ({state}) is not there"
        elif (
            _WORDS.get(state, "?") not in standing[message_id]["content"]
            and message_id not in refused
        ):
            yield f"the card of {title} ({state}) says {standing[message_id]['content']!r}"


def _record_unsound(
    ledger: sqlite3.Connection, reviews: dict[int, tuple[str, str, int | None]]
) -> Iterator[str]:
    for review_id, (title, state, _) in reviews.items():
        query = "SELECT state FROM decisions WHERE review_id = ? ORDER BY id"
        record = [row["state"] for row in ledger.execute(query, (review_id,))]
        if record != (["approved", "undone"] if state == "undone" else [state]):
            yield f"the record of {title} ({state}) has {record}"


def _titles(world: World, channel_id: int, *, but: set[object]) -> list[str]:
    """Return the titles in a channel, but for those of messages that may not be changed."""
    return [
        embed["title"]
        for message in world.messages.get(channel_id, [])
        if int(message["id"]) not in but
        for embed in message["embeds"]
        if "title" in embed
    ]
