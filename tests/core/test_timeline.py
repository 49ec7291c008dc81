"""Articles in the order of their dates, whatever comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import timeline
from bot.core.timeline import Timeline, date_order
from tests.core.samples import DAY, NOW, article

if TYPE_CHECKING:
    from bot.core.article import Headline

headlines = st.lists(
    st.builds(
        lambda name, at, quality: article(name, published_at=at, quality=quality).headline,
        st.sampled_from("abcdefgh"),
        st.sampled_from([None, NOW, NOW - DAY, NOW + DAY]),
        st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


def test_the_oldest_come_first_and_those_without_a_date_before_them() -> None:
    names = {"new": NOW, "old": NOW - DAY, "undated": None}
    made = [article(name, published_at=at).headline for name, at in names.items()]
    assert [one.path for one in Timeline(made).in_order] == ["undated.md", "old.md", "new.md"]


def test_of_one_date_the_better_comes_later() -> None:
    worse, better = article("z", quality=1).headline, article("a", quality=2).headline
    assert list(Timeline([better, worse]).in_order) == [worse, better]


@given(headlines, headlines, st.booleans(), st.sampled_from([0, 1000]))
def test_a_revised_order_is_that_of_sorting_anew(
    old: list[Headline],
    new: list[Headline],
    seen: bool,  # noqa: FBT001 (Hypothesis gives it)
    many: int,
) -> None:
    before = Timeline(old)
    if seen:
        assert len(before.in_order) == len(old)
    replaced = {one.id for one in new}
    gone = [one for one in old if one.id in replaced]
    articles = {one.id: one for one in (*old, *new)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "_MANY", many)
        after = before.revised(articles, gone=gone, come=new)
    assert list(after.in_order) == sorted(articles.values(), key=date_order)
    assert list(before.in_order) == sorted(old, key=date_order)
