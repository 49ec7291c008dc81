"""What a mortal bot lives on, and what must be found there when it has done its work.

One slot of three digests: one of two messages in a text channel, one of two messages in a thread
of a forum, and one in a server with review on, where one article is approved, and another only
liked by somebody who has no say.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.ledger.store import LedgerStore
from bot.core.days import EVERY_DAY
from bot.core.digest import DigestDraft
from bot.core.review import ReviewSettings
from bot.core.rules import Rule, parse_times
from tests.chat.house import ContentWriter
from tests.faults import places
from tests.faults.mortal import ledger_of
from tests.faults.world import (
    GUILD_ID,
    MODERATOR_ID,
    MODERATOR_ROLE_ID,
    NEWS_ID,
    OTHER_GUILD_ID,
    READER_ID,
    REVIEW_ID,
    Json,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Protocol

    from tests.faults.loopback import Loopback
    from tests.faults.people import People

    class Ground(Protocol):
        """A module that says what lives begin with, what people do, and what must come of it."""

        NAME: str
        START: datetime
        STATIONS: tuple[datetime, ...]
        REVIEW: dict[str, object]
        LEFT: str

        def people(self, loopback: Loopback, /) -> People | None: ...
        def new_world(self, clock: Callable[[], datetime], /) -> World: ...
        def write_content(self, folder: Path, /) -> None: ...
        async def write_ledger(self, file: Path, /) -> None: ...
        def judged(self, world: World, folder: Path, /) -> Verdict: ...


NAME = "posts"
START = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)
SLOT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
STATIONS: tuple[datetime, ...] = (SLOT,)
REVIEW: dict[str, object] = {}
LEFT = """SELECT (
    SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending', 'held')
    ) + (SELECT count(*) FROM items WHERE state = 'approved')
    + (SELECT count(*) FROM digests WHERE state != 'active')
    + (SELECT count(*) FROM digests WHERE id NOT IN (SELECT digest_id FROM editions))
    + (SELECT count(*) != 1 FROM reviews WHERE state = 'pending')"""
TEXT_ID, FORUM_ID = 900000000000000031, 900000000000000032

_THINGS = ("otters", "glaciers", "kitchens", "umbrellas", "telescopes", "bakers", "lanterns", "ice")
_DEEDS = ("sleep", "march", "sing")
TITLES = [f"{thing.title()} {deed} in {thing[::-1]}" for thing in _THINGS for deed in _DEEDS]
WORDS, THREADED = TITLES[:11], TITLES[11:22]
APPROVED, LIKED = "A pear is weighed", "Tin soldiers vote"


class VotedWorld(World):
    """A server whose people have voted before the bot can look."""

    def post(self, channel_id: int, body: Json) -> tuple[Json, bool]:
        """Store a message; a card gets its votes at once."""
        message, new = super().post(channel_id, body)
        if new and channel_id == REVIEW_ID and message["embeds"]:
            voter = MODERATOR_ID if message["embeds"][0]["title"] == APPROVED else READER_ID
            self.reactions[int(message["id"])] = {"✅": [voter]}
        return message, new


def people(_: Loopback) -> None:
    """Return nobody: all have voted before the bot could look."""


def new_world(clock: Callable[[], datetime]) -> World:
    world = VotedWorld(clock=clock, guilds=(GUILD_ID, OTHER_GUILD_ID))
    for channel_id, kind in ((TEXT_ID, places.TEXT), (FORUM_ID, places.FORUM)):
        made = places.channel(channel_id, OTHER_GUILD_ID, f"place-{kind}", kind)
        world.channels[channel_id] = made
    return world


def write_content(folder: Path) -> None:
    content = ContentWriter(folder)
    for topic, titles in (
        ("Nature", WORDS),
        ("Science", THREADED),
        ("Culture", [APPROVED, LIKED]),
    ):
        for number, title in enumerate(titles):
            at = (START - timedelta(hours=1 + number)).isoformat()
            content.write(title, topics=[topic], publishedDateTime=at, images=[], related=[])


async def write_ledger(file: Path) -> None:
    """Set the digests and the review up."""
    ledger = LedgerStore(f"sqlite+aiosqlite:///{file}")
    await ledger.open(now=START)
    await ledger.set_review(
        ReviewSettings(
            guild_id=GUILD_ID, channel_id=REVIEW_ID, role_id=MODERATOR_ROLE_ID, approvals=1
        )
    )
    rule = Rule(times=parse_times("09:00"), days=EVERY_DAY, zone="UTC")
    for guild_id, channel_id, topic in (
        (OTHER_GUILD_ID, TEXT_ID, "Nature"),
        (OTHER_GUILD_ID, FORUM_ID, "Science"),
        (GUILD_ID, NEWS_ID, "Culture"),
    ):
        draft = DigestDraft(
            guild_id=guild_id,
            channel_id=channel_id,
            name=topic,
            topics=(topic,),
            rule=rule,
            limit=25,
            created_by=MODERATOR_ID,
            forum=channel_id == FORUM_ID,
        )
        assert await ledger.add_digest(draft, now=START)
    await ledger.close()


def copied(template: Path, folder: Path) -> None:
    """Give a run what it may change, and let it share the rest."""
    folder.mkdir()
    (folder / "content").symlink_to(template / "content", target_is_directory=True)
    shutil.copytree(template / "state", folder / "state")


def forget_claims(folder: Path) -> None:
    """Leave the ledger as if no claim had been committed before its message was sent."""
    with closing(sqlite3.connect(ledger_of(folder))) as ledger, ledger:
        ledger.execute(
            "UPDATE deliveries SET state = 'pending', attempts = 0, first_attempt_at = NULL,"
            " next_attempt_at = created_at WHERE state = 'sending'"
        )


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What is wrong in the channels and the ledger when all is done."""

    duplicates: int = 0
    lost: int = 0
    unapproved: int = 0
    asked: int = 0  # posts that nobody can decide, and moderators were asked about
    unsound: str = ""

    @property
    def exact(self) -> bool:
        return not (self.duplicates or self.lost or self.unapproved or self.unsound)


