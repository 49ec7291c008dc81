"""Finding: pages of hits, what hindered them, what comes closest, and what leads on from one."""

from __future__ import annotations

from datetime import timedelta
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

import pytest

from bot.adapters.catalogue.cache import ArticleCache
from bot.core.article import Provider
from bot.core.query import Filters, Query
from bot.services.find import CHOICES, RELATED, Finder, Finding, suggestion_value
from bot.services.ingest import Library
from tests.core.samples import DAY, NOW, article, related
from tests.services.fakes import FakeContent, FakeIndex, Time
from tests.services.house import told
from tests.services.searching import FakeSearchBook

if TYPE_CHECKING:
    from datetime import datetime

GUILD = 10
WHALES = [told(f"whale {number:02}") for number in range(30)]
DRAFT = told("whale of a draft", draft=True)
FUTURE = article("whale of tomorrow", title="whale of tomorrow", published_at=NOW + DAY)
ROBOTS = article(
    "robots",
    title="zoo robots",
    topics=("Robots",),
    provider=Provider(name="Harbour Review", domain="www.harbour.example"),
    published_at=NOW - 100 * DAY,
)
NOBODY = article("nobody", title="zoo by nobody", provider=None, topics=("robots",))
NAMELESS = article("nameless", title="nameless", provider=Provider(name="Nameless"))


@pytest.fixture
def index() -> FakeIndex:
    """Return an index that knows nothing yet."""
    return FakeIndex()


@pytest.fixture
def book() -> FakeSearchBook:
    """Return a book in which nothing stands."""
    return FakeSearchBook()


@pytest.fixture
def content() -> FakeContent:
    """Return thirty articles of one kind, some of others, and what must not be found."""
    return FakeContent([*WHALES, DRAFT, FUTURE, ROBOTS, NOBODY, NAMELESS])


@pytest.fixture
async def library(content: FakeContent, index: FakeIndex) -> Library:
    """Return the library of that content."""
    library = Library(content, ArticleCache(None, fingerprint=""), index)
    await library.refresh()
    return library


@pytest.fixture
def finder(library: Library, index: FakeIndex, book: FakeSearchBook) -> Finder:
    """Return a finder over that library."""
    return Finder(library, index, book, clock=Time(NOW))


async def test_a_search_answers_a_page_and_how_many_there_are(finder: Finder) -> None:
    found = await finder.search("whale", limit=5, offset=10)
    assert [hit.article for hit in found.hits] == WHALES[10:15]
    assert [hit.score for hit in found.hits] == [0.5] * 5
    assert (found.total, found.whole, found.nearest) == (30, True, ())
    assert found.marks.words == {"whale"}
    assert (found.meant, found.filters, found.hindered) == (None, (), ())


async def test_a_page_beyond_the_last_is_empty_and_knows_the_total(finder: Finder) -> None:
    found = await finder.search("whale", limit=5, offset=50)
    assert (list(found.hits), found.total, found.nearest) == ([], 30, ())


async def test_that_not_all_words_are_met_is_passed_on(finder: Finder) -> None:
    assert not (await finder.search('"whale" zoo', limit=5)).whole


async def test_a_search_for_nothing_there_is_answers_what_comes_closest(
    finder: Finder, book: FakeSearchBook
) -> None:
    found = await finder.search("zebra", limit=5)
    assert (found.hits, found.total, found.hindered) == ((), 0, ())
    assert len(found.nearest) == 3
    assert book.missed == []


async def test_a_search_is_asked_with_the_present_time(finder: Finder, index: FakeIndex) -> None:
    await finder.search("whale after:day", limit=2, offset=1)
    query = Query(words=("whale",), filters=Filters(after=NOW - DAY))
    assert index.asked == [(query, 2, 1, NOW)]
    assert index.among == [None]


# names


@pytest.mark.parametrize("text", ["topic:Robots", "topic:robos", "topic:rob", "provider:harbour"])
async def test_names_are_understood_however_they_are_typed(finder: Finder, text: str) -> None:
    found = await finder.search(f"zoo {text}", limit=5)
    assert ROBOTS in [hit.article for hit in found.hits]
    assert found.filters in (("topic Robots",), ("provider Harbour Review",))


async def test_a_provider_is_found_by_its_domain(finder: Finder) -> None:
    for text in ("site:harbour.example", "site:https://www.harbour.example/a"):
        found = await finder.search(text, limit=5)
        assert [hit.article for hit in found.hits] == [ROBOTS]
        assert found.filters == ("provider www.harbour.example",)


async def test_an_unknown_name_finds_nothing_and_is_told(
    finder: Finder, book: FakeSearchBook
) -> None:
    found = await finder.search("whale topic:gardening", limit=5, guild_id=GUILD)
    assert (found.total, found.hindered) == (0, ("topic gardening",))
    assert found.filters == ("topic gardening",)
    assert found.nearest
    assert book.missed == []
    assert await finder.suggest("whale topic:gardening") == []
    found = await finder.search("zebra provider:gardening topic:robots", limit=5, guild_id=GUILD)
    assert found.hindered == ("provider gardening",)
    await finder.search("zebra provider:gardening", limit=5, guild_id=GUILD, again=True)
    assert book.missed == [("zebra", NOW)]


