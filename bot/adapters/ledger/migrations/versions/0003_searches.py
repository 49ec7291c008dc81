"""Searches: saved ones and who is told, what was missed, and texts too long for a button."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("watch", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
        sa.UniqueConstraint(
            "guild_id", "user_id", "key", name=op.f("uq_searches_guild_id_user_id_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "misses",
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fades_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("text", name=op.f("pk_misses")),
    )
    op.create_index("ix_misses_fades_at", "misses", ["fades_at"])
    op.create_table(
        "kept_texts",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept_texts")),
    )
    op.create_index("ix_kept_texts_kept_at", "kept_texts", ["kept_at"])
    op.add_column("deliveries", sa.Column("user_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("searched", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(
        "UPDATE deliveries SET searched = true WHERE edition_id IS NULL OR action != 'post'"
        " OR state NOT IN ('pending', 'sending')"
    )
    op.create_index(
        "ix_deliveries_unsearched",
        "deliveries",
        ["id"],
        sqlite_where=sa.text("searched = 0"),
        postgresql_where=sa.text("NOT searched"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_unsearched", "deliveries")
    # whoever does not know them would post them in a channel
    op.execute("DELETE FROM deliveries WHERE user_id IS NOT NULL")
    op.drop_column("deliveries", "searched")
    op.drop_column("deliveries", "user_id")
    op.drop_table("kept_texts")
    op.drop_table("misses")
    op.drop_table("searches")
