"""Picking: what an edition takes, and that every other article stays for a reason."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import Article, ArticleId, Headline, Provider, article_id
from bot.core.picking import NOTHING_YET, Past, Pick, Terms, draw, pick, summary
from bot.core.stock import Ground, Stock, worth
from bot.core.story import gist_of, in_time, same_story, tellings
from tests.core.plain_picking import picked_plainly
from tests.core.samples import DAY, HOUR, NOW, article

ANY = Terms()
NAMES = "abcdefgh"
STORY = "Court bans faces downtown"


def by(name: str) -> Provider:
    return Provider(name=name)


def picked(*articles: Article, terms: Terms = ANY, past: Past = NOTHING_YET) -> Pick:
    return pick(articles, terms=terms, past=past, now=NOW)


def chosen(*articles: Article, terms: Terms = ANY, past: Past = NOTHING_YET) -> list[str]:
    outcome = picked(*articles, terms=terms, past=past)
    return [choice.article.path.removesuffix(".md") for choice in outcome.chosen]


def left(
    *articles: Article, terms: Terms = ANY, past: Past = NOTHING_YET
) -> list[tuple[Ground, str]]:
    outcome = picked(*articles, terms=terms, past=past)
    return [(item.ground, item.reason) for item in outcome.left_out]


candidates = st.lists(
    st.builds(
        article,
        st.sampled_from(NAMES),
        title=st.sampled_from(
            [
                "court bans faces downtown",
                "court bans faces downtown today",
                "x",
                "bears read books",
            ]
        ),
        published_at=st.none() | st.timedeltas(-2 * DAY, 9 * DAY).map(lambda age: NOW - age),
        draft=st.booleans(),
        quality=st.integers(0, 100),
        heat=st.integers(-1, 100),
        provider=st.none() | st.sampled_from(["A", "B"]).map(by),
        topics=st.lists(st.sampled_from(["AI", "Law", "Bees"]), max_size=2).map(tuple),
    ),
    max_size=8,
    unique_by=lambda made: made.id,
)
ids = st.sampled_from(NAMES).map(
    lambda name: article_id(url=f"https://example.org/{name}", path="")
)
terms_of_all_kinds = st.builds(
    Terms,
    topics=st.sampled_from([(), ("AI",), ("AI", "Law")]),
    limit=st.integers(0, 6),
    max_age=st.none() | st.just(3 * DAY),
)
pasts = st.builds(
    Past,
    posted=st.dictionaries(ids, st.just(NOW - 3 * DAY), max_size=2),
    recent=st.lists(
        st.tuples(
            st.builds(article, st.just("old"), title=st.just("court bans faces downtown")),
            st.sampled_from([NOW - 8 * DAY, NOW - DAY]),
        ),
        max_size=1,
    ).map(tuple),
    barred=st.none() | st.dictionaries(ids, st.just("rejected by a moderator"), max_size=2),
    admitted=st.frozensets(ids, max_size=3),
    held=st.frozensets(ids, max_size=3),
)


@given(candidates, terms_of_all_kinds, pasts)
def test_an_edition_never_takes_what_must_stay(
    articles: list[Article], terms: Terms, past: Past
) -> None:
    taken = [choice.article for choice in picked(*articles, terms=terms, past=past).chosen]
    assert len(taken) <= terms.limit
    for one in taken:
        assert one.id not in past.posted
        assert one.id not in (past.barred or {})
        assert not one.draft or one.id in past.admitted
        assert one.published_at is None or one.published_at <= NOW
        assert not terms.topics or set(terms.topics) & set(one.topics)
        if terms.max_age is not None and one.id not in past.admitted:
            assert one.published_at is not None
            assert NOW - one.published_at <= terms.max_age
        for other, at in past.recent:
            assert NOW - at > terms.story_window or not same_story(one, other)
    assert not [pair for pair in combinations(taken, 2) if same_story(*pair)]


@given(candidates, st.lists(st.tuples(terms_of_all_kinds, pasts), max_size=4))
def test_any_number_of_digests_choose_of_one_stock_as_each_would_by_itself(
    articles: list[Article], askers: list[tuple[Terms, Past]]
) -> None:
    stock = Stock(articles, now=NOW)
    for terms, past in askers:
        plainly = picked_plainly(articles, terms=terms, past=past, now=NOW)
        drawn = draw(stock, terms=terms, past=past)
        assert pick(articles, terms=terms, past=past, now=NOW) == plainly
        assert drawn.chosen == plainly.chosen
        assert +Counter(drawn.counts) == Counter(item.ground for item in plainly.left_out)


@given(candidates, terms_of_all_kinds, pasts)
def test_every_article_of_the_topic_is_chosen_or_left_with_a_reason(
    articles: list[Article], terms: Terms, past: Past
) -> None:
    outcome = picked(*articles, terms=terms, past=past)
    of_topic = [one for one in articles if not terms.topics or set(terms.topics) & set(one.topics)]
    told = [(item.article.id, item.reason) for item in outcome.chosen]
    told += [(item.article.id, item.reason) for item in outcome.left_out]
    assert sorted(key for key, _ in told) == sorted(one.id for one in of_topic)
    assert all(reason for _, reason in told)


@given(candidates.flatmap(st.permutations), terms_of_all_kinds, pasts)
def test_the_order_of_the_articles_makes_no_difference(
    articles: list[Article], terms: Terms, past: Past
) -> None:
    in_order = sorted(articles, key=lambda one: one.id)
    assert picked(*articles, terms=terms, past=past) == picked(*in_order, terms=terms, past=past)


@given(candidates)
def test_a_place_stays_empty_only_where_nothing_more_is_fit(articles: list[Article]) -> None:
    outcome = picked(*articles)
    if len(outcome.chosen) < ANY.limit:
        assert Ground.RANK not in {item.ground for item in outcome.left_out}


def test_nothing_comes_of_nothing() -> None:
    assert picked() == Pick(chosen=(), left_out=())
    assert (ANY.topics, ANY.limit, ANY.max_age, ANY.story_window) == ((), 5, None, 7 * DAY)


# why an article stays


def test_what_was_posted_here_is_left_out_with_its_day() -> None:
    one = article()
    past = Past(posted={one.id: NOW - 3 * DAY})
    assert left(one, past=past) == [(Ground.POSTED, "already posted here on 2026-03-11")]


def test_what_is_barred_is_left_out_with_the_reason_given() -> None:
    one = article()
    past = Past(posted={}, barred={one.id: "rejected by a moderator"})
    assert left(one, past=past) == [(Ground.BARRED, "rejected by a moderator")]
    assert chosen(article("two"), past=past) == ["two"]


def test_a_draft_is_left_out_with_its_reason() -> None:
    assert left(article(draft=True)) == [
        (Ground.DRAFT, "a draft; a moderator can propose it with /review draft")
    ]


def test_a_draft_that_a_moderator_let_in_is_taken_first() -> None:
    draft = article("draft", draft=True, quality=0)
    past = Past(posted={}, admitted=frozenset({draft.id}))
    assert chosen(article("better", quality=99), draft, past=past) == ["draft", "better"]
    assert picked(draft, past=past).chosen[0].reason == (
        "a draft that a moderator let in, quality 0, 1 h old, first from Example Times"
    )


def test_a_draft_let_in_comes_before_a_better_article_of_any_provider() -> None:
    draft = article("draft", draft=True, quality=0, provider=by("Ours"))
    past = Past(posted={}, admitted=frozenset({draft.id}))
    better = [article(name, quality=99, provider=by(name)) for name in ("theirs", "others")]
    assert chosen(*better, draft, past=past)[0] == "draft"


def test_a_draft_let_in_may_be_old_but_not_posted_twice() -> None:
    draft = article(draft=True, published_at=NOW - 99 * DAY)
    terms = Terms(max_age=DAY)
    admitted = frozenset({draft.id})
    assert chosen(draft, terms=terms, past=Past(posted={}, admitted=admitted)) == ["one"]
    undated = replace(draft, published_at=None)
    assert chosen(undated, terms=terms, past=Past(posted={}, admitted=admitted)) == ["one"]
    assert chosen(draft, past=Past(posted={draft.id: NOW}, admitted=admitted)) == []


def test_what_moderators_left_to_this_edition_is_taken_first() -> None:
    held = article("held", quality=0, provider=by("Ours"))
    past = Past(posted={}, held=frozenset({held.id}))
    better = [article(name, quality=99, provider=by(name)) for name in ("theirs", "others")]
    assert chosen(*better, held, past=past)[0] == "held"
    assert picked(held, past=past).chosen[0].reason == (
        "left to this edition by the moderators, quality 0, 1 h old, first from Ours"
    )


def test_of_two_tellings_left_to_this_edition_one_is_taken_and_others_follow() -> None:
    held = [article(name, title=STORY, quality=1) for name in ("one", "two")]
    past = Past(posted={}, held=frozenset(one.id for one in held))
    other = article("other", quality=0)
    assert len(chosen(*held, other, past=past)) == 2
    assert chosen(*held, other, past=past)[1] == "other"


def test_a_draft_let_in_comes_before_what_was_left_to_this_edition() -> None:
    draft, held = article("draft", draft=True, quality=0), article("held", quality=99)
    past = Past(posted={}, admitted=frozenset({draft.id}), held=frozenset({held.id}))
    assert chosen(held, draft, past=past) == ["draft", "held"]
    both = Past(posted={}, admitted=frozenset({draft.id}), held=frozenset({draft.id}))
    assert picked(draft, past=both).chosen[0].reason.startswith("a draft that a moderator let in")


def test_what_was_left_to_this_edition_must_fit_as_any_other() -> None:
    held = article("held")

    def taken(*articles: Article, terms: Terms = ANY, **past: Any) -> list[str]:  # noqa: ANN401 (any field)
        return chosen(*articles, terms=terms, past=Past(held=frozenset({held.id}), **past))

    assert taken(held, posted={}) == ["held"]
    assert taken(held, posted={held.id: NOW}) == []
    assert taken(held, posted={}, barred={held.id: "rejected"}) == []
    assert taken(replace(held, draft=True), posted={}) == []
    assert taken(posted={}) == []
    assert taken(replace(held, published_at=NOW + HOUR), posted={}) == []
    assert taken(held, posted={}, terms=Terms(topics=("Bees",))) == []
    assert taken(held, posted={}, terms=Terms(max_age=HOUR / 2)) == []
    told = article("told", title=STORY)
    assert taken(replace(held, title=STORY), posted={told.id: NOW}, recent=((told, NOW),)) == []


def test_an_article_of_tomorrow_is_left_out_until_then() -> None:
    early = article(published_at=NOW + 30 * HOUR)
    assert left(early) == [(Ground.FUTURE, "dated in the future, 2026-03-15 18:00 UTC")]
    assert chosen(article(published_at=NOW)) == ["one"]


def test_an_article_that_is_too_old_is_left_out() -> None:
    terms = Terms(max_age=3 * DAY)
    assert chosen(article(published_at=NOW - 3 * DAY), terms=terms) == ["one"]
    assert left(article(published_at=NOW - 3 * DAY - HOUR), terms=terms) == [
        (Ground.AGE, "older than 3 days")
    ]
    assert left(article(published_at=None), terms=terms) == [
        (Ground.AGE, "without a date, while there is a limit of age")
    ]
    assert chosen(article(published_at=None)) == ["one"]


def test_a_story_told_here_lately_is_not_told_again() -> None:
    old = article("old", title="Court bans faces downtown")
    new = article("new", title="Court bans more faces downtown today")
    at = NOW - 7 * DAY
    assert left(new, past=Past(posted={}, recent=((old, at),))) == [
        (Ground.STORY, "tells the story of “Court bans faces downtown”, posted here on 2026-03-07")
    ]
    assert chosen(new, past=Past(posted={}, recent=((old, at - HOUR),))) == ["new"]
    bears = article("bears", title="Bears read books")
    two = ((bears, NOW), (old, at))
    assert left(new, past=Past(posted={}, recent=two))[0][0] is Ground.STORY
    assert chosen(
        new, past=Past(posted={}, recent=((old, at),)), terms=Terms(story_window=DAY)
    ) == ["new"]


def test_of_two_tellings_the_better_is_taken_and_the_other_says_why() -> None:
    worse = article("worse", title="Court bans faces downtown", quality=10)
    better = article("better", title="Court bans more faces downtown today", quality=20)
    outcome = picked(worse, article("other", quality=99), better)
    assert [choice.article.path for choice in outcome.chosen] == ["other.md", "better.md"]
    [item] = outcome.left_out
    assert (item.article, item.ground) == (worse, Ground.STORY)
    assert (
        item.reason == "tells the story of “Court bans more faces downtown today”, which is chosen"
    )


def test_an_article_of_another_topic_is_no_candidate() -> None:
    terms = Terms(topics=("AI", "Law"))
    other, none = article("other", topics=("Bees",)), article("none", topics=())
    assert picked(other, none, terms=terms) == Pick(chosen=(), left_out=())
    assert chosen(article("one", topics=("Bees", "Law")), terms=terms) == ["one"]
    assert sorted(chosen(other, none)) == ["none", "other"]


def test_those_below_the_limit_are_told_their_rank() -> None:
    terms = Terms(limit=1)
    ranked = [article(name, quality=99 - place) for place, name in enumerate("abc")]
    assert left(*ranked, terms=terms) == [
        (Ground.RANK, "ranks 2; this digest takes 1"),
        (Ground.RANK, "ranks 3; this digest takes 1"),
    ]


def test_those_left_out_stand_in_the_order_of_their_worth() -> None:
    rest = [
        article(name, quality=q, draft=q % 2 == 0) for name, q in [("a", 1), ("b", 4), ("c", 3)]
    ]
    outcome = picked(*rest, terms=Terms(limit=0))
    assert [item.article.quality for item in outcome.left_out] == [4, 3, 1]


def test_the_summary_counts_reasons() -> None:
    drafts = [article(name, draft=True) for name in "ab"]
    posted = article("c")
    stock = Stock([*drafts, posted, article("d")], now=NOW)
    drawn = draw(stock, terms=ANY, past=Past(posted={posted.id: NOW}))
    assert summary(drawn.counts) == "1 already posted here, 2 unpublished"
    assert summary({}) == ""


# which ones are better


@given(candidates, st.frozensets(ids, max_size=3), st.frozensets(ids, max_size=3))
def test_the_next_one_taken_is_the_best_of_all_that_wait(
    articles: list[Article], admitted: frozenset[ArticleId], held: frozenset[ArticleId]
) -> None:
    outcome = picked(*articles, past=Past(posted={}, admitted=admitted, held=held))
    fit = [one for one in articles if fits(one, admitted)]
    taken: list[Headline] = []
    told: set[ArticleId] = set()
    for choice in outcome.chosen:

        def cost(
            one: Headline, before: tuple[Headline, ...] = tuple(taken)
        ) -> tuple[bool, bool, float]:
            again = sum(1 for other in before if one.source and other.source == one.source)
            late = one.id not in admitted | held
            return (one.id not in admitted, late, 25 * again - worth(one, now=NOW))

        waiting = [one for one in fit if one.id not in told]
        best = min(cost(one) for one in waiting)
        story = [choice.article, *tellings(choice.article, in_time(waiting))]
        assert min(cost(one) for one in story) == best
        taken.append(choice.article)
        story += [one for other in story for one in tellings(other, in_time(waiting))]
        told |= {one.id for one in story if one.id not in {r.article.id for r in outcome.chosen}}
        told.add(choice.article.id)


def fits(one: Article, admitted: frozenset[ArticleId]) -> bool:
    return (not one.draft or one.id in admitted) and not (
        one.published_at and one.published_at > NOW
    )


@given(candidates)
def test_a_story_left_out_names_one_that_is_chosen(articles: list[Article]) -> None:
    outcome = picked(*articles)
    titles = {choice.article.title for choice in outcome.chosen}
    reasons = {f"tells the story of “{title}”, which is chosen" for title in titles}
    assert {item.reason for item in outcome.left_out if item.ground is Ground.STORY} <= reasons


def test_the_lead_tells_a_story_though_a_fresher_telling_ranks_higher() -> None:
    lead = article("lead", title=STORY, quality=60, published_at=NOW - 20 * HOUR)
    fresh = article("fresh", title=STORY, quality=55, published_at=NOW)
    between = article("between", quality=56, published_at=NOW - 9 * HOUR)
    assert worth(fresh, now=NOW) > worth(between, now=NOW) > worth(lead, now=NOW)
    outcome = picked(between, fresh, lead)
    assert [choice.article.path for choice in outcome.chosen] == ["lead.md", "between.md"]
    assert [(item.article.path, item.reason) for item in outcome.left_out] == [
        ("fresh.md", f"tells the story of “{STORY}”, which is chosen")
    ]


def test_where_the_lead_does_not_fit_the_best_that_fits_tells_the_story() -> None:
    lead = article("lead", title=STORY, quality=90, topics=("Bees",))
    better = article("better", title=STORY, quality=20)
    worse = article("worse", title=STORY, quality=10)
    draft = article("draft", title=STORY, quality=99, draft=True)
    assert chosen(worse, lead, draft, better, terms=Terms(topics=("AI",))) == ["better"]


def test_a_draft_that_a_moderator_let_in_tells_its_story_itself() -> None:
    draft = article("draft", title=STORY, quality=1, draft=True)
    past = Past(posted={}, admitted=frozenset({draft.id}))
    assert chosen(article("lead", title=STORY, quality=90), draft, past=past) == ["draft"]


def test_what_was_left_to_this_edition_tells_its_story_itself() -> None:
    held = article("held", title=STORY, quality=1)
    past = Past(posted={}, held=frozenset({held.id}))
    assert chosen(article("lead", title=STORY, quality=90), held, past=past) == ["held"]
    draft = article("draft", title=STORY, quality=0, draft=True)
    past = replace(past, admitted=frozenset({draft.id}))
    assert chosen(held, draft, past=past) == ["draft"]


def retold(name: str, **changes: Any) -> Article:  # noqa: ANN401 (any field)
    text = "Cameras must be switched off until Friday, judge Aldous ruled after complaints."
    return article(name, title=STORY, gist=gist_of(excerpt=text, related=()), **changes)


def test_what_tells_the_story_of_the_lead_alone_is_told_with_it() -> None:
    fresh = retold("fresh", quality=60, published_at=NOW)
    lead = retold("lead", quality=80, published_at=NOW - 3 * DAY)
    old = retold("old", quality=10, published_at=NOW - 6 * DAY)
    assert worth(fresh, now=NOW) > worth(lead, now=NOW)
    assert chosen(old, lead, fresh) == ["lead"]


def test_who_was_left_out_with_one_story_is_not_left_out_again_with_another() -> None:
    first = retold("first", quality=90, published_at=NOW)
    both = retold("both", quality=1, published_at=NOW - 2 * DAY)
    second = retold("second", quality=40, published_at=NOW - 5 * DAY)
    outcome = picked(first, both, second)
    assert [choice.article.path for choice in outcome.chosen] == ["first.md", "second.md"]
    assert [item.article.path for item in outcome.left_out] == ["both.md"]


def test_the_provider_of_the_lead_is_the_one_who_was_there() -> None:
    fresh = retold("fresh", quality=55, published_at=NOW, provider=by("Theirs"))
    lead = retold("lead", quality=60, published_at=NOW - 20 * HOUR, provider=by("Ours"))
    ours = article("ours", quality=50, published_at=NOW, provider=by("Ours"))
    theirs = article("theirs", quality=45, published_at=NOW, provider=by("Theirs"))
    assert chosen(fresh, lead, ours, theirs) == ["lead", "theirs", "ours"]


def test_lower_tellings_are_told_with_their_story_and_not_by_their_rank() -> None:
    both = [article(name, title=STORY, quality=q) for name, q in (("a", 9), ("b", 8))]
    assert left(*both, terms=Terms(limit=1))[0][0] is Ground.STORY


@pytest.mark.parametrize(
    ("age", "points"),
    [
        (timedelta(0), 60.0),
        (2 * DAY, 30.0),
        (4 * DAY, 15.0),
        (-DAY, 60.0),
        (DAY, 60 / math.sqrt(2)),
    ],
)
def test_freshness_halves_every_second_day(age: timedelta, points: float) -> None:
    one = article(quality=0, heat=-1, published_at=NOW - age)
    assert worth(one, now=NOW) == pytest.approx(points)


def test_quality_counts_as_it_stands_and_heat_by_its_logarithm() -> None:
    old = article(quality=7, heat=-1, published_at=None)
    assert worth(old, now=NOW) == 7
    assert worth(replace(old, heat=0), now=NOW) == 7
    assert worth(replace(old, heat=1), now=NOW) == pytest.approx(7 + 8 * math.log(2))
    assert worth(replace(old, heat=999), now=NOW) == pytest.approx(7 + 8 * math.log(1000))


def test_equals_stand_in_the_order_newer_first_then_by_id() -> None:
    # an age that weighs nothing any more, so that the worth is the very same
    newer, older, undated = (
        article(name, quality=1, published_at=at, provider=None)
        for name, at in [
            ("newer", NOW - 3000 * DAY),
            ("older", NOW - 3001 * DAY),
            ("undated", None),
        ]
    )
    assert chosen(undated, older, newer) == ["newer", "older", "undated"]
    twins = [article(name, provider=None) for name in "abcd"]
    outcome = picked(*twins)
    assert [choice.article.id for choice in outcome.chosen] == sorted(one.id for one in twins)


def test_another_provider_comes_before_a_slightly_better_article_of_the_same() -> None:
    ours = [article(f"ours{n}", quality=90 - n, provider=by("Ours")) for n in range(3)]
    theirs = article("theirs", quality=70, provider=by("Theirs"))
    assert chosen(*ours, theirs) == ["ours0", "theirs", "ours1", "ours2"]
    assert [choice.reason for choice in picked(*ours, theirs).chosen] == [
        "quality 90, 1 h old, first from Ours",
        "quality 70, 1 h old, first from Theirs",
        "quality 89, 1 h old, again Ours",
        "quality 88, 1 h old, again Ours",
    ]


def test_a_clearly_better_article_comes_first_though_its_provider_was_there() -> None:
    ours = [article(f"ours{n}", quality=90 - n, provider=by("Ours")) for n in range(3)]
    theirs = article("theirs", quality=50, provider=by("Theirs"))
    # once again costs 25 points, twice again 50
    assert chosen(*ours, theirs) == ["ours0", "ours1", "theirs", "ours2"]


def test_repeating_costs_twenty_five_points() -> None:
    ours = [article(f"ours{n}", quality=90, provider=by("Ours")) for n in range(2)]
    assert chosen(*ours, article("theirs", quality=66, provider=by("Theirs")))[1] == "theirs"
    assert chosen(*ours, article("theirs", quality=64, provider=by("Theirs")))[1] != "theirs"


def test_articles_without_provider_do_not_count_as_of_one() -> None:
    strays = [article(f"s{n}", quality=90 - n, provider=None) for n in range(2)]
    theirs = article("theirs", quality=80, provider=by("Theirs"))
    assert chosen(*strays, theirs) == ["s0", "s1", "theirs"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "quality 50, 1 h old, first from Example Times"),
        ({"heat": 0, "provider": None}, "quality 50, 1 h old"),
        ({"heat": 1, "provider": None}, "quality 50, heat 1, 1 h old"),
        ({"heat": 9, "published_at": None}, "quality 50, heat 9, first from Example Times"),
        ({"published_at": NOW, "provider": None}, "quality 50, 0 h old"),
        ({"published_at": NOW - 48 * HOUR + DAY / 9999, "provider": None}, "quality 50, 47 h old"),
        ({"published_at": NOW - 48 * HOUR, "provider": None}, "quality 50, 2 days old"),
        ({"published_at": NOW - 95 * HOUR, "provider": None}, "quality 50, 3 days old"),
    ],
)
def test_the_reason_of_a_choice_says_what_counted(changes: dict[str, Any], reason: str) -> None:
    assert picked(article(**changes)).chosen[0].reason == reason
