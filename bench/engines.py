"""The engine that is measured, and the one by whose times it is measured: plain tantivy."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import tantivy

from bench.vocabulary import plain_words
from bot.adapters.catalogue.index import SearchIndex
from bot.core.article import Article, Headline, Provider, article_id
from bot.core.asking import parse
from bot.core.catalogue import Catalogue, Changes, assemble

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from bot.core.query import Found

NOW = datetime(2030, 1, 1, tzinfo=UTC)  # later than any real article
PLACES = 10
_BATCH = 2_000  # articles staged at once, as the library does
_WORTH, _LONG = 4, 8  # letters of a word that is forgiven one typo, and two

T = TypeVar("T")


class Engine(Protocol):
    """Answers with the places of titles, the best first, ten at most."""

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the titles that were given."""
        ...


class Ours:
    """Our engine; all that is known here of how it is filled and asked."""

    def __init__(self, catalogue: Catalogue, *, folder: Path | None = None) -> None:
        self._index = SearchIndex(folder)
        self._catalogue = catalogue
        self._places = {key: place for place, key in enumerate(catalogue.articles)}

    def run_in(self, threads: ThreadPoolExecutor) -> None:
        """Let the index search in these threads, where they are timed."""
        self._index._threads = threads  # noqa: SLF001 (nothing else needs to choose)

    def articles(self, excerpts: Sequence[str] = ()) -> list[Article]:
        """Return the articles of the catalogue, whole."""
        headlines = tuple(self._catalogue.articles.values())
        texts = excerpts or [""] * len(headlines)
        return [
            _whole(headline, excerpt) for headline, excerpt in zip(headlines, texts, strict=True)
        ]

    async def fill(self, articles: Sequence[Article]) -> None:
        """Build the index of these articles, which are those of the catalogue."""
        await self._index.open(Catalogue(), anew=True)
        for start in range(0, len(articles), _BATCH):
            await self._index.stage(articles[start : start + _BATCH], gone=())
        changes = Changes(added=tuple(self._catalogue.articles))
        await self._index.commit(self._catalogue, changes, generation="bench")

    async def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        found, _ = await self._answer(text)
        return [self._places[one.article.id] for one in found]

    async def count(self, text: str) -> int:
        """Return how many there are in all."""
        _, total = await self._answer(text)
        return total

    async def _answer(self, text: str) -> tuple[Sequence[Found], int]:
        query = parse(text, now=NOW)
        self._index._state.answered.clear()  # noqa: SLF001 (else the second time costs nothing)
        hits = await self._index.search(query, limit=PLACES, offset=0, now=NOW)
        return hits.found, hits.total


def catalogue_of(texts: Sequence[str]) -> Catalogue:
    """Return the catalogue of articles with these titles, a provider and a topic each."""
    rng = Random("qualities")
    return assemble([_headline(n, text, rng.randint(0, 100)) for n, text in enumerate(texts)])


def _headline(place: int, title: str, quality: int) -> Headline:
    url = f"https://example.org/{place}"
    return Headline(
        id=article_id(url=url, path=""),
        path=f"{place}.md",
        title=title,
        url=url,
        published_at=NOW - timedelta(minutes=place),
        draft=False,
        quality=quality,
        heat=-1,
        provider=_PROVIDERS[place % len(_PROVIDERS)],
        topics=_TOPICS[place % len(_TOPICS)],
    )


_PROVIDERS = [Provider(name=f"Paper {n}", domain=f"paper{n}.example") for n in range(50)]
_TOPICS = [(f"Topic {n}",) for n in range(30)]


def _whole(headline: Headline, excerpt: str) -> Article:
    known = {name: getattr(headline, name) for name in Headline.__slots__}
    return Article(**known, excerpt=excerpt)


class Plain:
    """tantivy as it comes: all words must match, with typos, the last one as a beginning too."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._index = TitleIndex(texts)

    def search(self, text: str) -> Sequence[int]:
        """Return the places of the first ten."""
        return self._index.found(self._index.words(plain_words(text)), tantivy.Occur.Must, PLACES)


class TitleIndex:
    """Titles in tantivy, and queries of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("title", tokenizer_name="whitespace")
        builder.add_integer_field("place", fast=True)
        self._schema = builder.build()
        self._held = tantivy.Index(self._schema)
        with self._held.writer(num_threads=1) as writer:
            for place, text in enumerate(texts):
                document = tantivy.Document()
                document.add_text("title", " ".join(plain_words(text)))
                document.add_integer("place", place)
                writer.add_document(document)
            writer.commit()
        self._held.reload()
        self._searcher = self._held.searcher()

    def words(self, words: Sequence[str]) -> list[tantivy.Query]:
        """Return a query of each word, forgiving typos."""
        return [self._fuzzy(word, last=n == len(words)) for n, word in enumerate(words, start=1)]

    def exact(self, word: str) -> tantivy.Query:
        """Return a query of a word as it is."""
        return tantivy.Query.term_query(self._schema, "title", word)

    def found(
        self, queries: Sequence[tantivy.Query], occur: tantivy.Occur, limit: int
    ) -> list[int]:
        """Return the places of titles that match."""
        query = tantivy.Query.boolean_query([(occur, one) for one in queries])
        hits = self._searcher.search(query, limit=limit).hits
        places = self._searcher.fast_field_values("place", [address for _, address in hits])
        return [int(place) for place in places if place is not None]

    def _fuzzy(self, word: str, *, last: bool) -> tantivy.Query:
        typos = (len(word) >= _WORTH) + (len(word) >= _LONG)
        return tantivy.Query.fuzzy_term_query(
            self._schema, "title", word, distance=typos, prefix=last
        )


@dataclass(frozen=True, slots=True)
class Timed:
    """What came of a call, and its seconds: in its thread, and until it was back in the loop."""

    result: Any
    inside: float
    whole: float


class Clock(ThreadPoolExecutor):
    """An event loop, and the threads to which it hands its calls, which are timed there."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._runner = asyncio.Runner()
        self._runner.get_loop().set_default_executor(self)
        self._inside = 0.0

    def submit(self, fn: Callable[..., T], /, *args: object, **kwargs: object) -> Future[T]:
        """Do it in a thread, and remember how long it took."""

        def timed() -> T:
            began = perf_counter()
            try:
                return fn(*args, **kwargs)
            finally:
                self._inside += perf_counter() - began

        return super().submit(timed)

    def time(self, call: Coroutine[Any, Any, Any]) -> Timed:
        """Run a call of an asynchronous engine."""
        return self._runner.run(self._time(call))

    def time_other(self, engine: Engine, text: str) -> Timed:
        """Ask another engine in the same way."""
        return self.time(asyncio.to_thread(engine.search, text))

    async def _time(self, call: Coroutine[Any, Any, Any]) -> Timed:
        self._inside, began = 0.0, perf_counter()
        result = await call
        return Timed(result, self._inside, perf_counter() - began)

    def close(self) -> None:
        """End the loop and its threads."""
        self._runner.close()
