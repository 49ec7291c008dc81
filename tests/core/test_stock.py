"""Stock: what all digests choose from at one instant."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.stock import Ground, Scope, Stock, worth
from tests.core.samples import DAY, HOUR, NOW, article

ANY = Scope(topics=frozenset(), max_age=None)
LAW = Scope(topics=frozenset({"law"}), max_age=DAY)
TOPICS = ("AI", "ai", "Law", "Bees")
articles = st.lists(
    st.builds(
        article,
        st.sampled_from("abcdefgh"),
        quality=st.integers(0, 3),
        draft=st.booleans(),
        published_at=st.none() | st.sampled_from((NOW + HOUR, NOW, NOW - DAY, NOW - 2 * DAY)),
        topics=st.lists(st.sampled_from(TOPICS), max_size=3).map(tuple),
    ),
    max_size=8,
    unique_by=lambda made: made.id,
)
scopes = st.builds(
    Scope,
    topics=st.frozensets(st.sampled_from(("ai", "law", "whales"))),
    max_age=st.none() | st.just(DAY),
)


def test_an_article_may_go_out_or_stays_for_a_ground() -> None:
    stock = Stock((), now=NOW)

    def ground(*, admitted: bool = False, **changes: Any) -> Ground | None:  # noqa: ANN401 (any field)
        return stock.ground(article(**changes), LAW, admitted=admitted)

    assert ground() is None
    assert ground(published_at=NOW - DAY) is None
    assert ground(published_at=NOW - DAY - HOUR) is Ground.AGE
    assert ground(published_at=None) is Ground.AGE
    assert ground(published_at=NOW) is None
    assert ground(published_at=NOW + HOUR, admitted=True) is Ground.FUTURE
    assert ground(draft=True) is Ground.DRAFT
    assert ground(draft=True, published_at=None, admitted=True) is None
    assert stock.ground(article(published_at=None), ANY, admitted=False) is None


@given(articles, st.lists(scopes, max_size=4))
def test_what_may_go_out_comes_once_and_the_best_first(
    made: list[object], asked: list[Scope]
) -> None:
    stock = Stock(made, now=NOW)  # type: ignore[arg-type]  # a strategy of articles
    for scope in asked:
        found = list(stock.open(scope))
        assert found == [
            one
            for one in stock.ranked
            if scope.takes(one) and stock.ground(one, scope, admitted=False) is None
        ]
        assert [worth(one, now=NOW) for one in found] == sorted(
            (worth(one, now=NOW) for one in found), reverse=True
        )


@given(articles, scopes)
def test_every_article_of_the_scope_is_counted_under_one_ground(
    made: list[object], scope: Scope
) -> None:
    stock = Stock(made, now=NOW)  # type: ignore[arg-type]  # likewise
    grounds = {
        one.id: stock.ground(one, scope, admitted=False) for one in stock.ranked if scope.takes(one)
    }
    groups = stock.by_ground(grounds.keys(), scope)
    assert {key: ground for ground, ids in groups.items() for key in ids} == grounds
    counts = stock.counts(scope)
    assert {ground: count for ground, count in counts.items() if count} == {
        ground: sum(1 for other in grounds.values() if other is ground)
        for ground in grounds.values()
    }


def test_who_takes_counts_away_takes_them_from_nobody_else() -> None:
    stock = Stock([article()], now=NOW)
    stock.counts(ANY)[None] -= 1
    stock.by_ground({article().id}, ANY)[None].clear()
    assert stock.counts(ANY) == {None: 1}
    assert stock.by_ground({article().id}, ANY) == {None: {article().id}}


def test_an_article_is_found_by_its_id() -> None:
    one = article()
    stock = Stock([one], now=NOW)
    assert (stock.get(one.id), stock.get(article("two").id)) == (one, None)