def judged(world: World, folder: Path) -> Verdict:
    """Hold what stands in the channels against what should, and against the ledger."""
    verdict = Verdict()
    threads = [key for key, place in world.channels.items() if place.get("parent_id")]
    with closing(sqlite3.connect(ledger_of(folder))) as ledger:
        ledger.row_factory = sqlite3.Row
        doubts = list(ledger.execute("SELECT * FROM deliveries WHERE state = 'unknown'"))
        asked = {title for doubt in doubts for title in _titles_of(json.loads(doubt["post"]))}
        verdict.asked = len(doubts)
        for places_, wanted in (
            ([TEXT_ID], WORDS),
            (threads, THREADED),
            ([NEWS_ID], [APPROVED]),
            ([REVIEW_ID], [APPROVED, LIKED]),
        ):
            found = Counter(title for place in places_ for title in _shown(world, place))
            verdict.duplicates += sum(count - 1 for count in found.values())
            verdict.lost += len(set(wanted) - set(found) - asked)
            verdict.unapproved += len(set(found) - set(wanted))
        verdict.duplicates += max(0, len(threads) - 1)
        verdict.unsound = "; ".join(_unsound(ledger, world, doubts))
    return verdict


def _unsound(ledger: sqlite3.Connection, world: World, doubts: list[Any]) -> Iterator[str]:
    if [row[0] for row in ledger.execute("PRAGMA integrity_check")] != ["ok"]:
        yield "integrity_check"
    if list(ledger.execute("PRAGMA foreign_key_check")):
        yield "foreign_key_check"
    (editions,) = ledger.execute("SELECT count(*) FROM editions").fetchone()
    if editions != 3:
        yield f"{editions} editions"
    standing = {int(m["id"]) for messages in world.messages.values() for m in messages}
    for row in ledger.execute(
        "SELECT key, message_id FROM deliveries WHERE state = 'sent' AND message_id IS NOT NULL"
    ):
        if row["message_id"] not in standing:
            yield f"{row['key']} is said to stand and does not"
    for doubt in doubts:
        key = f"doubt:{doubt['id']}"
        if not ledger.execute(
            "SELECT 1 FROM deliveries WHERE key = ? AND state = 'sent'", (key,)
        ).fetchone():
            yield f"{doubt['key']} is in doubt and nobody was asked"
    texts = [len(message["embeds"]) for message in world.messages.get(TEXT_ID, [])]
    if texts != sorted(texts, reverse=True):
        yield "the parts of an edition stand in the wrong order"


def _shown(world: World, channel_id: int) -> list[str]:
    return [
        embed["title"]
        for message in world.messages.get(channel_id, [])
        for embed in message["embeds"]
        if "title" in embed
    ]


def _titles_of(post: Json) -> list[str]:
    return [card["title"] for card in post["cards"]]
