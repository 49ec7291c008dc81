"""The desk: how servers review, what buttons say, the record of decisions, and suggestions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SHORT = sa.String(length=16)
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("review_settings", "reviews"):
        op.add_column(name, sa.Column("veto", _SHORT, server_default="one", nullable=False))
        for flag in ("own_drafts", "buttons"):
            op.add_column(name, _flag(flag))
    op.add_column(
        "review_settings", sa.Column("undecided", _SHORT, server_default="post", nullable=False)
    )
    for wait in ("remind_after", "expire_after"):
        op.add_column("review_settings", sa.Column(wait, sa.Integer(), nullable=True))
    op.add_column("reviews", sa.Column("brief", sa.JSON(), nullable=True))
    op.add_column("reviews", _flag("wants_change"))
    op.add_column("reviews", sa.Column("former", sa.JSON(), nullable=True))
    op.add_column("reviews", sa.Column("reminded_at", _INSTANT, nullable=True))
    op.create_index("ix_votes_user_id", "votes", ["user_id"])
    _create_index_of_some("reviews", "proposed_by", "proposed_by IS NOT NULL", ["proposed_by"])
    columns = ["user_id", "created_at"]
    _create_index_of_some("deliveries", "person", "user_id IS NOT NULL", columns)
    op.create_index("ix_reviews_edition_id", "reviews", ["edition_id"])
    _create_presses()
    _create_record()
    _create_people()
    _drop_names()


def downgrade() -> None:
    for name in ("people", "suggestions", "decision_people", "decisions", "presses"):
        op.drop_table(name)
    op.drop_index("ix_votes_user_id", "votes")
    op.drop_index("ix_reviews_proposed_by", "reviews")
    op.drop_index("ix_deliveries_person", "deliveries")
    op.drop_index("ix_reviews_edition_id", "reviews")
    # whoever does not know these verdicts and states would stumble over them
    op.execute("DELETE FROM votes WHERE verdict NOT IN ('approve', 'reject')")
    op.execute(
        "UPDATE reviews SET state = 'withdrawn' "
        "WHERE state IN ('held', 'expired', 'changed', 'replaced', 'undone')"
    )
    op.execute("UPDATE placements SET showing = 'nothing' WHERE showing = 'retracted'")
    _drop_notes()
    for name in ("reminded_at", "former", "wants_change", "brief"):
        op.drop_column("reviews", name)
    for wait in ("expire_after", "remind_after", "undecided"):
        op.drop_column("review_settings", wait)
    for name in ("review_settings", "reviews"):
        for column in ("buttons", "own_drafts", "veto"):
            op.drop_column(name, column)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _create_index_of_some(table: str, name: str, where: str, columns: list[str]) -> None:
    op.create_index(
        f"ix_{table}_{name}",
        table,
        columns,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _drop_names() -> None:
    """Drop what named people where nobody would find it who is to erase it."""
    op.execute("UPDATE digests SET state_reason = 'by somebody' WHERE state_reason LIKE 'by %'")
    op.execute(
        "UPDATE digests SET state_reason = 'removed by somebody' "
        "WHERE state_reason LIKE 'removed by %'"
    )
    for settling in ("there", "post", "drop"):
        op.execute(
            f"UPDATE deliveries SET error = '{settling}, said a moderator' "  # noqa: S608 (our own words)
            f"WHERE error LIKE '{settling}, said %'"
        )


def _drop_notes() -> None:
    """Drop what stands beneath review cards; whoever does not know it could send nothing more."""
    deliveries = sa.table("deliveries", sa.column("id"), sa.column("post", sa.JSON()))
    quiet = sa.cast(deliveries.c.post, sa.Text()).contains('"quiet"')
    connection = op.get_bind()
    for row in connection.execute(sa.select(deliveries).where(quiet)).all():
        cards = [card for card in row.post["cards"] if not card.get("quiet")]
        mine = deliveries.c.id == row.id
        post = {**row.post, "cards": cards}
        connection.execute(sa.update(deliveries).where(mine).values(post=post))


def _create_presses() -> None:
    op.create_table(
        "presses",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("verdict", _SHORT, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_presses_review_id")),
        sa.PrimaryKeyConstraint("review_id", "user_id", name=op.f("pk_presses")),
    )
    op.create_index("ix_presses_user_id", "presses", ["user_id"])


def _create_record() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("state", _SHORT, nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_decisions_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_review_id", "decisions", ["review_id"])
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_table(
        "decision_people",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decision_people_decision_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", "user_id", name=op.f("pk_decision_people")),
    )
    op.create_index("ix_decision_people_user_id", "decision_people", ["user_id"])
    # what was decided before there was a record
    op.execute(
        "INSERT INTO decisions (id, review_id, state, why, at) "
        "SELECT id, id, state, '', decided_at FROM reviews "
        "WHERE state != 'pending' AND decided_at IS NOT NULL"
    )
    op.execute(
        "INSERT INTO decision_people (decision_id, user_id, position) "
        "SELECT reviews.id, votes.user_id, 0 FROM reviews "
        "JOIN votes ON votes.review_id = reviews.id "
        "WHERE reviews.decided_at IS NOT NULL AND ((reviews.state = 'approved' "
        "AND votes.verdict = 'approve') OR (reviews.state = 'rejected' "
        "AND votes.verdict = 'reject'))"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('decisions', 'id'), "
            "COALESCE((SELECT MAX(id) FROM decisions), 0) + 1, false)"
        )


def _create_people() -> None:
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("article_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint(
            "guild_id", "article_id", name=op.f("uq_suggestions_guild_id_article_id")
        ),
    )
    op.create_index("ix_suggestions_user_id", "suggestions", ["user_id"])
    op.create_table(
        "people",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("erased_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people")),
    )
