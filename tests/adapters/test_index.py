"""The search index keeps the promises of `bot.ports.Index`, whatever is asked of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.catalogue.index import SearchIndex
from bot.core.article import Article, ArticleId, Provider, Related, article_id
from bot.core.asking import MOST_WORDS, parse
from bot.core.catalogue import Catalogue, Changes, Source, revised
from bot.core.query import Filters, Query
from bot.core.words import runs_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from bot.core.query import Hits
    from bot.ports import Index

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TITLES = (
    "A Case for Facial Recognition",
    "Café culture returns to Málaga",
    "C++ 26 adds reflection, C# adds unions",
    "Covid-19 vaccine trial begins in Düsseldorf",
    "Elections in Iceland: what the results mean",
    "Every Node.js release of the year",
    "Glaciers melt faster than expected",
    "Kubernetes networking explained",
    "東京で新しい図書館が開館",
    "Министр открыл новую библиотеку",
    "New library opens in Tokyo",
    "Quantum computers factor a larger number",
    "The running shoes that last",
    "Why 🦀 programmers love Rust",
)


def article(title: str, **changes: object) -> Article:
    url = f"https://example.org/{title}"
    made = Article(
        id=article_id(url=url, path=""),
        path="article.md",
        title=title,
        excerpt="",
        url=url,
        published_at=NOW - timedelta(hours=1),
        draft=False,
        quality=50,
        heat=-1,
        provider=None,
        topics=(),
        images=(),
        related=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class Indexed(SearchIndex):
    """An index, and the catalogue that it is of."""

    catalogue = Catalogue()

    async def update(self, *articles: Article, gone: Sequence[Article] = ()) -> None:
        """Take these articles in, and let the others go."""
        placed = [replace(one.headline, path=one.id) for one in articles]
        sources = [Source(path=one.path, headline=one) for one in placed]
        before = self.catalogue
        self.catalogue, changes = revised(before, sources, gone=[one.id for one in gone])
        withdrawn = (*changes.removed, *changes.withdrawn)
        await self.stage([one for one in articles if not one.draft], gone=withdrawn)
        await self.commit(self.catalogue, changes, generation="")


async def filled(*articles: Article) -> Indexed:
    index = Indexed()
    await index.update(*articles)
    return index


async def asked(
    index: Index,
    text: str,
    *,
    limit: int = 100,
    offset: int = 0,
    filters: Filters | None = None,
    among: Collection[ArticleId] | None = None,
) -> Hits:
    query = replace(parse(text, now=NOW), filters=filters or Filters())
    return await index.search(query, limit=limit, offset=offset, now=NOW, among=among)


async def titles(index: Index, text: str, *, filters: Filters | None = None) -> list[str]:
    hits = await asked(index, text, filters=filters)
    return [hit.article.title for hit in hits.found]


async def ids(index: Index, text: str, *, limit: int, offset: int) -> tuple[list[ArticleId], int]:
    hits = await asked(index, text, limit=limit, offset=offset)
    return [hit.article.id for hit in hits.found], hits.total


async def nearest(index: Index, text: str, *, limit: int) -> list[str]:
    found = await index.nearest(parse(text, now=NOW), limit=limit, now=NOW)
    return [headline.title for headline in found]


@pytest.fixture(scope="module")
def newspaper() -> SearchIndex:
    return asyncio.run(filled(*(article(title) for title in TITLES)))


@pytest.fixture(scope="module")
def archive() -> SearchIndex:
    articles = [
        article(
            f"Glacier report {number} of {number % 7} stations{' today' * (number % 5)}",
            quality=number % 5,
        )
        for number in range(240)
    ]
    return asyncio.run(filled(*articles))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("facial recognition", TITLES[0]),
        ("recognition facial", TITLES[0]),
        ("FACIAL Recog", TITLES[0]),
        ("fcaial recognition", TITLES[0]),
        ("ecognition", TITLES[0]),
        ("bacial recognition", TITLES[0]),
        ("recongitoin", TITLES[0]),
        ("recogmiti", TITLES[0]),
        ("cafe malaga", TITLES[1]),
        ("càfé cultüre", TITLES[1]),
        ("C++", TITLES[2]),
        ("c#", TITLES[2]),
        ("covid 19", TITLES[3]),
        ("covid vaccine", TITLES[3]),
        ("covid-19", TITLES[3]),
        ("covid19", TITLES[3]),
        ("election result", TITLES[4]),
        ("node release", TITLES[5]),
        ("node.js", TITLES[5]),
        ("glacier melting", TITLES[6]),
        ("k", TITLES[7]),
        ("図書館", TITLES[8]),
        ("библиотека", TITLES[9]),
        ("runs shoe", TITLES[12]),
        ("runs", TITLES[12]),
        ("🦀", TITLES[13]),
    ],
)
async def test_a_title_is_found_however_it_is_typed(
    newspaper: SearchIndex, text: str, title: str
) -> None:
    assert (await titles(newspaper, text))[0] == title


@pytest.mark.parametrize(
    "text",
    ["zzzz qqqq", "xylophone zzzz qqqq", "the zzzz", "zzzz for a", "qq", "ヱ", "facial zz qq"],
)
async def test_a_query_that_has_nothing_to_do_with_any_title_finds_nothing(
    newspaper: SearchIndex, text: str
) -> None:
    assert await ids(newspaper, text, limit=5, offset=0) == ([], 0)


async def test_short_words_are_not_forgiven_typos() -> None:
    index = await filled(article("The cat sat"))
    assert await titles(index, "bat hat") == []


@pytest.mark.parametrize("text", ["golt", "glxxiers", "fcaial", "astronmoy"])
async def test_a_word_of_four_is_forgiven_one_typo_and_a_word_of_eight_two(text: str) -> None:
    index = await filled(article("Gold and glaciers, facial", topics=("Astronomy",)))
    assert await titles(index, text) != []


@pytest.mark.parametrize("text", ["gxlt", "glxxxers", "spxxn"])
async def test_more_typos_are_not_forgiven(text: str) -> None:
    index = await filled(article("Gold and glaciers, Spain"))
    assert await titles(index, text) == []


async def test_the_order_of_the_words_does_not_matter(newspaper: SearchIndex) -> None:
    for order in permutations(["library", "opens", "tokyo"]):
        assert (await titles(newspaper, " ".join(order)))[0] == "New library opens in Tokyo"


async def test_only_the_last_word_may_be_a_beginning() -> None:
    index = await filled(article("Kubernetes networking explained"))
    assert await titles(index, "networking kube") != []
    assert await titles(index, "kube zz") == []


async def test_stop_words_alone_are_words_too() -> None:
    index = await filled(article("The Who on tour"), article("Glaciers"))
    assert await titles(index, "the who") == ["The Who on tour"]


async def test_a_stop_word_that_no_title_holds_spoils_nothing() -> None:
    index = await filled(article("Glaciers melt"))
    assert await titles(index, "why would these glaciers melt") == ["Glaciers melt"]


async def test_where_a_word_stands_decides() -> None:
    related = Related(title="Quantum", url="https://example.org/related")
    index = await filled(
        article("E", excerpt="quantum", quality=99),
        article("D", related=(related,), quality=99),
        article("C", topics=("Quantum",), quality=3),
        article("B", provider=Provider(name="Quantum"), quality=2),
        article("Quantum", quality=1),
    )
    found = await titles(index, "quantum")
    assert found[0] == "Quantum"
    assert set(found[1:3]) == {"B", "C"}
    assert set(found[3:]) == {"D", "E"}


async def test_the_right_spelling_leads() -> None:
    index = await filled(article("The grape grows", quality=99), article("The grace grows"))
    assert (await titles(index, "grace"))[0] == "The grace grows"


async def test_the_right_spelling_leads_among_hundreds() -> None:
    index = await filled(
        *(article(f"The grape {number}", quality=99) for number in range(300)),
        article("The grace grows"),
    )
    assert (await titles(index, "grace"))[0] == "The grace grows"


async def test_a_beginning_leads_before_a_typo() -> None:
    index = await filled(article("Preys on wood", quality=99), article("Pressurisation of wood"))
    assert (await titles(index, "press"))[0] == "Pressurisation of wood"


async def test_a_title_that_says_nothing_else_leads() -> None:
    index = await filled(article("Quantum computers", quality=99), article("Quantum"))
    assert await titles(index, "quantum") == ["Quantum", "Quantum computers"]


async def test_a_rare_word_says_more_than_a_common_one() -> None:
    index = await filled(
        *(article(f"Glaciers {number}") for number in range(20)), article("Volcano")
    )
    assert await titles(index, "glaciers volcano") == ["Volcano"]


async def test_a_word_is_rare_by_its_own_spelling() -> None:
    index = await filled(
        *(article(f"Grape {number}") for number in range(20)),
        *(article(f"Lava {number}") for number in range(5)),
        article("Grace"),
    )
    assert (await titles(index, "lava grace"))[0] == "Grace"


async def test_a_title_without_words_is_found_by_the_rest() -> None:
    index = await filled(article("…", excerpt="quantum"))
    assert await titles(index, "quantum") == ["…"]


async def test_articles_with_some_of_the_words_follow_those_with_all() -> None:
    some = article("Glaciers grow", quality=99), article("Snowfields melt", quality=98)
    index = await filled(*some, article("Glaciers melt"))
    found = await titles(index, "glaciers melt")
    assert found[0] == "Glaciers melt"
    assert set(found[1:]) == {one.title for one in some}


async def test_articles_with_some_of_the_words_stay_away_where_enough_hold_all() -> None:
    matching = [article(f"Glaciers melt {number}") for number in range(10)]
    index = await filled(article("Glaciers grow"), article("Snowfields melt"), *matching)
    assert len(await titles(index, "glaciers melt")) == 10


async def test_less_than_half_of_the_query_is_no_hit() -> None:
    index = await filled(article("Glaciers"), article("Volcano island ferry"))
    assert await titles(index, "volcano island ferry glaciers") == ["Volcano island ferry"]


async def test_less_than_half_of_the_query_is_no_hit_however_many_there_are() -> None:
    index = await filled(*(article(f"Glaciers {number}") for number in range(20)))
    assert await titles(index, "glaciers zzzz qqqq") == []


async def test_equal_matches_are_ordered_by_quality_then_newness_then_id() -> None:
    good = article("Quantum", id=ArticleId("d"), quality=90)
    new = article("Quantum", id=ArticleId("c"), published_at=NOW)
    old = [article("Quantum", id=ArticleId(name)) for name in "ba"]
    undated = article("Quantum", id=ArticleId("0"), published_at=None)
    index = await filled(undated, *old, new, good)
    found, _ = await ids(index, "quantum", limit=5, offset=0)
    assert found == ["d", "c", "a", "b", "0"]


@pytest.mark.parametrize("quality", [1_024, 1_000_000_000, -1])
async def test_any_quality_that_a_file_may_hold_can_be_indexed(quality: int) -> None:
    usual = article("Quantum", id=ArticleId("b"), quality=200)
    odd = article("Quantum", id=ArticleId("a"), quality=quality)
    found, _ = await ids(await filled(usual, odd), "quantum", limit=5, offset=0)
    assert found == (["a", "b"] if quality > 200 else ["b", "a"])


async def test_the_way_the_articles_came_in_does_not_show() -> None:
    articles = [
        article(f"Glacier {number}", quality=number % 3, topics=("Ice",)) for number in range(150)
    ]
    straight = await filled(*articles)
    crooked = await filled(*(replace(one, title="Volcano") for one in articles[:70]))
    await crooked.update(*reversed(articles[70:]))
    await crooked.update(*articles[:70])
    for text in ("glacier", "ice glacier", "glaicer 1", "gla", "volcano", ""):
        expected = await asked(straight, text, limit=150)
        assert await asked(crooked, text, limit=150) == expected


async def test_scores_lie_between_0_and_1_and_fall(archive: SearchIndex) -> None:
    for text in (
        "glacier report 17",
        "glaxier",
        "glacier 12 stations nowhere",
        "glaciers glacier",
        "",
    ):
        hits = await asked(archive, text, limit=240)
        scores = [hit.score for hit in hits.found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score <= 1 for score in scores)


async def test_no_score_is_above_1_where_the_query_is_longer_than_the_title() -> None:
    index = await filled(article("Quantum"))
    hits = await asked(index, "quantum quantums quantun")
    assert 0 < hits.found[0].score <= 1


async def test_a_new_index_is_empty() -> None:
    index = SearchIndex()
    assert await ids(index, "glaciers", limit=5, offset=0) == ([], 0)
    assert await ids(index, "", limit=5, offset=0) == ([], 0)
    assert await nearest(index, "glaciers", limit=5) == []


async def test_no_words_find_everything_newest_first() -> None:
    index = await filled(
        article("Undated", published_at=None, quality=99),
        article("Old", published_at=NOW - timedelta(days=9), quality=99),
        article("New", published_at=NOW),
    )
    assert await titles(index, "") == ["New", "Old", "Undated"]
    assert await titles(index, " ?!\x00 ") == ["New", "Old", "Undated"]


@pytest.mark.parametrize("text", ["", "glaciers", "glaciers nowhere"])
async def test_filters_are_kept_and_counted(text: str) -> None:
    ice, old = ("Ice",), NOW - timedelta(days=30)
    index = await filled(
        *(article(f"Glaciers {number}", topics=ice) for number in range(12)),
        *(article(f"Glaciers now {number}") for number in range(20)),
        article("Glaciers then", topics=ice, published_at=old),
    )
    filters = Filters(topic="ice", after=NOW - timedelta(days=7))
    hits = await asked(index, text, filters=filters, limit=5, offset=10)
    assert hits.total == 12
    assert len(hits.found) == 2
    assert all(hit.article.topics == ice for hit in hits.found)


async def test_too_few_that_pass_the_filters_are_joined_by_those_with_some_of_the_words() -> None:
    index = await filled(
        *(article(f"Glaciers melt {number}") for number in range(12)),
        article("Snowfields melt"),
        article("Glaciers grow", topics=("Ice",)),
    )
    assert await titles(index, "glaciers melt", filters=Filters(topic="ice")) == ["Glaciers grow"]


@pytest.mark.parametrize("text", ["", "glacier", "glaicer", "stations report", "glacier nowhere"])
@settings(max_examples=25, deadline=None)
@given(size=st.integers(min_value=1, max_value=120))
async def test_the_total_is_the_same_for_every_page_size_and_pages_join_without_gap_or_repeat(
    archive: SearchIndex, text: str, size: int
) -> None:
    everything, total = await ids(archive, text, limit=1_000, offset=0)
    assert total == len(everything) == len(set(everything))
    assert total > 100
    joined: list[ArticleId] = []
    for offset in range(0, total + size, size):
        page, counted = await ids(archive, text, limit=size, offset=offset)
        assert counted == total
        joined += page
    assert joined == everything


ANY_TEXT = st.text(st.characters(), max_size=300)  # lone surrogates too


@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT)
@example(text='title:glaciers AND (melt OR -fast) ^2 ~1 "x [a TO b] /.*/ * ? \\')
@example(text="glaciers\x00melt")
@example(text="\ud800glaciers \udfff")
@example(text="glaciers " * 700)
@example(text="a" * 6_000)
@example(text="a-" * 3_000)
@example(text="Ⅷ ﬁ İ ẞ \u0301\u0301\u0301 ㍿")
async def test_any_text_is_answered(newspaper: SearchIndex, text: str) -> None:
    hits = await asked(newspaper, text, limit=5)
    assert len(hits.found) == min(5, hits.total)
    assert len(await nearest(newspaper, text, limit=3)) <= 3


@settings(max_examples=100, deadline=None)
@given(title=ANY_TEXT)
@example(title="\ud800 \x00 a-b.c")
async def test_any_title_is_found_by_itself(title: str) -> None:
    made = replace(article("seen"), title=title, excerpt=title, topics=(title,))
    index = await filled(made)
    query = Query(words=runs_of(title)[:MOST_WORDS])  # parsed, -0 would be what is unwanted
    hits = await index.search(query, limit=5, offset=0, now=NOW)
    assert [hit.article.title for hit in hits.found] == [title]


@settings(max_examples=40, deadline=None)
@given(drafts=st.sets(st.sampled_from(TITLES)), late=st.sets(st.sampled_from(TITLES)))
async def test_drafts_are_never_found(drafts: set[str], late: set[str]) -> None:
    first = [article(title, draft=title in drafts) for title in TITLES]
    index = await filled(*first)
    changed = tuple(replace(one, draft=True) for one in first if one.title in late)
    await index.update(*changed)
    hidden = drafts | late
    assert set(await titles(index, "")) == set(TITLES) - hidden
    for title in hidden:
        assert title not in await titles(index, title)
        assert title not in await nearest(index, title, limit=50)


async def test_a_draft_that_is_published_is_found() -> None:
    index = await filled(article("Glaciers", draft=True))
    await index.update(article("Glaciers"))
    assert await titles(index, "glaciers") == ["Glaciers"]


async def test_a_changed_article_is_found_by_its_new_words_alone() -> None:
    old = article("Glaciers")
    index = await filled(old)
    await index.update(replace(old, title="Volcano"))
    assert await titles(index, "glaciers") == []
    assert await titles(index, "volcano") == ["Volcano"]


async def test_a_withdrawn_article_leaves() -> None:
    gone = article("Glaciers")
    index = await filled(gone, article("Volcano"))
    await index.update(gone=[gone, article("Never heard of")])
    assert await titles(index, "glaciers") == []
    assert await titles(index, "") == ["Volcano"]


async def test_an_article_that_is_added_twice_is_found_once() -> None:
    index = await filled(article("Glaciers"))
    await index.update(article("Glaciers"))
    assert await titles(index, "glaciers") == ["Glaciers"]


async def test_searches_during_an_update_see_all_of_it_or_nothing() -> None:
    old = tuple(
        article(f"Old glacier {number}", id=ArticleId(str(number))) for number in range(300)
    )
    new = tuple(replace(one, title=one.title.replace("Old", "New")) for one in old)
    index = await filled(*old)
    updates = asyncio.gather(
        index.update(*new),
        index.update(*(article(f"New glacier {number}") for number in range(300, 400))),
    )
    seen = set()
    while not updates.done():
        found = await titles_of_all(index)
        seen |= {(sum(title[:3] == "Old" for title in found), len(found))}
    await updates
    assert seen <= {(300, 300), (0, 300), (300, 400), (0, 400)}
    assert len(await titles_of_all(index)) == 400


async def titles_of_all(index: SearchIndex) -> list[str]:
    hits = await asked(index, "glacier", limit=500)
    assert len(hits.found) == hits.total
    return [hit.article.title for hit in hits.found]


async def test_searches_at_the_same_time_do_not_disturb_each_other(archive: SearchIndex) -> None:
    texts = ["glacier report 17", "glaxier", "stations 3", "", "report"] * 20
    alone = [await ids(archive, text, limit=20, offset=0) for text in texts]
    together = await asyncio.gather(*(ids(archive, text, limit=20, offset=0) for text in texts))
    assert list(together) == alone


async def test_the_nearest_titles_come_where_nothing_is_found(newspaper: SearchIndex) -> None:
    text = "kubrnts ntwrkng"
    assert await ids(newspaper, text, limit=5, offset=0) == ([], 0)
    assert (await nearest(newspaper, text, limit=3))[0] == "Kubernetes networking explained"


@pytest.mark.parametrize("text", ["", "?!", "ЖЖЖ"])
async def test_nothing_is_near_to_what_shares_no_sign(text: str) -> None:
    index = await filled(article("Glaciers"), article("…"))
    assert await nearest(index, text, limit=5) == []


async def opened(folder: Path, catalogue: Catalogue, *, anew: bool) -> Indexed:
    index = Indexed(folder)
    index.catalogue = catalogue
    await index.open(catalogue, anew=anew)
    return index


async def test_an_index_in_a_folder_is_taken_up_by_the_next_run(tmp_path: Path) -> None:
    before = await opened(tmp_path / "deep" / "index", Catalogue(), anew=True)
    assert await before.examine() == ""
    await before.update(article("Glaciers"), article("Volcano"))
    await before.commit(before.catalogue, Changes(), generation="7")
    after = SearchIndex(tmp_path / "deep" / "index")
    assert await after.examine() == "7"
    await after.open(before.catalogue, anew=False)
    assert await titles(after, "glaicers") == ["Glaciers"]
    assert len(await titles(after, "")) == 2


async def test_an_index_that_is_taken_up_goes_on(tmp_path: Path) -> None:
    before = await opened(tmp_path, Catalogue(), anew=True)
    old = article("Glaciers")
    await before.update(old, article("Volcano"))
    index = await opened(tmp_path, before.catalogue, anew=False)
    await index.update(replace(old, title="Meadow"), article("Harbour"))
    assert await titles(index, "glaciers") == []
    assert set(await titles(index, "")) == {"Meadow", "Harbour", "Volcano"}
    assert await titles(index, "meadow") == ["Meadow"]


async def test_an_index_that_begins_anew_forgets(tmp_path: Path) -> None:
    await (await opened(tmp_path, Catalogue(), anew=True)).update(article("Glaciers"))
    index = await opened(tmp_path, Catalogue(), anew=True)
    assert await titles(index, "glaciers") == []
    await index.update(article("Volcano"))
    assert await titles(index, "") == ["Volcano"]


async def test_what_a_crash_left_staged_breaks_the_seal(tmp_path: Path) -> None:
    index = await opened(tmp_path, Catalogue(), anew=True)
    await index.update(article("Glaciers"))
    await index.commit(index.catalogue, Changes(), generation="7")
    await index.stage([article("Volcano")], gone=())
    assert await SearchIndex(tmp_path).examine() == ""


def sealed(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix != ".lock")


async def test_a_file_that_is_damaged_in_any_way_breaks_the_seal(tmp_path: Path) -> None:
    index = await opened(tmp_path, Catalogue(), anew=True)
    await index.update(*(article(f"Glacier {number}") for number in range(30)))
    await index.commit(index.catalogue, Changes(), generation="7")
    assert len(sealed(tmp_path)) > 5
    for file in sealed(tmp_path):
        whole = file.read_bytes()
        for damaged in (b"", whole[:-1], bytes([whole[0] ^ 1]) + whole[1:], whole + b"x"):
            file.write_bytes(damaged)
            assert await SearchIndex(tmp_path).examine() == "", file
        file.unlink()
        assert await SearchIndex(tmp_path).examine() == "", file
        file.write_bytes(whole)
    assert await SearchIndex(tmp_path).examine() == "7"
    (tmp_path / "more").write_bytes(b"x")
    assert await SearchIndex(tmp_path).examine() == ""


async def test_an_index_that_cannot_be_sealed_finds_what_it_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = await opened(tmp_path, Catalogue(), anew=True)
    (tmp_path / "seal.json.new").mkdir()  # as little can be written there as to a full disk
    made = article("Glaciers")
    source = Source(path=made.path, headline=made.headline)
    index.catalogue, changes = revised(index.catalogue, [source])
    await index.stage([made], gone=())
    await index.commit(index.catalogue, changes, generation="7")
    assert "index not sealed" in caplog.text
    assert await titles(index, "glaciers") == ["Glaciers"]
    (tmp_path / "seal.json.new").rmdir()
    await index.commit(index.catalogue, Changes(), generation="7")
    assert await SearchIndex(tmp_path).examine() == "7"


async def test_where_no_folder_can_be_made_the_index_is_of_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    index = await opened(tmp_path / "file" / "index", Catalogue(), anew=True)
    assert "index not kept" in caplog.text
    await index.update(article("Glaciers"))
    assert await titles(index, "glaciers") == ["Glaciers"]
