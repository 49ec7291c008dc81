"""Measures how well engines answer the queries that were labelled by hand, on the same articles.

python -m bench.labelled [--misses]

Each engine gives ten answers. nDCG@10 weighs the grades of all of them by their places, 1 is the
best that can be; "first" is the share of queries whose first answer is one that the member means.
Nothing may be tuned on the queries that are held back. With `--misses`, those of the others follow
that ours does not answer well.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import tantivy

from bot.adapters.catalogue.index import SearchIndex
from bot.core.asking import parse
from bot.core.catalogue import Catalogue, Source, revised
from bot.core.words import words_of
from tests.labels import content, corpora, labelled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.core.article import Article
    from tests.labels import Labelled

    Search = Callable[[str], Awaitable[Sequence[str]]]

_NOW = datetime(2026, 10, 1, tzinfo=UTC)  # later than any article here
_ANSWERS = 10
_MEANT = 3
_POOR = 0.7
_LONG = 4  # letters of a word for each typo that is forgiven


def main() -> None:
    """Print the figures of one run."""
    asyncio.run(_measure(misses="--misses" in sys.argv[1:]))


async def _measure(*, misses: bool) -> None:
    articles, queries = _read()
    print(f"{len(articles):,} articles, {len(queries)} queries labelled by hand")
    engines = {
        "Gazette": await _ours(articles),
        "tantivy, fuzzy": _fuzzy(articles),
        "FTS5, any word": _fts5(articles),
    }
    answers = {
        name: [await search(one.query) for one in queries] for name, search in engines.items()
    }
    print(f"\n{'nDCG@10 / first':16}" + "".join(f"{name:>16}" for name in engines))
    for group, chosen in _groups(queries).items():
        shown = [_figures([(queries[n], given[n]) for n in chosen]) for given in answers.values()]
        print(f"{f'{group} ({len(chosen)})':16}" + "".join(f"{figures:>16}" for figures in shown))
    if misses:
        titles = {article.path: article.title for article in articles}
        for one, given in zip(queries, answers["Gazette"], strict=True):
            _tell(one, given, titles)


def _read() -> tuple[list[Article], list[Labelled]]:
    articles = content()
    if shared := os.environ.get("GAZETTE_SHARED"):
        articles += corpora(Path(shared))
    else:
        print("content/ alone, for GAZETTE_SHARED names no folder that holds corpora/")
    known = {article.path for article in articles}
    return articles, [one for one in labelled() if known.issuperset(one.right)]


def _groups(queries: Sequence[Labelled]) -> dict[str, list[int]]:
    """Return the places of the queries of each group."""
    groups: dict[str, list[int]] = {"all": [], "tuned": [], "held": []}
    for place, one in enumerate(queries):
        groups["all"].append(place)
        groups["held" if one.held else "tuned"].append(place)
        groups.setdefault(one.kind, []).append(place)
    return groups


def _figures(answered: Sequence[tuple[Labelled, Sequence[str]]]) -> str:
    gain = mean(_ndcg(given, one.right) for one, given in answered)
    first = mean(one.right.get(next(iter(given), "")) == _MEANT for one, given in answered)
    return f"{gain:.3f} / {first:.3f}"


def _ndcg(given: Sequence[str], right: Mapping[str, int]) -> float:
    best = sorted(right.values(), reverse=True)[:_ANSWERS]
    return _gain([right.get(path, 0) for path in given]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum(((1 << grade) - 1) / log2(place) for place, grade in enumerate(grades, start=2))


def _tell(one: Labelled, given: Sequence[str], titles: Mapping[str, str]) -> None:
    reached = _ndcg(given, one.right)
    if one.held or reached >= _POOR:
        return
    print(f"\n{one.query}  ({one.kind}): {reached:.2f}")
    for path in given:
        print(f"  gave {one.right.get(path, '-')}  {path}  {titles[path]}")
    for path, grade in one.right.items():
        if path not in given:
            print(f"  lost {grade}  {path}  {titles[path]}")


async def _ours(articles: Sequence[Article]) -> Search:
    paths = {article.id: article.path for article in articles}
    index = SearchIndex()
    sources = [Source(path=one.path, headline=one.headline) for one in articles]
    catalogue, changes = revised(Catalogue(), sources)
    await index.stage(articles, gone=())
    await index.commit(catalogue, changes, generation="")

    async def search(text: str) -> list[str]:
        asked = parse(text, now=_NOW)
        hits = (await index.search(asked, limit=_ANSWERS, offset=0, now=_NOW)).found
        return [paths[hit.article.id] for hit in hits]

    return search


def _rest_of(article: Article) -> str:
    """Return what is searched besides the title."""
    related = (item.title for item in article.related)
    return " ".join([article.source, *article.topics, article.excerpt, *related])


def _fuzzy(articles: Sequence[Article]) -> Search:
    """Ask for all words, each with typos and the last one begun, in the title or the rest."""
    builder = tantivy.SchemaBuilder()
    for name in ("title", "rest"):
        builder.add_text_field(name, tokenizer_name="whitespace")
    builder.add_text_field("path", stored=True, tokenizer_name="raw")
    schema = builder.build()
    index = tantivy.Index(schema)
    with index.writer(num_threads=1) as writer:
        for article in articles:
            document = tantivy.Document()
            document.add_text("title", " ".join(words_of(article.title)))
            document.add_text("rest", " ".join(words_of(_rest_of(article))))
            document.add_text("path", article.path)
            writer.add_document(document)
        writer.commit()
    index.reload()
    searcher = index.searcher()

    def either(word: str, *, last: bool) -> tantivy.Query:
        typos = min(2, len(word) // _LONG)
        title, rest = (
            tantivy.Query.fuzzy_term_query(schema, name, word, distance=typos, prefix=last)
            for name in ("title", "rest")
        )
        both = (tantivy.Query.boost_query(title, 4), rest)
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in both])

    async def search(text: str) -> list[str]:
        words = words_of(text)
        asked = [either(word, last=place == len(words)) for place, word in enumerate(words, 1)]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in asked])
        hits = searcher.search(query, limit=_ANSWERS).hits
        return [searcher.doc(address)["path"][0] for _, address in hits]

    return search


def _fts5(articles: Sequence[Article]) -> Search:
    """Ask for any word, the last one begun, ranked by bm25."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE article USING fts5(title, rest, path UNINDEXED)")
    rows = ((one.title, _rest_of(one), one.path) for one in articles)
    base.executemany("INSERT INTO article VALUES (?, ?, ?)", rows)

    async def search(text: str) -> list[str]:
        asked = " OR ".join(f'"{word}"' for word in words_of(text))
        found = base.execute(
            "SELECT path FROM article WHERE article MATCH ? ORDER BY bm25(article, 4, 1) LIMIT ?",
            (f"{asked}*", _ANSWERS),
        )
        return [path for (path,) in found]

    return search


if __name__ == "__main__":
    main()
