"""Finding: pages of hits, what comes closest where there is none, and what a choice stands for."""

from __future__ import annotations

import pytest

from bot.adapters.catalogue.cache import ArticleCache
from bot.core.query import Filters, Query, Since
from bot.services.find import CHOICES, Finder, Finding, suggestion_value
from bot.services.ingest import Library
from tests.core.samples import NOW, article
from tests.services.fakes import FakeContent, FakeIndex, Time
from tests.services.house import told

ARTICLES = [told(f"whale {number:02}") for number in range(30)]
DRAFT = told("whale of a draft", draft=True)


@pytest.fixture
def index() -> FakeIndex:
    """Return an index that knows nothing yet."""
    return FakeIndex()


@pytest.fixture
async def finder(index: FakeIndex) -> Finder:
    """Return a finder over thirty articles and a draft."""
    content = FakeContent([*ARTICLES, DRAFT, article("zoo robots", topics=("Robots",))])
    library = Library(content, ArticleCache(None, fingerprint=""), index)
    await library.refresh()
    return Finder(library, index, clock=Time(NOW))


async def test_a_search_answers_a_page_and_how_many_there_are(finder: Finder) -> None:
    found = await finder.search(Query(text="whale"), limit=5, offset=10)
    assert [hit.article for hit in found.hits] == ARTICLES[10:15]
    assert (found.total, found.nearest) == (30, ())


async def test_a_page_beyond_the_last_is_empty_and_knows_the_total(finder: Finder) -> None:
    found = await finder.search(Query(text="whale"), limit=5, offset=50)
    assert (list(found.hits), found.total, found.nearest) == ([], 30, ())


async def test_a_search_for_nothing_there_is_answers_what_comes_closest(finder: Finder) -> None:
    found = await finder.search(Query(text="zebra"), limit=5)
    assert (found.hits, found.total) == ((), 0)
    assert found.nearest == ARTICLES[:3]


async def test_a_search_is_asked_with_the_present_time(finder: Finder, index: FakeIndex) -> None:
    query = Query(text="whale", filters=Filters(since=Since.DAY))
    await finder.search(query, limit=2, offset=1)
    assert index.asked == [(query, 2, 1, NOW)]


async def test_suggestions_are_as_many_as_discord_shows(finder: Finder, index: FakeIndex) -> None:
    filters = Filters(topic="ai")
    assert await finder.suggest("whale", filters) == ARTICLES[:CHOICES]
    assert index.asked == [(Query(text="whale", filters=filters), 25, 0, NOW)]


async def test_the_latest_are_those_of_a_topic_or_of_all(finder: Finder) -> None:
    found = await finder.latest("robots", limit=5)
    assert ([hit.article.path for hit in found.hits], found.total) == (["zoo robots.md"], 1)
    assert (await finder.latest(None, limit=5, offset=29)).total == 31


async def test_a_chosen_suggestion_opens_its_article(finder: Finder) -> None:
    value = suggestion_value(ARTICLES[7])
    assert await finder.opened(value) == Finding(article=ARTICLES[7])
    assert len(value) <= 100


async def test_nothing_opens_for_typed_text_an_unknown_id_or_a_draft(finder: Finder) -> None:
    assert await finder.opened(ARTICLES[7].id) is None
    assert await finder.opened("#nothing") is None
    assert await finder.opened(suggestion_value(DRAFT)) is None
