"""Measures how well and how fast the index finds titles; ratios hold on any machine, times do not.

python bench/search.py [titles] [queries of each kind]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter
from typing import TYPE_CHECKING

import tantivy

from bot.adapters.catalogue.index import SearchIndex
from bot.core.article import Article, Provider, article_id
from bot.core.catalogue import Changes
from bot.core.query import Query, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SEED = 7
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ONSETS = (
    *"bcdfghjklmnprstvw",
    *("br", "ch", "cl", "dr", "fl", "gr", "pl", "sh", "sp", "st", "th", "tr"),
)
_NUCLEI = (*"aeiouaeio", "ai", "ea", "ee", "io", "ou")
_CODAS = ["", "", "", "n", "r", "l", "s", "t", "nd", "ng", "st", "ck", "m", "p"]
_ENDINGS = ["", "", "", "", "s", "ing", "ed", "er", "ion", "al", "ly"]
_ACCENTS = str.maketrans("aeioucn", "áéíöüçñ")
_LONG = 4  # letters of a word that is worth a typo


def main() -> None:
    """Print recall and times of one run."""
    titles = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    queries = int(sys.argv[2]) if len(sys.argv) > 2 else 200  # noqa: PLR2004
    asyncio.run(_measure(_articles(titles), queries))


async def _measure(articles: Sequence[Article], queries: int) -> None:
    index, plain = SearchIndex(), _Plain(articles)
    began = perf_counter()
    await index.update(Changes(added=tuple(articles), changed=(), withdrawn=()))
    print(f"{len(articles):,} articles, {queries} queries of each kind, seed {_SEED}")
    print(f"first update {perf_counter() - began:.1f} s")
    began = perf_counter()
    await index.update(Changes(added=(), changed=tuple(articles[:10]), withdrawn=()))
    print(f"update of 10 {perf_counter() - began:.2f} s\n")
    print(
        f"{'kind':14} {'R@1':>6} {'R@10':>6} {'plain R@10':>10} {'median':>7} {'p99':>7}  (x plain)"
    )
    ordinary: list[_Outcome] = []
    for kind, make in _KINDS.items():
        rng = Random(f"{_SEED} {kind}")
        outcomes = [
            await _outcome(index, plain, article, make(rng, article.title))
            for article in rng.choices(articles, k=queries)
        ]
        _report(kind, outcomes)
        if kind != "two words":
            ordinary += outcomes
    _report("all but two", ordinary)
    await _walk(index, articles)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    place: int | None
    plain_place: int | None
    seconds: float
    plain_seconds: float


async def _outcome(index: SearchIndex, plain: _Plain, article: Article, text: str) -> _Outcome:
    began = perf_counter()
    hits, _ = await index.search(Query(text=text), limit=10, offset=0, now=_NOW)
    seconds = perf_counter() - began
    began = perf_counter()
    ids = await asyncio.to_thread(plain.search, text)
    plain_seconds = perf_counter() - began
    return _Outcome(
        place=_place([hit.article.id for hit in hits], article.id),
        plain_place=_place(ids, article.id),
        seconds=seconds,
        plain_seconds=plain_seconds,
    )


def _place(ids: Sequence[str], wanted: str) -> int | None:
    return ids.index(wanted) if wanted in ids else None


def _report(kind: str, outcomes: Sequence[_Outcome]) -> None:
    first = statistics.mean(one.place == 0 for one in outcomes)
    tenth = statistics.mean(one.place is not None for one in outcomes)
    plain = statistics.mean(one.plain_place is not None for one in outcomes)
    ours = _times([one.seconds for one in outcomes])
    theirs = _times([one.plain_seconds for one in outcomes])
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(
        f"{kind:14} {first:6.3f} {tenth:6.3f} {plain:10.3f} {ratios[0]:7.1f} {ratios[1]:7.1f}  "
        f"({ours[0] * 1000:.1f} and {ours[1] * 1000:.1f} ms)"
    )


def _times(seconds: list[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=100)[-1]


async def _walk(index: SearchIndex, articles: Sequence[Article]) -> None:
    """Print what the searches cost that touch nearly everything."""
    print()
    letter = articles[0].title[0]
    common = articles[0].title.split()[0]
    for name, text in (("nothing", ""), ("one letter", letter), ("one word", common)):
        began = perf_counter()
        _, total = await index.search(Query(text=text), limit=10, offset=0, now=_NOW)
        print(f"{name}: {total:,} found in {(perf_counter() - began) * 1000:.0f} ms")
    began = perf_counter()
    await index.nearest(Query(text="zzzz qqqq"), limit=5)
    print(f"nearest: {(perf_counter() - began) * 1000:.0f} ms")


class _Plain:
    """The measure: the same titles in tantivy; all words must match, with typos."""

    def __init__(self, articles: Sequence[Article]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("title", tokenizer_name="whitespace")
        builder.add_integer_field("number", fast=True)
        self._schema = builder.build()
        self._ids = [article.id for article in articles]
        index = tantivy.Index(self._schema)
        with index.writer(num_threads=1) as writer:
            for number, article in enumerate(articles):
                document = tantivy.Document()
                document.add_text("title", " ".join(words_of(article.title)))
                document.add_integer("number", number)
                writer.add_document(document)
            writer.commit()
        index.reload()
        self._searcher = index.searcher()

    def search(self, text: str) -> list[str]:
        """Return the ids of the first ten."""
        words = words_of(text)
        clauses = [
            (tantivy.Occur.Must, self._fuzzy(word, last=place == len(words) - 1))
            for place, word in enumerate(words)
        ]
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=10).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [self._ids[int(number)] for number in numbers if number is not None]

    def _fuzzy(self, word: str, *, last: bool) -> tantivy.Query:
        typos = min(2, len(word) // _LONG)
        return tantivy.Query.fuzzy_term_query(
            self._schema, "title", word, distance=typos, prefix=last
        )


def _articles(count: int) -> list[Article]:
    rng = Random(_SEED)
    vocabulary = sorted({_word(rng) for _ in range(30_000)})
    rng.shuffle(vocabulary)
    weights = [1 / (rank + 20) for rank in range(len(vocabulary))]
    return [
        _article(
            number,
            " ".join(rng.choices(vocabulary, weights, k=rng.randint(6, 12))).capitalize(),
            excerpt=" ".join(rng.choices(vocabulary, weights, k=25)),
            quality=rng.randint(0, 100),
        )
        for number in range(count)
    ]


def _word(rng: Random) -> str:
    parts = rng.choice([1, 2, 2, 2, 3, 3])
    word = "".join(
        rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS) for _ in range(parts)
    )
    word += rng.choice(_ENDINGS)
    return word.translate(_ACCENTS) if rng.random() < 0.1 else word  # noqa: PLR2004


def _article(number: int, title: str, *, excerpt: str, quality: int) -> Article:
    url = f"https://example.org/{number}"
    return Article(
        id=article_id(url=url, path=""),
        path=f"{number}.md",
        title=title,
        excerpt=excerpt,
        url=url,
        published_at=_NOW - timedelta(minutes=number),
        draft=False,
        quality=quality,
        heat=-1,
        provider=Provider(name=f"Paper {number % 50}", domain=f"paper{number % 50}.example"),
        topics=(f"Topic {number % 30}",),
        images=(),
        related=(),
    )


def _chosen(rng: Random, title: str, count: int = 4) -> list[str]:
    """Return words of the title in any order."""
    words = [word for word in dict.fromkeys(title.split()) if len(word) >= _LONG]
    return rng.sample(words, min(count, len(words)))


def _typo(rng: Random, word: str) -> str:
    place = rng.randrange(len(word))
    letter = rng.choice(_LETTERS)
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    return rng.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + letter + word[place + 1 :],
            swapped,
        ]
    )


def _typos(rng: Random, words: list[str], count: int) -> list[str]:
    """Return the words with a typo in so many of them, the longest first."""
    longest = sorted(words, key=len, reverse=True)[:count]
    return [_typo(rng, word) if word in longest else word for word in words]


def _cut(rng: Random, words: list[str]) -> list[str]:
    """Return the words with the last one begun only."""
    *others, last = words
    return [*others, last[: max(3, len(last) - rng.randint(1, 4))]]


def _bare(word: str) -> str:
    """Return the word as it is typed on a keyboard without accents, or with one that is wrong."""
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return bare if bare != word else word.translate(_ACCENTS)


def _varied(word: str) -> str:
    """Return the word in another form."""
    return word[:-1] if word.endswith("s") else f"{word}s"


_KINDS: dict[str, Callable[[Random, str], str]] = {
    "reordered": lambda rng, title: " ".join(_chosen(rng, title)),
    "prefix": lambda rng, title: " ".join(_cut(rng, _chosen(rng, title))),
    "one typo": lambda rng, title: " ".join(_typos(rng, _chosen(rng, title), 1)),
    "two typos": lambda rng, title: " ".join(_typos(rng, _chosen(rng, title), 2)),
    "variants": lambda rng, title: " ".join(map(_varied, _chosen(rng, title))),
    "accents": lambda rng, title: " ".join(map(_bare, _chosen(rng, title))),
    "typo + prefix": lambda rng, title: " ".join(_cut(rng, _typos(rng, _chosen(rng, title), 1))),
    "two words": lambda rng, title: " ".join(_chosen(rng, title, 2)),
}

if __name__ == "__main__":
    main()
