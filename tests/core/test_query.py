"""Queries: each filter can be named, and taken away."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.query import Filters, relaxed

DAY = datetime(2024, 5, 3, 10, tzinfo=UTC)


def test_every_filter_that_is_set_is_named_and_can_be_left_out() -> None:
    filters = Filters(
        topic="AI", provider="Harbour Review", after=DAY, before=DAY, posted=True, related=True
    )
    rest = relaxed(filters)
    assert list(rest) == [
        "topic AI",
        "provider Harbour Review",
        "since 3 May 2024",
        "before 3 May 2024",
        "posted here",
        "with related links",
    ]
    assert rest["topic AI"].topic is None
    assert rest["topic AI"].provider == "Harbour Review"
    for without in rest.values():
        assert len(relaxed(without)) == 5


def test_no_filter_is_no_name() -> None:
    assert relaxed(Filters()) == {}
