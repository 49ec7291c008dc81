"""What is held of somebody, and what is no more."""

from __future__ import annotations

from bot.core.people import Holdings, erased
from tests.core.samples import NOW


def test_there_is_something_where_there_is_one_thing_of_any_kind() -> None:
    assert not Holdings(waiting=1, told=False).anything
    assert Holdings(votes=1).anything
    assert Holdings(decisions=1).anything
    assert Holdings(suggestions=1).anything
    assert Holdings(searches=1).anything
    assert Holdings(digests=1).anything
    assert Holdings(messages=1).anything


def test_what_was_erased_is_what_there_was_but_for_what_is_left() -> None:
    before = Holdings(votes=5, decisions=2, searches=3, waiting=2, told=False, since=NOW)
    after = Holdings(votes=2, messages=1, waiting=2)
    assert erased(before, after) == Holdings(
        votes=3, decisions=2, searches=3, messages=0, waiting=2, since=NOW
    )
