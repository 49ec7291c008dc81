"""What the index understands of a query beyond its plain words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random  # noqa: TID251 (seeded below)
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.article import ArticleId, Provider, Related
from bot.core.catalogue import Changes
from bot.core.query import Filters, Query
from bot.core.words import runs_of
from tests.adapters.test_index import NOW, Indexed, article, filled

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.core.query import Hits

RELATED = Related(title="Elsewhere", url="https://example.org/elsewhere")


async def asked(
    index: Indexed, text: str = "", *, among: Collection[ArticleId] | None = None, **more: object
) -> Hits:
    query = replace(Query(words=runs_of(text)), **more)  # type: ignore[arg-type]
    return await index.search(query, limit=50, offset=0, now=NOW, among=among)


async def titles(index: Indexed, text: str = "", **more: object) -> list[str]:
    return [hit.article.title for hit in (await asked(index, text, **more)).found]  # type: ignore[arg-type]


# what one word may be


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("mouse", "Of mice and men"),
        ("mice", "A mouse in the house"),
        ("went", "Where they go"),
        ("buy", "What we bought"),
        ("woman", "Women in space"),
        ("colour", "The color of money"),
        ("organize", "How to organise a strike"),
        ("travelled", "Traveling light"),
        ("analyse", "They analyze it"),
        ("center", "The shopping centre"),
        ("aluminum", "Aluminium prices"),
        ("bus", "New buses"),
        ("ponies", "A pony"),
        ("face book", "Facebook again"),
        ("facebook", "A face book"),
        ("data base", "Database design"),
        ("covid19", "Covid-19 again"),
        ("gpt4", "GPT-4 is out"),
        ("gpt 4", "GPT-4 is out"),
        ("gpt-4", "GPT 4 is out"),
        ("dotnet", ".NET 9"),
        ("net", ".NET 9"),
        (".net", ".NET 9"),
        ("cpp", "C++ modules"),
        ("5g", "5G masts"),
        ("kubernetse", "Kubernetes"),
        ("xubernetes", "Kubernetes"),
        ("kubernte", "Kubernetes"),
        ("quantumcomp", "Quantum computers"),
        ("الكتب", "معرض الكتب الدولي"),
        ("ספרים", "יריד ספרים"),
        ("ภาษาไทย", "เรียนภาษาไทยง่าย"),
        ("図書館", "東京の図書館"),
        ("図書間", "東京の図書館"),
        ("东京奥运会", "东京奥运会开幕"),
        ("🦀", "🦀 Rust"),
        ("naïve", "A naive plan"),
    ],
)
async def test_a_word_is_understood_in_another_form(text: str, title: str) -> None:
    index = await filled(article(title), article("Something else"), article("Nothing of it"))
    assert (await titles(index, text))[:1] == [title]


async def test_a_version_is_one_word() -> None:
    index = await filled(
        article("Rust 1.7 released", quality=1),
        article("Rust 1.70.0 released", quality=2),
        article("Rust 70, 1 of many", quality=99),
    )
    assert (await titles(index, "rust 1.70"))[0] == "Rust 1.70.0 released"
    assert (await titles(index, "rust 1.7"))[0] == "Rust 1.7 released"


async def test_the_end_of_a_version_is_not_its_beginning() -> None:
    index = await filled(article("Node 20.18.3", quality=99), article("Node 18.3.0"))
    assert (await titles(index, "node 18.3"))[0] == "Node 18.3.0"


async def test_signs_must_stand_together() -> None:
    index = await filled(article("京東商城", quality=99), article("東京"))
    assert await titles(index, "東京") == ["東京"]
    assert set(await titles(index, "京")) == {"東京", "京東商城"}


async def test_what_is_half_right_needs_no_forgiveness_for_the_rest() -> None:
    index = await filled(article("Trump and tramps"), article("Triumphs"))
    assert await titles(index, "tramp") == ["Trump and tramps"]


async def test_a_word_that_is_known_is_forgiven_where_nothing_holds_all() -> None:
    index = await filled(article("From Paris with love"), article("Form follows function"))
    assert (await titles(index, "form paris"))[0] == "From Paris with love"


async def test_new_words_are_learnt_with_each_change() -> None:
    index = await filled(article("Glaciers"))
    assert await titles(index, "volcano") == []
    await index.update(article("Volcanoes erupt"))
    assert await titles(index, "volcanos") == ["Volcanoes erupt"]
    assert await titles(index, "vulcanoes") == ["Volcanoes erupt"]


async def test_what_is_learnt_beforehand_is_what_the_first_search_knows() -> None:
    index = await filled(article("Glaciers"))
    await index.warm()
    assert await titles(index, "glaicers") == ["Glaciers"]


# operators


async def test_a_phrase_is_met_word_by_word() -> None:
    index = await filled(
        article("New York opens a park"),
        article("York has a new park"),
        article("Parks", excerpt="The best in New York."),
    )
    found = await titles(index, phrases=(("new", "york"),))
    assert found == ["New York opens a park", "Parks"]
    assert await titles(index, "park", phrases=(("new", "york"),)) == found
    assert await titles(index, "park", phrases=(("york", "new"),)) == []
    assert await titles(index, phrases=(("parks",),)) == ["Parks"]


async def test_a_phrase_may_hold_compounds_and_signs() -> None:
    index = await filled(article("The covid-19 test"), article("新しい図書館"))
    assert await titles(index, phrases=(("covid-19", "test"),)) == ["The covid-19 test"]
    assert await titles(index, phrases=(("図書館",),)) == ["新しい図書館"]


async def test_what_is_left_out_is_nowhere() -> None:
    index = await filled(
        article("Glaciers melt"),
        article("Glaciers grow"),
        article("Glaciers", excerpt="They melt."),
        article("Glaciers of the covid-19 year"),
    )
    assert set(await titles(index, "glaciers", without=("melt", "covid-19"))) == {"Glaciers grow"}
    assert set(await titles(index, without=("glaciers",))) == set()
    assert len(await titles(index, without=("melt",))) == 2
    unwanted = (("they", "melt"), ("covid-19",))
    found = await titles(index, "glaciers", without_phrases=unwanted)
    assert set(found) == {"Glaciers melt", "Glaciers grow"}


async def test_topic_and_provider_are_compared_whole_and_folded() -> None:
    provider = Provider(name="Ars Técnica", domain="ars.example")
    index = await filled(
        article("Glaciers", topics=("Énergie verte", "AI"), provider=provider),
        article("Glaciers too", topics=("Energie",), provider=Provider(name="Ars")),
    )
    for filters in (
        Filters(topic="energie  VERTE"),
        Filters(topic="ai"),
        Filters(provider="ars tecnica"),
        Filters(provider="ARS.example"),
    ):
        assert await titles(index, "glaciers", filters=filters) == ["Glaciers"]
    assert await titles(index, filters=Filters(topic="verte")) == []
    assert await titles(index, filters=Filters(topic="\ud800")) == []


async def test_dates_bound_what_is_found() -> None:
    index = await filled(
        article("Old", published_at=NOW - timedelta(days=9)),
        article("New", published_at=NOW - timedelta(days=1)),
        article("Undated", published_at=None),
    )
    week = NOW - timedelta(days=7)
    assert await titles(index, filters=Filters(after=week)) == ["New"]
    assert await titles(index, filters=Filters(before=week)) == ["Old"]
    assert await titles(index, filters=Filters(before=NOW, after=week)) == ["New"]
    at = NOW - timedelta(days=9)
    assert await titles(index, filters=Filters(after=at, before=week)) == ["Old"]
    assert await titles(index, filters=Filters(before=at)) == []


async def test_what_is_of_the_future_is_found_only_then() -> None:
    index = await filled(
        article("Glaciers now", published_at=NOW),
        article("Glaciers soon", published_at=NOW + timedelta(seconds=1)),
    )
    for text in ("glaciers", ""):
        assert await titles(index, text) == ["Glaciers now"]
        found = await index.search(
            Query(words=runs_of(text)), limit=5, offset=0, now=NOW + timedelta(seconds=1)
        )
        assert found.total == 2
    query = Query(words=("glacirs", "son"))
    near = await index.nearest(query, limit=5, now=NOW)
    assert [one.title for one in near] == ["Glaciers now"]


async def test_related_links_can_be_asked_for() -> None:
    index = await filled(article("Glaciers", related=(RELATED,)), article("Glaciers alone"))
    assert await titles(index, "glaciers", filters=Filters(related=True)) == ["Glaciers"]


async def test_a_search_may_be_among_some_articles() -> None:
    some = [article("Glaciers 1"), article("Glaciers 2"), article("Glaciers 3")]
    index = await filled(*some)
    wanted = {some[0].id, some[2].id}
    assert set(await titles(index, "glaciers", among=wanted)) == {"Glaciers 1", "Glaciers 3"}
    assert await titles(index, among=()) == []
    assert len(await titles(index, among=wanted)) == 2


# what is told of the hits


async def test_it_is_told_which_hits_hold_every_word() -> None:
    index = await filled(
        article("Glaciers melt"), article("Glaciers grow", quality=99), article("We melt snow")
    )
    hits = await asked(index, "glaciers melt")
    assert hits.whole
    assert {hit.article.title: hit.whole for hit in hits.found} == {
        "Glaciers melt": True,
        "Glaciers grow": False,
        "We melt snow": False,
    }
    assert hits.found[0].whole
    some = await asked(index, "glaciers zzzz")
    assert not some.whole
    assert [hit.whole for hit in some.found] == [False, False]


async def test_what_holds_every_word_somewhere_leads_before_a_title_with_some() -> None:
    index = await filled(
        article("Museum of Reykjavik", quality=99),
        article("Art", excerpt="The museum on Björk."),
    )
    assert await titles(index, "bjork museum") == ["Art", "Museum of Reykjavik"]


async def test_it_is_told_how_the_articles_spell_the_words() -> None:
    index = await filled(article("Kubernetes networking"), article("Quantum computers"))
    assert (await asked(index, "kuberntes netwrking")).meant == ("kubernetes", "networking")
    assert (await asked(index, "kubernetes net")).meant == ()
    assert (await asked(index, "zzzz kuberntes")).meant == ("zzzz", "kubernetes")
    assert (await asked(index, "zzzz qqqq")).meant == ()


@pytest.mark.parametrize("text", ["1.70", "gpt-4", "node.js"])
async def test_a_compound_that_an_article_holds_is_not_spelt_anew(text: str) -> None:
    index = await filled(article(f"What is new in {text}"), article("Something else"))
    assert (await asked(index, text)).meant == ()


@pytest.mark.parametrize("text", ["trump", "cat", "mars", "zzebra", "facebook"])
async def test_what_is_strict_is_met_by_no_other_word(text: str) -> None:
    index = await filled(article("The tramp's catalogue of marsh zebras, and of face books"))
    assert await titles(index, text) != []
    assert await titles(index, text, strict=True) == []


@pytest.mark.parametrize("text", ["otter", "HARBOR", "cafe", "covid 19", "after the otters"])
async def test_what_is_strict_is_met_however_it_is_written(text: str) -> None:
    title = "Otters of the harbour café after Covid-19"
    index = await filled(article(title))
    assert await titles(index, text, strict=True) == [title]


async def test_marks_are_the_words_that_answer() -> None:
    index = await filled(article("Glaciers melt"), article("The glacier melted"))
    marks = (await asked(index, "glacier the melt")).marks
    assert {"glacier", "glaciers", "melt", "melted"} <= marks.words
    assert "the" not in marks.words
    assert (await asked(index, "me")).marks.beginning == "me"


@pytest.mark.parametrize(("text", "near"), [("ab zq", []), ("京都", ["東京"])])
async def test_a_word_of_two_letters_is_near_to_words_as_short_alone(
    text: str, near: list[str]
) -> None:
    index = await filled(article("Abacus"), article("東京"))
    found = await index.nearest(Query(words=runs_of(text)), limit=3, now=NOW)
    assert [one.title for one in found] == near


async def test_the_spelling_that_is_nearest_comes_first_where_nothing_is_found() -> None:
    index = await filled(article("Kubernetes networking"), article("Cube"), article("Volcano"))
    query = Query(words=("kubrnts",), phrases=(("ntwrkng",),), filters=Filters(topic="none"))
    near = await index.nearest(query, limit=1, now=NOW)
    assert [one.title for one in near] == ["Kubernetes networking"]


async def test_of_many_equal_ones_the_best_are_on_the_first_page() -> None:
    crowd = [article(f"Glaciers {number:03}", quality=number % 100) for number in range(400)]
    index = await filled(*crowd)
    found = [hit.article.quality for hit in (await asked(index, "glaciers")).found]
    assert found[:4] == [99, 99, 99, 99]
    assert found == sorted(found, reverse=True)


async def test_of_very_many_the_best_are_found_whatever_stands_beside_them() -> None:
    in_titles = [article(f"Glaciers {number:04}", quality=number % 90) for number in range(1_500)]
    elsewhere = [
        article(f"Ice {number:04}", excerpt="glaciers", quality=99) for number in range(1_500)
    ]
    for crowd in (in_titles, [*in_titles, *elsewhere]):
        index = await filled(*crowd)
        hits = await asked(index, "glaciers")
        assert hits.total == len(crowd)
        assert [hit.article.quality for hit in hits.found[:17]] == [89] * 16 + [88]
        assert len({hit.article.id for hit in hits.found}) == 50
        some = await asked(index, "glaciers zzzz")
        assert (some.total, some.found[0].article.quality) == (1_500, 89)


SYLLABLES = [f"{a}{b}{c}" for a in "bdfglmnprst" for b in "aeiou" for c in "lnrst"]


@pytest.fixture(scope="module")
def thousand() -> Indexed:
    rng = Random("thousand")  # noqa: S311 (the same at every run)
    words = ["".join(rng.sample(SYLLABLES, 3)) for _ in range(1_500)]
    made = [article(" ".join(rng.sample(words, rng.randint(4, 9)))) for _ in range(1_000)]
    return asyncio.run(filled(*made))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
async def test_one_more_word_of_its_title_never_loses_an_article(
    thousand: Indexed, data: st.DataObject
) -> None:
    wanted = data.draw(st.sampled_from(sorted(thousand.catalogue.articles)))
    title = thousand.catalogue.articles[wanted].title
    words = data.draw(st.permutations(title.split()))
    asking = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
    answers = [(await asked(thousand, text)).found for text in asking]
    seen = [wanted in [hit.article.id for hit in found[:10]] for found in answers]
    assert seen == sorted(seen)  # once it is among them it stays
    assert all(seen[1:])  # one word may be in more than ten titles, two are not
    assert answers[-1][0].article.id == wanted


WORDS = ("kubernetes", "kubernetse", "quantum", "quantums", "glacier", "glaciers", "from", "form")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
async def test_what_is_gone_leaves_no_trace_in_any_answer(data: st.DataObject) -> None:
    made = st.builds(" ".join, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    kept = [article(f"{data.draw(made)} {n}", id=ArticleId(f"k{n}")) for n in range(4)]
    gone = [article(f"{data.draw(made)} {n}", id=ArticleId(f"z{n}")) for n in range(4)]
    changed = [replace(one, title=data.draw(made), excerpt=data.draw(made)) for one in kept[:2]]
    worn = await filled(*changed, *gone)
    await titles(worn, "kubernetes")  # now the words of those that go are learnt
    await worn.update(*kept, gone=gone)
    fresh = await filled(*kept)
    for text in (*WORDS, "kubernets", "qantum form", "glaciers kube", "kubernetes zzzz"):
        assert await asked(worn, text) == await asked(fresh, text)


async def test_many_changes_do_not_pile_up_words() -> None:
    index = await filled(article("Glaciers", id=ArticleId("k1")))
    await index.warm()
    for batch in range(3):
        text = " ".join(f"word{batch}x{number}" for number in range(6_000))
        await index.update(article("Glaciers", id=ArticleId("k1"), excerpt=text))
        assert await titles(index, f"word{batch}x1") == ["Glaciers"]
    assert len(index._state.lexicon.words._vocabulary) < 13_000  # type: ignore[attr-defined]  # noqa: SLF001


async def test_a_commit_without_news_keeps_what_was_learnt() -> None:
    index = await filled(article("Glaciers"))
    await index.warm()
    learnt = index._state.lexicon  # noqa: SLF001 (nothing else shows it)
    await index.commit(index.catalogue, Changes(), generation="")
    assert index._state.lexicon is learnt  # noqa: SLF001
    assert await titles(index, "glaciers") == ["Glaciers"]
