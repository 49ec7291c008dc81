"""The catalogue: one article a page, counts of what is published, and what changed since."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import Article, ArticleId, Provider
from bot.core.catalogue import Catalogue, Changes, assemble, changes
from bot.core.fault import Fault, Severity
from tests.core.samples import article


def catalogue(*articles: Article) -> Catalogue:
    return assemble(articles, faults=(), files=len(articles))


def by(name: str) -> Provider:
    return Provider(name=name)


copies = st.builds(
    article,
    st.sampled_from("abc"),
    path=st.sampled_from([f"{letter}.md" for letter in "klmnopqrs"]),
    draft=st.booleans(),
    quality=st.integers(0, 3),
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
    assert known.get(one.id) == one
    assert known.get(draft.id) == draft
    assert known.get("nothing") is None
    assert known.files == 2


def test_drafts_are_kept_apart_from_what_is_published() -> None:
    one, draft = article("one"), article("two", draft=True)
    assert catalogue(one, draft).published == (one,)
    assert catalogue(one, draft).drafts == (draft,)


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
    worse = article("page", path="a.md", quality=5, topics=("AI", "Law"))
    better = article("page", path="b.md", quality=6, topics=("Bees", "AI"))
    known = catalogue(better, worse)
    assert known.published == (replace(better, topics=("AI", "Law", "Bees")),)
    assert known.faults == (
        Fault(
            path="b.md",
            line=1,
            field="webUrl",
            message="links to the same page as a.md; both count as one article",
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
    faults = [
        Fault(path=path, line=line, field=field, message="m")
        for path, line, field in [("b", 1, "a"), ("a", 2, "a"), ("a", 1, "b"), ("a", 1, "a")]
    ]
    known = assemble([], faults=iter(faults), files=4)
    assert [(fault.path, fault.line, fault.field) for fault in known.faults] == [
        *(("a", 1, "a"), ("a", 1, "b"), ("a", 2, "a"), ("b", 1, "a"))
    ]


@given(collections.flatmap(st.permutations))
def test_the_order_of_files_makes_no_difference(made: list[Article]) -> None:
    assert catalogue(*made) == catalogue(*sorted(made, key=lambda one: one.path))


@given(collections)
def test_every_page_is_there_once_and_every_further_file_is_told(made: list[Article]) -> None:
    known = catalogue(*made)
    assert set(known.articles) == {one.id for one in made}
    assert len(known.faults) == len(made) - len(known.articles)
    assert len(known.published) + len(known.drafts) == len(known.articles)
    assert all(key == one.id for key, one in known.articles.items())


@given(collections, collections)
def test_changes_lead_from_the_old_catalogue_to_the_new(
    old: list[Article], new: list[Article]
) -> None:
    before, after = catalogue(*old), catalogue(*new)
    found = changes(before, after)
    articles = {key: one for key, one in before.articles.items() if key not in found.withdrawn}
    assert not {one.id for one in found.added} & set(before.articles)
    assert all(before.articles[one.id] != one for one in found.changed)
    articles |= {one.id: one for one in (*found.added, *found.changed)}
    assert articles == after.articles
    assert bool(found) == (before.articles != after.articles)


def test_changes_name_what_came_what_differs_and_what_is_gone() -> None:
    kept, gone, came = article("kept"), article("gone"), article("came")
    better = replace(kept, quality=99)
    assert changes(catalogue(kept, gone), catalogue(better, came)) == Changes(
        added=(came,), changed=(better,), withdrawn=(gone.id,)
    )


@pytest.mark.parametrize(
    "found",
    [
        Changes(added=(article(),), changed=(), withdrawn=()),
        Changes(added=(), changed=(article(),), withdrawn=()),
        Changes(added=(), changed=(), withdrawn=(ArticleId("x"),)),
    ],
)
def test_any_change_is_a_change(found: Changes) -> None:
    assert found
    assert not Changes(added=(), changed=(), withdrawn=())
