"""The best hits of a query; where there are very many, without taking each into hand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from tantivy import FieldType, Occur, Query

from bot.adapters.catalogue.matching import STANDING, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tantivy import DocAddress, Schema, Searcher

    Hit = tuple[float, DocAddress]

_HANDFUL = 1_000  # hits that are taken at once; what comes after them seldom matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The best hits, those with the highest scores first, and how many there are in all."""

    hits: Sequence[Hit] = ()
    total: int = 0


class Gatherer:
    """Gathers hits in one state of the index."""

    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._schema = schema
        self._searcher = searcher

    def gather(self, query: Query, most: int) -> Gathered:
        """Return as many hits as are wanted, or more; the best of each score are among them."""
        found = self._first(query, max(_HANDFUL, 2 * most))
        if len(found.hits) == found.total or found.hits[-1][0] < found.hits[most - 1][0]:
            return found
        level = found.hits[most - 1][0]
        above = [hit for hit in found.hits if hit[0] > level]
        best = [hit for hit in self._standing_first(query) if hit[0] == level]
        if len(above) + len(best) >= most:
            return Gathered(hits=[*above, *best], total=found.total)
        return self._first(query, found.total)

    def above(self, query: Query, least: float) -> Gathered:
        """Return all hits that score at least so much."""
        found = self._first(query, _HANDFUL)
        if len(found.hits) < found.total and found.hits[-1][0] >= least:
            found = self._first(query, found.total)
        hits = found.hits[: bisect_right(found.hits, -least, key=_lost)]
        return Gathered(hits=hits, total=len(hits))

    def best(self, hits: Sequence[Hit], most: int) -> list[tuple[float, int, DocAddress]]:
        """Return the best of the hits; of equal ones those whose articles stand higher."""
        leading, level = hits[:most], hits[:0]
        if len(hits) > most:  # of those that are level with the last, others may be better
            last = -hits[most - 1][0]
            first, end = (bisect(hits, last, key=_lost) for bisect in (bisect_left, bisect_right))
            leading, level = hits[:first], hits[first:end]
        best = [*self._standing(leading)]
        best += nlargest(most - len(leading), self._standing(level), key=itemgetter(1))
        return sorted(best, key=lambda one: (-one[0], -one[1]))

    def _first(self, query: Query, limit: int) -> Gathered:
        result = self._searcher.search(query, limit=max(1, limit))
        return Gathered(hits=cast("list[Hit]", result.hits), total=total_of(result))

    def _standing_first(self, query: Query) -> Sequence[Hit]:
        """Return the hits whose articles stand highest, whatever their scores."""
        top = self._searcher.search(
            query, limit=_HANDFUL, count=False, order_by_field=STANDING
        ).hits
        high = Query.range_query(
            self._schema, STANDING, FieldType.Unsigned, lower_bound=int(top[-1][0])
        )
        asked = Query.boolean_query(
            [(Occur.Must, query), (Occur.Must, Query.const_score_query(high, 0.0))]
        )
        return self._first(asked, _HANDFUL).hits

    def _standing(self, hits: Sequence[Hit]) -> Iterable[tuple[float, int, DocAddress]]:
        standings = self._searcher.fast_field_values(STANDING, [address for _, address in hits])
        for (score, address), standing in zip(hits, standings, strict=True):
            yield score, cast("int", standing), address


def _lost(hit: Hit) -> float:
    return -hit[0]
