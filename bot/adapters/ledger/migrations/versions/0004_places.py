"""Places and times: quiet hours, forums, announcements, roles, catch-up, and channels set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


_OPEN = "state IN ('pending', 'sending')"
_INDEXES = {
    "posts": (_OPEN + " AND action = 'post' AND user_id IS NULL", ["next_attempt_at", "id"]),
    "changes": (_OPEN + " AND action != 'post' AND user_id IS NULL", ["next_attempt_at", "id"]),
    "direct": (_OPEN + " AND user_id IS NOT NULL", ["next_attempt_at", "id"]),
    "under_way": (
        "state = 'sending' AND error = '' AND user_id IS NULL",
        ["next_attempt_at", "channel_id"],
    ),
    "waiting": ("state IN ('unknown', 'held')", ["state", "channel_id"]),
}


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "channels",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_until", sa.String(length=5), nullable=True),
        sa.Column("hush", sa.String(length=16), nullable=True),
        sa.Column("days_off", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channels")),
    )
    op.create_index("ix_channels_guild_id", "channels", ["guild_id"])
    op.add_column("installation", sa.Column("backed_up_at", instant, nullable=True))
    op.add_column("installation", sa.Column("seen_at", instant, nullable=True))
    added = (
        sa.Column("catch_up", sa.String(length=16), server_default="latest", nullable=False),
        sa.Column("forum", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("crosspost", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("mention", sa.BigInteger(), nullable=True),
        sa.Column("tags", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("aside_by", sa.BigInteger(), nullable=True),
        sa.Column("unsure_since", instant, nullable=True),
    )
    for column in added:
        op.add_column("digests", column)
    op.add_column("editions", sa.Column("thread_id", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("thread_id", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("part", sa.Integer(), server_default="0", nullable=False))
    op.drop_index("ix_deliveries_open", "deliveries")
    for name, (where, columns) in _INDEXES.items():
        _create_index(name, where, columns)


def downgrade() -> None:
    # whoever does not know how to hand messages on could not read these
    op.execute("DELETE FROM deliveries WHERE action = 'crosspost'")
    for name in _INDEXES:
        op.drop_index(f"ix_deliveries_{name}", "deliveries")
    _create_index("open", _OPEN, ["next_attempt_at", "id"])
    op.drop_column("deliveries", "part")
    op.drop_column("deliveries", "thread_id")
    op.drop_column("editions", "thread_id")
    # whoever does not know these states and days would not know what to do about them
    op.execute("UPDATE digests SET state = 'paused' WHERE state = 'aside'")
    op.execute("UPDATE digests SET state = 'paused' WHERE days LIKE '% %' AND state = 'active'")
    op.execute("UPDATE digests SET days = 'daily' WHERE days LIKE '% %'")
    op.execute("UPDATE deliveries SET state = 'failed' WHERE state = 'held'")
    for name in ("unsure_since", "aside_by", "tags", "mention", "crosspost", "forum", "catch_up"):
        op.drop_column("digests", name)
    op.drop_column("installation", "seen_at")
    op.drop_column("installation", "backed_up_at")
    op.drop_table("channels")


def _create_index(name: str, where: str, columns: list[str]) -> None:
    condition = sa.text(where)
    op.create_index(
        f"ix_deliveries_{name}",
        "deliveries",
        columns,
        sqlite_where=condition,
        postgresql_where=condition,
    )
