"""Measures how well and how fast methods find tellings of one story, side by side in one run.

python -m bench.stories [generated headlines]

Every method sees the same headlines and the same window of days. Its threshold is the one of best
F0.5 (precision counts twice) on one half of the labelled pairs; all figures are of the other half,
of real articles where GAZETTE_SHARED has them, and of generated ones.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from datasketch import MinHash, MinHashLSH
from rapidfuzz.fuzz import token_set_ratio
from rensa import RMinHash, RMinHashLSH

from bench.story_cases import NOW, SEED, generated, labelled, real
from bot.core.article import article_id
from bot.core.story import WITHIN, in_time, same_story, tellings
from bot.core.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.story_cases import Case
    from bot.core.article import Article

    Pair = tuple[int, int]
    Found = Iterable[Pair]

_RARE = 300  # headlines a word may stand in and still lead from one to another


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A likeness of two articles, and how it finds candidates among many."""

    name: str
    score: Callable[[Article, Article], float]
    candidates: Callable[[Sequence[Article]], Found]
    threshold: float = 0.5


def main() -> None:
    """Print precision, recall and seconds of one run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    pairs = labelled()
    tuned = [_tuned(method, [pair for pair in pairs if pair[3] == 0]) for method in _METHODS]
    half = [pair for pair in pairs if pair[3] == 1]
    for name, shown in (("the half nobody tuned on", half), ("all", pairs)):
        print(f"labelled pairs, {name}: {len(shown)}")
        for method in tuned:
            _report(method, _counts(method, shown))
    _measure_real(tuned)
    case = generated(count)
    print(f"generated, seed {SEED}: {len(case.articles):,} headlines, {len(case.same):,} pairs")
    for method in tuned:
        _measure(method, case)
    _one_among_many(case.articles)


def _measure_real(methods: Sequence[Method]) -> None:
    shared = os.environ.get("GAZETTE_SHARED")
    if not shared:
        print("real articles: left out, for GAZETTE_SHARED names no folder that holds corpora")
        return
    case = real(Path(shared) / "corpora" / "smartable")
    print(f"real articles: {len(case.articles)}, {len(case.same)} linked pairs within three days")
    for method in methods:
        every = replace(method, candidates=lambda found: combinations(range(len(found)), 2))
        _measure(every, case)


def _counts(
    method: Method, pairs: Sequence[tuple[Article, Article, bool, int]]
) -> Counter[tuple[bool, bool]]:
    return Counter((_joins(method, one, other), same) for one, other, same, _ in pairs)


def _joins(method: Method, one: Article, other: Article) -> bool:
    if not one.published_at or not other.published_at:
        return False
    close = abs(one.published_at - other.published_at) <= WITHIN
    return close and method.score(one, other) >= method.threshold


def _tuned(method: Method, pairs: Sequence[tuple[Article, Article, bool, int]]) -> Method:
    def worth(threshold: float) -> tuple[float, float]:
        precision, recall = _rates(_counts(replace(method, threshold=threshold), pairs))
        return 1.25 * precision * recall / (0.25 * precision + recall or 1), threshold

    return replace(method, threshold=max((n / 20 for n in range(1, 21)), key=worth))


def _rates(counts: Counter[tuple[bool, bool]]) -> tuple[float, float]:
    right = counts[True, True]
    return (
        right / (right + counts[True, False] or 1),
        right / (right + counts[False, True] or 1),
    )


def _report(method: Method, counts: Counter[tuple[bool, bool]], seconds: float = 0.0) -> None:
    precision, recall = _rates(counts)
    took = f"{seconds:8.2f} s" if seconds else ""
    print(f"  {method.name:34} ≥ {method.threshold:.2f}  P {precision:.3f}  R {recall:.3f} {took}")


def _measure(method: Method, case: Case) -> None:
    began = perf_counter()
    found = {
        pair
        for pair in method.candidates(case.articles)
        if _joins(method, case.articles[pair[0]], case.articles[pair[1]])
    }
    seconds = perf_counter() - began
    found -= case.unsure
    right = len(found & case.same)
    counts = Counter(
        {
            (True, True): right,
            (True, False): len(found) - right,
            (False, True): len(case.same) - right,
        }
    )
    _report(method, counts, seconds)


def _one_among_many(articles: Sequence[Article]) -> None:
    """Print what it takes to find the other tellings of one among 100,000."""
    for days in (1500, 7):
        rng = Random(SEED)
        many = in_time(
            replace(
                articles[n % len(articles)].headline,
                id=article_id(url=None, path=str(n)),
                published_at=NOW - timedelta(days=days * rng.random()),
            )
            for n in range(100_000)
        )
        times = []
        for headline in rng.sample(many, 9):
            began = perf_counter()
            tellings(headline, many)
            times.append(perf_counter() - began)
        print(
            f"tellings of one among 100,000 of {days} days: {median(times) * 1000:.1f} ms,"
            f" minimum {min(times) * 1000:.1f} ms"
        )


# the methods


def _words(article: Article) -> frozenset[str]:
    return frozenset(words_of(f"{article.title} {article.excerpt}"))


def _jaccard(one: Article, other: Article) -> float:
    words, others = _words(one), _words(other)
    return len(words & others) / (len(words | others) or 1)


def _blocked(articles: Sequence[Article]) -> Found:
    """Return pairs of headlines that share two rare words."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, article in enumerate(articles):
        for word in set(words_of(article.title)):
            places[word].append(place)
    shared: Counter[Pair] = Counter()
    for held in places.values():
        if len(held) <= _RARE:
            shared.update(combinations(held, 2))
    return [pair for pair, count in shared.items() if count > 1]


def _datasketch(articles: Sequence[Article]) -> Found:
    index = MinHashLSH(threshold=0.4, num_perm=128)
    found = []
    for place, article in enumerate(articles):
        sketch = MinHash(num_perm=128, seed=SEED)
        sketch.update_batch([word.encode() for word in _words(article)])
        found += [(other, place) for other in index.query(sketch)]
        index.insert(place, sketch)
    return found


def _rensa(articles: Sequence[Article]) -> Found:
    index = RMinHashLSH(threshold=0.4, num_perm=128, num_bands=32)
    found = []
    for place, article in enumerate(articles):
        sketch = RMinHash(num_perm=128, seed=SEED)
        sketch.update(sorted(_words(article)))
        found += [(other, place) for other in index.query(sketch)]
        index.insert(place, sketch)
    return found


_METHODS = (
    Method(
        name="ours, same blocking",
        score=lambda one, other: float(same_story(one, other)),
        candidates=_blocked,
    ),
    Method(
        name="rapidfuzz token set, titles",
        score=lambda one, other: (
            token_set_ratio(one.title.casefold(), other.title.casefold()) / 100
        ),
        candidates=_blocked,
    ),
    Method(
        name="rapidfuzz token set, with excerpts",
        score=lambda one, other: (
            token_set_ratio(
                f"{one.title} {one.excerpt}".casefold(), f"{other.title} {other.excerpt}".casefold()
            )
            / 100
        ),
        candidates=_blocked,
    ),
    Method(name="datasketch LSH + Jaccard", score=_jaccard, candidates=_datasketch),
    Method(name="rensa 32 bands + Jaccard", score=_jaccard, candidates=_rensa),
)


if __name__ == "__main__":
    main()
