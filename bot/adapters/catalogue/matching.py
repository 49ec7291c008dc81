"""What is indexed of an article, and the clauses that ask for it; apart from how it is kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING

from tantivy import Document, FieldType, Occur, Query, Schema, SchemaBuilder, Searcher

from bot.core.article import number_of
from bot.core.words import fold, parts_of, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tantivy import SearchResult

    from bot.adapters.catalogue.reading import Reading
    from bot.adapters.catalogue.vocabulary import Words
    from bot.core.article import Article, ArticleId, Provider
    from bot.core.query import Filters

NUMBER, STANDING, NEWNESS = "number", "standing", "newness"
_FACET = "facet"
TITLE, _ABOUT, _REST = "title", "about", "rest"
# where a word was met: how much that says
SHARES = {TITLE: 1.0, _ABOUT: 0.65, _REST: 0.4}
BITS = {field: 1 << place for place, field in enumerate(SHARES)}
_FIELDS = {bit: field for field, bit in BITS.items()}
_BEGINNINGS = 0.88  # how well what only begins so fits, where that is too much to weigh each
SHORT = 3  # letters; what begins with less is looked for where it may matter
_AS_GOOD = 0.02  # what is so little worse than the best fit says as much about how rare a word is
# Scores are whole numbers: float32 adds them without rounding, so the order does not show.
LEVELS = 64
_HEAVIEST = 64
_SECONDS = 34  # bits of a time
_REST_OF_ORDER = 20  # bits of an article's number that decide between equals
_REST_MASK = (1 << _REST_OF_ORDER) - 1
_ORDER = _SECONDS + _REST_OF_ORDER
_BEST = (1 << 64 - _ORDER) - 1  # files hold up to about 200, and may hold a thousand million
_RELATED = "is:related"


def make_schema() -> Schema:
    """Return the fields of the index."""
    builder = SchemaBuilder()
    for name in SHARES:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field(_FACET, tokenizer_name="whitespace", index_option="basic")
    builder.add_integer_field(NUMBER, indexed=True, fast=True)
    for name in (STANDING, NEWNESS):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def terms_in(text: str) -> list[str]:
    """Return the terms of a text in their order; of a compound word its parts."""
    words = words_of(text)
    if "." not in text and "-" not in text:
        return list(words)
    return [part for word in words for part in parts_of(word)]


def indexed(text: str) -> str:
    """Return the terms of a text, and behind them its compound words written as one."""
    words = words_of(text)
    if "." not in text and "-" not in text:
        return " ".join(words)
    apart = [parts_of(word) for word in words]
    terms = [part for parts in apart for part in parts]
    return " ".join(terms + ["".join(parts) for parts in apart if len(parts) > 1])


def texts_of(article: Article) -> dict[int, str]:
    """Return the terms of an article, by the bits of their fields; nothing of empty fields."""
    texts = {BITS[TITLE]: indexed(article.title)}
    about, _ = _told(article.provider, article.topics)
    if about:
        texts[BITS[_ABOUT]] = about
    if article.excerpt or article.related:
        rest = "\n".join((article.excerpt, *(item.title for item in article.related)))
        texts[BITS[_REST]] = indexed(rest)
    return texts


def document_of(article: Article, texts: Mapping[int, str]) -> Document:
    """Return what to index of an article that has these terms."""
    number = number_of(article.id)
    at = article.published_at
    new = (_seconds(at) if at else 0) << _REST_OF_ORDER | ~number & _REST_MASK
    document = Document()
    document.add_integer(NUMBER, number)
    document.add_unsigned(NEWNESS, new)  # no two share it but by a rare chance
    document.add_unsigned(STANDING, min(max(article.quality, 0), _BEST) << _ORDER | new)
    for bit, text in texts.items():
        document.add_text(_FIELDS[bit], text)
    _, facets = _told(article.provider, article.topics)
    if article.related or facets:
        document.add_text(_FACET, f"{facets} {_RELATED}" if article.related else facets)
    return document


def _seconds(at: datetime) -> int:
    return min(max(int(at.timestamp()), 1), (1 << _SECONDS) - 1)


@lru_cache(maxsize=4096)  # most articles share these with others
def _told(provider: Provider | None, topics: tuple[str, ...]) -> tuple[str, str]:
    """Return the terms of an article's provider and topics, and the names they are asked by."""
    names = (provider.name, provider.domain) if provider else ()
    facets = {_facet("provider", name) for name in names if name}
    facets |= {_facet("topic", topic) for topic in topics}
    return indexed(" ".join((*names, *topics))), " ".join(sorted(facets))


def _facet(kind: str, name: str) -> str:
    plain = fold(name).encode(errors="replace").decode()  # a lone surrogate is no text
    return f"{kind}:{'_'.join(plain.split())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A word that is searched for; a heavier one is rarer, `best` is its best possible match."""

    reading: Reading
    weight: int
    best: float
    query: Query


