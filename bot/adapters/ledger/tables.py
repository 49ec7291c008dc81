"""The ledger's tables. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no zones, holds it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime; write UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime came to the ledger")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 (the base class says so)
        """Return UTC."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes a rowid alias of INTEGER alone, so ids are Integer; Discord's are BigInteger.
installation = Table(
    "installation",
    metadata,
    Column("name", String(36), primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("backed_up_at", Instant),
    Column("seen_at", Instant),
)

channels = Table(
    "channels",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False, index=True),
    Column("zone", String(64), nullable=False),
    Column("quiet_from", String(5)),
    Column("quiet_until", String(5)),
    Column("hush", String(16)),
    Column("days_off", Text, nullable=False, server_default=""),
)

digests = Table(
    "digests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("name", String(100), nullable=False),
    Column("folded_name", String(300), nullable=False),
    Column("topics", JSON, nullable=False),
    Column("times", String(200), nullable=False),
    Column("days", String(40), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("limit", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", Text, nullable=False, server_default=""),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("planned_until", Instant, nullable=False),
    Column("catch_up", String(16), nullable=False, server_default="latest"),
    Column("forum", Boolean, nullable=False, server_default=false()),
    Column("crosspost", Boolean, nullable=False, server_default=false()),
    Column("mention", BigInteger),
    Column("tags", JSON, nullable=False, server_default="{}"),
    Column("aside_by", BigInteger),
    Column("unsure_since", Instant),
    Index(
        "uq_digests_name_in_guild",
        "guild_id",
        "folded_name",
        unique=True,
        sqlite_where=text("state != 'removed'"),
        postgresql_where=text("state != 'removed'"),
    ),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest_id", ForeignKey("digests.id"), nullable=False),
    Column("slot", String(64), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("thread_id", BigInteger),
    UniqueConstraint("digest_id", "slot"),
    Index("ix_editions_due", "state", "due_at"),
)

items = Table(
    "items",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("article_id", String(16), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("card", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("version", Text),
    Column("path", Text),
    Column("admitted", Boolean, nullable=False, server_default=false()),
)

review_settings = Table(
    "review_settings",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("role_id", BigInteger),
    Column("approvals", Integer, nullable=False),
    Column("veto", String(16), nullable=False, server_default="one"),
    Column("own_drafts", Boolean, nullable=False, server_default=false()),
    Column("buttons", Boolean, nullable=False, server_default=false()),
    Column("undecided", String(16), nullable=False, server_default="post"),
    Column("remind_after", Integer),  # seconds, as all that follows
    Column("expire_after", Integer),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("digest_id", ForeignKey("digests.id"), nullable=False),
    Column("edition_id", ForeignKey("editions.id")),
    Column("article_id", String(16), nullable=False),
    Column("card", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("role_id", BigInteger),
    Column("approvals", Integer, nullable=False),
    Column("message_id", BigInteger, unique=True),
    Column("proposed_by", BigInteger),
    Column("created_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("version", Text),
    Column("path", Text),
    Column("edits", Boolean, nullable=False, server_default=false()),
    Column("veto", String(16), nullable=False, server_default="one"),
    Column("own_drafts", Boolean, nullable=False, server_default=false()),
    Column("buttons", Boolean, nullable=False, server_default=false()),
    Column("brief", JSON),
    Column("wants_change", Boolean, nullable=False, server_default=false()),
    Column("former", JSON),  # what an edit that was approved took the place of
    Column("reminded_at", Instant),
    Index("ix_reviews_article_id", "article_id"),
    Index("ix_reviews_edition_id", "edition_id"),
    Index("ix_reviews_guild_state", "guild_id", "state"),
    Index(
        "ix_reviews_proposed_by",
        "proposed_by",
        sqlite_where=text("proposed_by IS NOT NULL"),
        postgresql_where=text("proposed_by IS NOT NULL"),
    ),
    Index(
        "uq_reviews_pending",
        "digest_id",
        "article_id",
        unique=True,
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)

votes = Table(
    "votes",
    metadata,
    Column("review_id", ForeignKey("reviews.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("verdict", String(16), primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_votes_user_id", "user_id"),
)

# what people said by buttons; each has one say
presses = Table(
    "presses",
    metadata,
    Column("review_id", ForeignKey("reviews.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("verdict", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("review_id", ForeignKey("reviews.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False, index=True),
)

decision_people = Table(
    "decision_people",
    metadata,
    Column("decision_id", ForeignKey("decisions.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("position", Integer, nullable=False),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, index=True),
    Column("article_id", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("guild_id", "article_id"),
)

# who wished something for themselves
people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("told", Boolean, nullable=False),
    Column("erased_at", Instant),  # what waited for a verdict then is still to be erased
)

_OPEN = "state IN ('pending', 'sending')"
_UNDER_WAY = "state = 'sending' AND error = '' AND user_id IS NULL"


def _some(name: str, where: str, *columns: str) -> Index:
    """Return an index of those deliveries alone, however many have long been sent."""
    condition = text(where)
    return Index(
        f"ix_deliveries_{name}", *columns, sqlite_where=condition, postgresql_where=condition
    )


deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("post", JSON, nullable=False),
    Column("nonce", String(25), nullable=False),
    Column("action", String(16), nullable=False, server_default="post"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", Instant),
    Column("next_attempt_at", Instant, nullable=False),
    Column("message_id", BigInteger, index=True),
    Column("edition_id", ForeignKey("editions.id"), index=True),
    Column("review_id", ForeignKey("reviews.id"), index=True),
    Column("user_id", BigInteger),
    Column("searched", Boolean, nullable=False, server_default=false()),
    Column("thread_id", BigInteger),
    Column("part", Integer, nullable=False, server_default="0"),
    Column("error", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    _some("posts", _OPEN + " AND action = 'post' AND user_id IS NULL", "next_attempt_at", "id"),
    _some("changes", _OPEN + " AND action != 'post' AND user_id IS NULL", "next_attempt_at", "id"),
    _some("direct", _OPEN + " AND user_id IS NOT NULL", "next_attempt_at", "id"),
    _some("person", "user_id IS NOT NULL", "user_id", "created_at"),
    _some("under_way", _UNDER_WAY, "next_attempt_at", "channel_id"),
    _some("waiting", "state IN ('unknown', 'held')", "state", "channel_id"),
    Index(
        "ix_deliveries_unsearched",
        "id",
        sqlite_where=text("searched = 0"),
        postgresql_where=text("NOT searched"),
    ),
)

placements = Table(
    "placements",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("article_id", String(16), primary_key=True, index=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("showing", String(16), nullable=False, server_default="article"),
)

searches = Table(
    "searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("key", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("watch", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("guild_id", "user_id", "key"),
    sqlite_autoincrement=True,  # keys of deliveries name searches that are gone
)

misses = Table(
    "misses",
    metadata,
    Column("text", String(200), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("fades_at", Instant, nullable=False, index=True),
)

kept_texts = Table(
    "kept_texts",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept_at", Instant, nullable=False, index=True),
)
