"""Messages follow their articles: what a card was made of, and what a delivery does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Columns are added and dropped where they are: a table that others point to cannot be made anew
# while SQLite looks after foreign keys.


def upgrade() -> None:
    op.add_column("items", sa.Column("version", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("path", sa.Text(), nullable=True))
    op.add_column(
        "items",
        sa.Column("admitted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(
        "UPDATE items SET admitted = true WHERE EXISTS (SELECT 1 FROM reviews"
        " JOIN editions ON editions.digest_id = reviews.digest_id"
        " WHERE editions.id = items.edition_id AND reviews.article_id = items.article_id"
        " AND reviews.edition_id IS NULL AND reviews.state = 'approved')"
    )
    op.add_column("reviews", sa.Column("version", sa.Text(), nullable=True))
    op.add_column("reviews", sa.Column("path", sa.Text(), nullable=True))
    op.add_column(
        "reviews", sa.Column("edits", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index("ix_reviews_article_id", "reviews", ["article_id"])
    op.add_column(
        "deliveries",
        sa.Column("action", sa.String(length=16), server_default="post", nullable=False),
    )
    op.execute("UPDATE deliveries SET action = 'edit' WHERE edits")
    op.drop_column("deliveries", "edits")
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"])
    op.add_column(
        "placements",
        sa.Column("showing", sa.String(length=16), server_default="article", nullable=False),
    )
    op.create_index("ix_placements_article_id", "placements", ["article_id"])


def downgrade() -> None:
    op.drop_index("ix_placements_article_id", "placements")
    op.drop_column("placements", "showing")
    op.drop_index("ix_deliveries_message_id", "deliveries")
    op.add_column(
        "deliveries", sa.Column("edits", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute("UPDATE deliveries SET edits = true WHERE action != 'post'")
    op.drop_column("deliveries", "action")
    op.drop_index("ix_reviews_article_id", "reviews")
    op.drop_column("reviews", "edits")
    op.drop_column("reviews", "path")
    op.drop_column("reviews", "version")
    op.drop_column("items", "admitted")
    op.drop_column("items", "path")
    op.drop_column("items", "version")