# what hinders


async def test_the_filters_that_hinder_are_named(finder: Finder, book: FakeSearchBook) -> None:
    found = await finder.search("whale topic:robots after:2024", limit=5, guild_id=GUILD)
    assert (found.total, found.hindered) == (0, ("topic Robots",))
    text = "whale topic:robots provider:harbour"
    assert (await finder.search(text, limit=5)).hindered == (
        "topic Robots",
        "provider Harbour Review",
    )
    assert book.missed == []


async def test_an_unknown_name_and_another_that_hinders_are_both_named(finder: Finder) -> None:
    found = await finder.search("whale topic:gardening provider:harbour", limit=5)
    assert found.hindered == ("topic gardening", "provider Harbour Review")


async def test_a_filter_that_hinders_nothing_is_not_named(finder: Finder, index: FakeIndex) -> None:
    assert (await finder.search("zebra topic:robots", limit=5)).hindered == ()
    assert len(index.asked) == 3  # with it, without it, and for the nearest
    assert (await finder.search("zebra topic:robots is:related", limit=5)).hindered == ()


async def test_what_is_posted_is_that_of_the_server(
    finder: Finder, book: FakeSearchBook, index: FakeIndex
) -> None:
    book.posted[GUILD] = {WHALES[3].id}
    found = await finder.search("whale is:posted", limit=5, guild_id=GUILD)
    assert [hit.article for hit in found.hits] == [WHALES[3]]
    assert await finder.suggest("is:posted", guild_id=GUILD) == [WHALES[3].headline]
    assert index.among == [{WHALES[3].id}] * 2
    hidden = await finder.search("is:posted", limit=5, guild_id=GUILD, sees=lambda _: False)
    assert (hidden.total, hidden.hindered) == (0, ("posted here",))
    found = await finder.search("whale is:posted", limit=5)
    assert (found.total, found.hindered) == (0, ("posted here",))


# other spellings, and misses


async def test_the_spelling_that_is_meant_is_a_text_to_ask_instead(
    finder: Finder, index: FakeIndex
) -> None:
    index.spellings = {"whael": "whale"}
    found = await finder.search('whael topic:"robots" -zoo', limit=5)
    assert (found.total, found.meant) == (0, 'whale topic:"robots" -zoo')
    found = await finder.search("whael", limit=5)
    assert (found.total, found.meant) == (30, "whale")
    assert (await finder.search("whael topic:gardening", limit=5)).meant == "whale topic:gardening"


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("two  zebras", ["two zebras"]),
        ("zebras after:2024 topic:robots", ["zebras"]),
        ('whale "zebra', ['whale "zebra']),
        ("whale topic:robots", []),
        ("is:related", []),
        ("-whale is:related", []),
        ("whale", []),
    ],
)
async def test_what_finds_nothing_is_counted_by_its_words(
    finder: Finder, book: FakeSearchBook, text: str, missed: list[str]
) -> None:
    await finder.search(text, limit=5, guild_id=GUILD)
    await finder.suggest(text, guild_id=GUILD)
    assert book.missed == [(each, NOW) for each in missed]


async def test_a_phrase_that_is_nowhere_is_counted_too(
    content: FakeContent, index: FakeIndex, book: FakeSearchBook
) -> None:
    content.articles = []
    library = Library(content, ArticleCache(None, fingerprint=""), index)
    await Finder(library, index, book, clock=Time(NOW)).search(
        '"lost words"', limit=5, guild_id=GUILD
    )
    assert book.missed == [('"lost words"', NOW)]


# suggestions


async def test_suggestions_are_as_many_as_discord_shows(finder: Finder, index: FakeIndex) -> None:
    found = await finder.suggest("whale topic:ai")
    assert found == [whale.headline for whale in WHALES[:CHOICES]]
    query = Query(words=("whale",), filters=Filters(topic="AI"))
    assert index.asked == [(query, 25, 0, NOW)]


async def test_the_latest_are_those_of_a_topic_or_of_all(finder: Finder) -> None:
    found = await finder.latest("Robots", limit=5)
    assert {hit.article.path for hit in found.hits} == {"nobody.md", "robots.md"}
    assert found.total == 2
    assert (await finder.latest(None, limit=5, offset=29)).total == 33


async def test_a_chosen_suggestion_opens_its_article(finder: Finder) -> None:
    value = suggestion_value(WHALES[7])
    assert await finder.opened(value) == Finding(article=WHALES[7])
    assert len(value) <= 100


async def test_who_else_tells_a_story_is_looked_for_when_asked(finder: Finder) -> None:
    found = await finder.opened(suggestion_value(WHALES[7]))
    assert found is not None
    assert found.also == ()
    told_by = await finder.told(found)
    assert (told_by.article, list(told_by.also)) == (WHALES[7], [])


