"""The catalogue: one article a page, counts of what is published, and what changed since."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import Article, ArticleId, Headline, Provider
from bot.core.catalogue import Catalogue, Changes, Source, assemble, revised
from bot.core.fault import Fault, Rule, Severity
from tests.core.samples import DAY, NOW, article


def catalogue(*articles: Article) -> Catalogue:
    return assemble([one.headline for one in articles])


def sources(*articles: Article) -> list[Source]:
    return [Source(path=one.path, headline=one.headline) for one in articles]


def fault(path: str, line: int = 1, field: str = "") -> Fault:
    return Fault(path=path, line=line, field=field, message="m", rule=Rule.TYPE)


def listed(known: Catalogue) -> dict[str, object]:
    """Return all that a catalogue answers."""
    return {
        "articles": dict(known.articles),
        "paths": dict(known.paths),
        "twins": dict(known.twins),
        "faults": known.faults,
        "by date": list(known.by_date),
        "topics": list(known.topics.items()),
        "providers": list(known.providers.items()),
    }


def by(name: str) -> Provider:
    return Provider(name=name)


copies = st.builds(
    article,
    st.sampled_from("abc"),
    path=st.sampled_from([f"{letter}.md" for letter in "klmnopqrs"]),
    draft=st.booleans(),
    quality=st.integers(0, 3),
    published_at=st.sampled_from([None, NOW, NOW - DAY, NOW - 2 * DAY]),
    provider=st.sampled_from([None, Provider(name="A"), Provider(name="b")]),
    version=st.sampled_from(["1", "2"]),
    topics=st.lists(st.sampled_from(["AI", "Law", "ai"]), max_size=2).map(tuple),
)
collections = st.lists(copies, max_size=8, unique_by=lambda made: made.path)


def test_an_empty_catalogue_holds_nothing() -> None:
    empty = Catalogue()
    assert (empty.published, empty.drafts, empty.faults, empty.files) == ((), (), (), 0)
    assert empty == catalogue()


def test_an_article_is_found_by_its_id_draft_or_not() -> None:
    one, draft = article("one"), article("two", draft=True)
    known = catalogue(one, draft)
    assert known.get(one.id) == one.headline
    assert known.get(draft.id) == draft.headline
    assert known.get("nothing") is None
    assert known.files == 2


def test_drafts_are_kept_apart_from_what_is_published() -> None:
    one, draft = article("one"), article("two", draft=True)
    assert catalogue(one, draft).published == (one.headline,)
    assert catalogue(one, draft).drafts == (draft.headline,)


def test_topics_are_counted_among_published_articles_the_most_frequent_first() -> None:
    known = catalogue(
        article("a", topics=("law", "AI")),
        article("b", topics=("AI", "Zoo")),
        article("c", topics=("Zoo", "AI", "Bees")),
        article("d", topics=("Secret",), draft=True),
    )
    assert list(known.topics.items()) == [("AI", 3), ("Zoo", 2), ("Bees", 1), ("law", 1)]


def test_providers_are_counted_among_published_articles_the_most_frequent_first() -> None:
    known = catalogue(
        article("a", provider=by("zoo")),
        article("b", provider=by("Bees")),
        article("c", provider=by("ant")),
        article("d", provider=by("zoo")),
        article("e", provider=None),
        article("nameless", provider=by("")),
        article("f", provider=by("Secret"), draft=True),
    )
    assert list(known.providers.items()) == [("zoo", 2), ("ant", 1), ("Bees", 1)]


@pytest.mark.parametrize("name", ["AI", "ai", "  aI "])
def test_a_topic_is_named_in_any_case(name: str) -> None:
    assert catalogue(article("a", topics=("AI",))).topic_named(name) == "AI"


def test_a_topic_that_no_published_article_has_is_none() -> None:
    assert catalogue(article("a", topics=("AI",), draft=True)).topic_named("AI") is None


def test_of_two_spellings_of_a_topic_the_more_frequent_one_is_named() -> None:
    known = catalogue(
        article("a", topics=("ai",)), article("b", topics=("AI",)), article("c", topics=("AI",))
    )
    assert known.topic_named("ai") == "AI"


def test_two_files_of_one_page_become_one_article_with_all_topics_and_a_warning() -> None:
    worse = article("page", path="a.md", quality=5, topics=("AI", "Law"), version="1")
    better = article("page", path="b.md", quality=6, topics=("Bees", "AI"), version="2")
    known = catalogue(better, worse)
    assert known.published == (
        replace(better.headline, topics=("AI", "Law", "Bees"), version="1+2"),
    )
    assert known.faults == (
        Fault(
            path="b.md",
            line=1,
            field="webUrl",
            message="links to the same page as a.md; both count as one article",
            rule=Rule.DUPLICATE_PAGE,
            severity=Severity.WARNING,
        ),
    )
    assert known.files == 2


def test_a_published_file_comes_before_a_better_draft_of_the_same_page() -> None:
    draft = article("page", path="a.md", quality=99, draft=True)
    plain = article("page", path="b.md", quality=1)
    assert catalogue(draft, plain).published[0].path == "b.md"


def test_of_equal_files_the_first_path_counts() -> None:
    assert catalogue(article("page", path="b.md"), article("page", path="a.md")).published[
        0
    ].path == ("a.md")


def test_faults_are_in_order_of_path_line_and_field() -> None:
    faulty = {
        "b": (fault("b", 1, "a"),),
        "a": (fault("a", 2, "a"), fault("a", 1, "b"), fault("a", 1, "a")),
    }
    known = assemble([], files=["a", "b"], faulty=faulty)
    assert [(each.path, each.line, each.field) for each in known.faults] == [
        *(("a", 1, "a"), ("a", 1, "b"), ("a", 2, "a"), ("b", 1, "a"))
    ]


def test_those_that_have_a_date_stand_in_order() -> None:
    dates = {"new": NOW, "old": NOW - DAY, "undated": None}
    known = catalogue(*(article(name, published_at=at) for name, at in dates.items()))
    assert [one.path for one in known.by_date] == ["undated.md", "old.md", "new.md"]
    assert [one.path for one in known.dated] == ["old.md", "new.md"]
    assert list(Catalogue().dated) == []


def test_what_a_file_came_to_is_known_by_its_path() -> None:
    one, twin = article("page", path="a.md", quality=9), article("page", path="b.md")
    faulty = {"b.md": (fault("b.md"),), "c.md": (fault("c.md"),)}
    known = assemble([one.headline, twin.headline], files=["c.md"], faulty=faulty)
    assert known.source_of("a.md") == Source(path="a.md", headline=one.headline)
    assert known.source_of("b.md") == Source(
        path="b.md", headline=twin.headline, faults=(fault("b.md"),)
    )
    assert known.source_of("c.md") == Source(path="c.md", headline=None, faults=(fault("c.md"),))
    assert known.headline_of("never.md") is None
    assert known.files == 3


@given(collections.flatmap(st.permutations))
def test_the_order_of_files_makes_no_difference(made: list[Article]) -> None:
    in_order = catalogue(*sorted(made, key=lambda one: one.path))
    assert listed(catalogue(*made)) == listed(in_order)


@given(collections)
def test_every_page_is_there_once_and_every_further_file_is_told(made: list[Article]) -> None:
    known = catalogue(*made)
    assert set(known.articles) == {one.id for one in made}
    assert len(known.faults) == len(made) - len(known.articles)
    assert len(known.published) + len(known.drafts) == len(known.articles)
    assert all(key == one.id for key, one in known.articles.items())


@given(collections, collections, st.sets(st.sampled_from("klmnopqrstu")), st.booleans())
def test_a_revision_is_what_reading_everything_anew_would_make(
    old: list[Article],
    new: list[Article],
    letters: set[str],
    sorted_before: bool,  # noqa: FBT001 (Hypothesis gives it)
) -> None:
    gone = {f"{letter}.md" for letter in letters}
    before = catalogue(*old)
    if sorted_before:
        assert len(before.by_date) == len(before.articles)
    after, _ = revised(before, sources(*new), gone=gone)
    files = {one.path: one for one in old if one.path not in gone}
    files |= {one.path: one for one in new}
    assert listed(after) == listed(catalogue(*files.values()))
    assert listed(before) == listed(catalogue(*old))


@given(collections, collections)
def test_changes_lead_from_the_old_catalogue_to_the_new(
    old: list[Article], new: list[Article]
) -> None:
    before = catalogue(*old)
    after, found = revised(before, sources(*new), gone=[one.path for one in old])
    articles: dict[ArticleId, Headline] = {
        key: one for key, one in before.articles.items() if key not in found.removed
    }
    assert not set(found.added) & set(before.articles)
    assert all(before.articles[key] != after.articles[key] for key in found.changed)
    articles |= {key: after.articles[key] for key in (*found.added, *found.changed)}
    assert articles == after.articles
    assert bool(found) == (before.articles != after.articles)
    assert set(found.withdrawn) == {one.id for one in before.published} - {
        one.id for one in after.published
    }


@given(collections)
def test_a_catalogue_differs_in_nothing_from_itself(made: list[Article]) -> None:
    known = catalogue(*made)
    assert revised(known, sources(*made))[1] == Changes()
    assert revised(known, ())[1] == Changes()


def test_changes_name_what_came_what_differs_what_is_gone_and_what_nobody_sees_more() -> None:
    kept, gone, came = article("kept"), article("gone"), article("came")
    draft, hidden = article("draft", draft=True), article("hidden")
    before = catalogue(kept, gone, draft, hidden)
    better = replace(kept, quality=99)
    news = sources(better, came, replace(hidden, draft=True))
    assert revised(before, news, gone=[gone.path, draft.path])[1] == Changes(
        added=(came.id,),
        changed=(better.id, hidden.id),
        removed=(gone.id, draft.id),
        withdrawn=(gone.id, hidden.id),
    )


def test_a_renamed_file_is_the_same_article_and_nothing_is_withdrawn() -> None:
    one = article("one", path="old.md")
    after, found = revised(catalogue(one), sources(replace(one, path="new.md")), gone=["old.md"])
    assert found == Changes(changed=(one.id,))
    assert (dict(after.paths), after.files) == ({"new.md": one.id}, 1)


def test_a_file_that_makes_no_article_any_more_withdraws_it_and_tells_why() -> None:
    one = article("one")
    broken = Source(path=one.path, headline=None, faults=(fault(one.path),))
    after, found = revised(catalogue(one), [broken])
    assert found == Changes(removed=(one.id,), withdrawn=(one.id,))
    assert (after.faults, after.files, len(after.articles)) == ((fault(one.path),), 1, 0)
    again, found = revised(after, sources(one))
    assert found == Changes(added=(one.id,))
    assert again.faults == ()


def test_of_two_files_that_leave_at_once_neither_stays() -> None:
    one, twin = article("page", path="a.md"), article("page", path="b.md")
    after, found = revised(catalogue(one, twin), (), gone=["a.md", "b.md"])
    assert (dict(after.articles), dict(after.twins), found.removed) == ({}, {}, (one.id,))


@pytest.mark.parametrize(
    "found",
    [
        Changes(added=(ArticleId("x"),)),
        Changes(changed=(ArticleId("x"),)),
        Changes(removed=(ArticleId("x"),)),
    ],
)
def test_any_change_is_a_change(found: Changes) -> None:
    assert found
    assert not Changes()