class Asker:
    """Makes the clauses of queries against one state of the index."""

    def __init__(self, schema: Schema, searcher: Searcher, vocabulary: Words) -> None:
        self._schema = schema
        self._searcher = searcher
        self._vocabulary = vocabulary

    def weighed(self, reading: Reading) -> Clause | None:
        """Return what asks for a word; None where nothing that fits it is anywhere."""
        fits = list(self._fits(reading))
        best = max((fit for fit, _ in fits), default=0.0)
        frequency = self._frequency(reading, fits, best)
        if not frequency:
            return None
        articles = self._searcher.num_docs
        rarity = log(1 + articles / frequency) / log(1 + articles)
        weight = max(1, round(_HEAVIEST * rarity))
        return Clause(reading=reading, weight=weight, best=best, query=_scored(fits, weight))

    def vague(self, reading: Reading) -> Clause:
        """Return what asks for nothing, for a word that only tells apart what the others find."""
        return Clause(reading=reading, weight=1, best=0.0, query=Query.empty_query())

    def phrase(self, words: Sequence[str]) -> Query:
        """Return what asks for these words one after the other, anywhere."""
        return any_of(self._sequence(field, words) for field in SHARES)

    def filters(self, filters: Filters, *, now: datetime | None) -> Iterator[Query]:
        """Yield what an article must be; published by `now`, where that is in question."""
        if filters.topic is not None:
            yield self._faceted(_facet("topic", filters.topic))
        if filters.provider is not None:
            yield self._faceted(_facet("provider", filters.provider))
        if filters.related:
            yield self._faceted(_RELATED)
        if filters.after or filters.before or now:
            yield self._between(filters.after, filters.before, now)

    def among(self, article_ids: Collection[ArticleId]) -> Query:
        """Return what asks for one of these articles."""
        numbers = [number_of(article_id) for article_id in article_ids]
        return Query.term_set_query(self._schema, NUMBER, numbers)

    def _faceted(self, name: str) -> Query:
        return Query.term_query(self._schema, _FACET, name, "basic")

    def _between(
        self, after: datetime | None, before: datetime | None, now: datetime | None
    ) -> Query:
        # what has no date is neither before nor after anything, but it is out by now
        first = _seconds(after) if after else 1 if before else 0
        ends = [_seconds(before)] if before else []
        ends += [int(now.timestamp()) + 1] if now else []
        end = min(ends, default=1 << _SECONDS)
        return Query.range_query(
            self._schema,
            NEWNESS,
            FieldType.Unsigned,
            lower_bound=first << _REST_OF_ORDER,
            upper_bound=max(end, 0) << _REST_OF_ORDER,
            include_upper=False,
        )

    def _frequency(self, reading: Reading, fits: Sequence[tuple[float, Query]], best: float) -> int:
        """Return how many articles hold what fits best, or else what fits at all."""
        if reading.begins and not reading.words and len(reading.text) < SHORT:
            return int(self._searcher.num_docs)  # to count them takes as long as to find them
        well = any_of(query for fit, query in fits if fit >= best - _AS_GOOD)
        return count(self._searcher, well) or count(self._searcher, any_of(q for _, q in fits))

    def _fits(self, reading: Reading) -> Iterator[tuple[float, Query]]:
        """Yield every way to meet the word, with how good a match that is."""
        for word, fit in reading.words.items():
            bits = self._vocabulary.fields_of(word)
            for field, share in SHARES.items():
                if bits & BITS[field]:
                    yield share * fit, Query.term_query(self._schema, field, word, "basic")
        for phrase, fit in reading.phrases.items():
            for field, share in SHARES.items():
                yield share * fit, self._sequence(field, phrase)
        for phrase, fit in reading.begun_phrases.items():
            for field, share in SHARES.items():
                words: list[str | tuple[int, str]] = list(phrase)
                yield share * fit, Query.phrase_prefix_query(self._schema, field, words)
        if reading.begins:
            fields = list(SHARES) if len(reading.text) >= SHORT else (TITLE, _ABOUT)
            for field in fields:
                yield SHARES[field] * _BEGINNINGS, self._beginning(field, reading.text)

    def _sequence(self, field: str, words: Sequence[str]) -> Query:
        if len(words) == 1:
            return Query.term_query(self._schema, field, words[0], "basic")
        return Query.phrase_query(self._schema, field, list(words))

    def _beginning(self, field: str, letters: str) -> Query:
        return Query.fuzzy_term_query(self._schema, field, letters, distance=0, prefix=True)


def _scored(fits: Iterable[tuple[float, Query]], weight: int) -> Query:
    """Return what scores a word by the best of its fits, all of one score being asked at once."""
    levels: defaultdict[float, list[Query]] = defaultdict(list)
    for fit, query in fits:
        levels[float(round(weight * LEVELS * fit))].append(query)
    return Query.disjunction_max_query(
        [
            Query.const_score_query(any_of(queries), float(level))
            for level, queries in levels.items()
        ]
    )


def any_of(queries: Iterable[Query]) -> Query:
    """Return what matches where one of them does."""
    found = list(queries)
    if len(found) == 1:
        return found[0]
    return Query.boolean_query([(Occur.Should, query) for query in found])


def fields_holding(schema: Schema, searcher: Searcher, word: str, fields: int) -> int:
    """Return which of these fields hold the word in some article."""
    return sum(
        bit
        for bit, name in _FIELDS.items()
        if fields & bit
        and searcher.search(Query.term_query(schema, name, word, "basic"), 1, count=False).hits
    )


def count(searcher: Searcher, query: Query) -> int:
    """Return how many documents match."""
    return total_of(searcher.search(query, limit=1))


def total_of(result: SearchResult) -> int:
    """Return how many documents a search has counted."""
    return int(result.count)  # type: ignore[attr-defined]  # the shipped types leave it out