async def test_a_pasted_address_opens_its_article(finder: Finder) -> None:
    page = str(ROBOTS.url)
    assert await finder.opened(f"{page}?utm_source=chat") == Finding(article=ROBOTS)
    assert await finder.opened("https://example.org/of-nothing") is None
    assert await finder.opened(f"{page} whale") is None


async def test_nothing_opens_that_is_not_there_to_be_seen(finder: Finder) -> None:
    assert await finder.opened(WHALES[7].id) is None
    assert await finder.opened("#nothing") is None
    assert await finder.opened(suggestion_value(DRAFT)) is None
    assert await finder.opened(suggestion_value(FUTURE)) is None


async def test_an_article_whose_file_is_gone_by_now_is_none(
    finder: Finder, content: FakeContent, library: Library
) -> None:
    content.articles = []
    library._cache = ArticleCache(None, fingerprint="")  # noqa: SLF001 (it has lost what it had)
    assert await finder.opened(suggestion_value(WHALES[7])) is None


# by chance


async def test_chance_keeps_nobody_waiting_who_asks_for_something_else(
    library: Library, index: FakeIndex, book: FakeSearchBook
) -> None:
    threads = []

    def clock() -> datetime:
        threads.append(current_thread())
        return NOW

    finder = Finder(library, index, book, clock=clock)
    assert await finder.random(choose=lambda _: 0) is not None
    assert threads[0] is not main_thread()  # which looks at every article


async def test_chance_chooses_among_what_is_published(finder: Finder) -> None:
    asked = []

    def last(number: int) -> int:
        asked.append(number)
        return number - 1

    found = await finder.random(choose=last)
    assert found is not None
    assert asked == [33, 33]
    seen = {found.article.id}
    for place in range(33):
        one = await finder.random(choose=lambda _, place=place: place)  # type: ignore[misc]
        assert one is not None
        seen.add(one.article.id)
    assert seen == {one.id for one in (*WHALES, ROBOTS, NOBODY, NAMELESS)}


async def test_chance_keeps_to_a_topic_however_it_is_written(finder: Finder) -> None:
    for place in (0, 1):
        one = await finder.random("ROBOT", choose=lambda _, place=place: place)  # type: ignore[misc]
        assert one is not None
        assert one.article in (ROBOTS, NOBODY)
    assert await finder.random("gardening", choose=lambda number: number - 1) is None


async def test_of_two_chosen_by_chance_the_better_is_shown(
    finder: Finder, content: FakeContent, library: Library
) -> None:
    content.articles = [told("poor", quality=10), told("good", quality=90)]
    await library.refresh()
    for places in ([0, 1], [1, 0]):
        left = list(places)
        found = await finder.random(choose=lambda _, left=left: left.pop())  # type: ignore[misc]
        assert found is not None
        assert found.article.title == "good"


# what leads on


async def test_a_page_is_known_however_its_address_is_written(finder: Finder) -> None:
    found = await finder.about("http://www.example.org/robots/?utm_source=x")
    assert found is not None
    assert found.article == ROBOTS
    for url in ("https://example.org/nothing", "javascript:alert(1)", DRAFT.url, FUTURE.url):
        assert await finder.about(url or "") is None


async def test_related_are_linked_articles_then_tellings_then_the_alike(
    finder: Finder, content: FakeContent, library: Library
) -> None:
    links = [
        related("x", url="http://www.example.org/nobody#top"),
        related("x", url="https://example.org/elsewhere"),
        related("x", url="javascript:x"),
        *(related("x", url=one.url) for one in (DRAFT, FUTURE)),
        related("x", url="https://example.org/whale"),
    ]
    title = "Glaciers of the northern valley melt twice as fast as ten years ago"
    first = article("whale", title=title, related=tuple(links))
    second = article("telling", title=title, published_at=NOW - timedelta(hours=2))
    content.put(first, second)
    await library.refresh()
    found = await finder.related(first.id)
    assert [one.path for one in found] == ["nobody.md", "telling.md"]


async def test_the_alike_fill_up_to_so_many_and_the_article_is_not_among_them(
    finder: Finder, content: FakeContent, library: Library, index: FakeIndex
) -> None:
    content.put(
        article("alone", title="whale", related=(related(url="https://example.org/robots"),))
    )
    await library.refresh()
    alone = content.articles[-1]
    found = await finder.related(alone.id)
    assert found == [ROBOTS.headline, *(whale.headline for whale in WHALES[:9])]
    assert len(found) == RELATED
    assert index.asked[-1] == (Query(words=("whale",)), 2 * RELATED, 0, NOW)


async def test_nothing_leads_on_from_what_is_not_there_to_be_seen(finder: Finder) -> None:
    for article_id in ("nothing", DRAFT.id, FUTURE.id):
        assert await finder.related(article_id) == ()
