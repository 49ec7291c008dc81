"""Measures how well and how fast methods find tellings of one story, side by side in one run.

python -m bench.stories [generated headlines]

Every method sees the same headlines and the same window of days. Its threshold is the one of best
F0.5 (precision counts twice) on one half of the labelled pairs; all figures are of the other half,
of real articles where GAZETTE_SHARED has them, and of generated ones.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter
from typing import TYPE_CHECKING, Any
from zlib import crc32

import yaml
from datasketch import MinHash, MinHashLSH
from rapidfuzz.fuzz import token_set_ratio
from rensa import RMinHash, RMinHashLSH

from bot.core.article import Article, Provider, Related, article_id
from bot.core.query import words_of
from bot.core.story import WITHIN, gist_of, in_time, same_story, tellings
from bot.core.url import canonical_url, safe_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Pair = tuple[int, int]
    Found = Iterable[Pair]

_SEED = 7
_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_PAIRS = Path(__file__).parent.parent / "tests" / "data" / "story_pairs.jsonl"
_RARE = 300  # headlines a word may stand in and still lead from one to another


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A likeness of two articles, and how it finds candidates among many."""

    name: str
    score: Callable[[Article, Article], float]
    candidates: Callable[[Sequence[Article]], Found]
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Articles and which pairs of them tell one story."""

    articles: Sequence[Article]
    same: frozenset[Pair]


def main() -> None:
    """Print precision, recall and seconds of one run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    labelled = _labelled()
    tuned = [_tuned(method, [p for p in labelled if p[3] == 0]) for method in _METHODS]
    half = [p for p in labelled if p[3] == 1]
    print(f"labelled pairs, the half nobody tuned on: {len(half)} of {len(labelled)}")
    for method in tuned:
        verdicts = [(_joins(method, one, other), same) for one, other, same, _ in half]
        _report(method, Counter(verdicts))
    print("\nlabelled pairs, all")
    for method in tuned:
        verdicts = [(_joins(method, one, other), same) for one, other, same, _ in labelled]
        _report(method, Counter(verdicts))
    _real(tuned)
    case = _generated(count)
    print(f"\ngenerated, seed {_SEED}: {len(case.articles):,} headlines, {len(case.same):,} pairs")
    for method in tuned:
        _measure(method, case)
    _one_among_many(case.articles)


def _joins(method: Method, one: Article, other: Article) -> bool:
    if not one.published_at or not other.published_at:
        return False
    close = abs(one.published_at - other.published_at) <= WITHIN
    return close and method.score(one, other) >= method.threshold


def _tuned(method: Method, pairs: Sequence[tuple[Article, Article, bool, int]]) -> Method:
    def worth(threshold: float) -> tuple[float, float]:
        tried = replace(method, threshold=threshold)
        counts = Counter((_joins(tried, one, other), same) for one, other, same, _ in pairs)
        precision, recall = _rates(counts)
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
        rng = Random(_SEED)
        many = in_time(
            replace(
                articles[n % len(articles)].headline,
                id=article_id(url=None, path=str(n)),
                published_at=_NOW - timedelta(days=days * rng.random()),
            )
            for n in range(100_000)
        )
        times = []
        for headline in rng.sample(many, 9):
            began = perf_counter()
            tellings(headline, many)
            times.append(perf_counter() - began)
        middle = sorted(times)[4] * 1000
        print(
            f"tellings of one among 100,000 of {days} days: {middle:.1f} ms, best {min(times) * 1000:.1f}"
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
        sketch = MinHash(num_perm=128, seed=_SEED)
        sketch.update_batch([word.encode() for word in _words(article)])
        found += [(other, place) for other in index.query(sketch)]
        index.insert(place, sketch)
    return found


def _rensa(articles: Sequence[Article]) -> Found:
    index = RMinHashLSH(threshold=0.4, num_perm=128, num_bands=32)
    found = []
    for place, article in enumerate(articles):
        sketch = RMinHash(num_perm=128, seed=_SEED)
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


# what they are measured on


def _made(
    *, title: str, excerpt: str, url: str, at: datetime, links: Sequence[str] = ()
) -> Article:
    related = tuple(Related(title="", url=link) for link in links)
    return Article(
        id=article_id(url=url, path=""),
        path="",
        title=title,
        url=url,
        published_at=at,
        draft=False,
        quality=0,
        heat=-1,
        provider=Provider(name="A paper"),
        topics=(),
        excerpt=excerpt,
        related=related,
        gist=gist_of(excerpt=excerpt, related=related),
    )


def _labelled() -> list[tuple[Article, Article, bool, int]]:
    """Return pairs, whether they tell one story, and their half: pairs of one article share it."""
    lines = _PAIRS.read_text(encoding="utf-8").splitlines()
    return [
        (
            _of_label(pair["one"]),
            _of_label(pair["other"]),
            pair["same"],
            crc32(pair["one"]["title"].encode()) % 2,
        )
        for pair in map(json.loads, lines)
    ]


def _of_label(told: dict[str, Any]) -> Article:
    at = datetime.fromisoformat(told["published_at"]).replace(tzinfo=UTC)
    links = told.get("related", ())
    return _made(title=told["title"], excerpt=told["excerpt"], url=told["url"], at=at, links=links)


def _real(methods: Sequence[Method]) -> None:
    """Measure on the related links of real articles; see docs/stories.md for what they mean."""
    shared = Path(os.environ.get("GAZETTE_SHARED", "absent")) / "corpora" / "smartable"
    if not shared.is_dir():
        print("\nreal articles: left out, GAZETTE_SHARED names no folder with corpora/smartable")
        return
    case = _linked([front for path in sorted(shared.rglob("*.md")) if (front := _front(path))])
    print(f"\nreal articles: {len(case.articles)}, {len(case.same)} linked pairs within three days")
    for method in methods:
        every = replace(method, candidates=lambda found: combinations(range(len(found)), 2))
        _measure(every, case)


def _front(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8", errors="replace").lstrip("\ufeff")
    try:
        front = yaml.safe_load(text.split("---", 2)[1])
    except (IndexError, ValueError, yaml.YAMLError):
        return {}
    return front if "publishedDateTime" in front and "title" in front else {}


def _linked(fronts: Sequence[dict[str, Any]]) -> Case:
    articles: dict[str, Article] = {}
    links: set[frozenset[str]] = set()
    for front in fronts:
        own = _page(front)
        for item in (front, *(front.get("related") or ())):
            page, at = _page(item), item.get("publishedDateTime")
            if not own or not page or not isinstance(at, datetime):
                continue
            if page not in articles:
                # links are the labels, so no method sees them
                articles[page] = _made(
                    title=item["title"], excerpt=item.get("excerpt") or "", url=page, at=at
                )
            links.add(frozenset((own, page)))
    places = {page: place for place, page in enumerate(articles)}
    held = list(articles.values())
    pairs = {
        tuple(sorted(places[page] for page in link))
        for link in links
        if len(link) > 1 and all(page in places for page in link)
    }
    close = {
        (one, other)
        for one, other in pairs
        if abs(held[one].published_at - held[other].published_at) <= WITHIN  # type: ignore[operator]
    }
    return Case(articles=held, same=frozenset(close))


def _page(item: dict[str, Any]) -> str:
    names = ("webUrl", "sourceUrl", "originalUrl")
    raw = next((item[name] for name in names if item.get(name)), "")
    safe = safe_url(raw)
    return canonical_url(safe) if safe else ""


def _generated(count: int) -> Case:
    """Make stories of one to four tellings, and for every third one that only looks alike."""
    rng = Random(_SEED)
    vocabulary = sorted({_word(rng) for _ in range(12_000)})
    weights = [1 / (rank + 20) for rank in range(len(vocabulary))]

    def some(length: int) -> list[str]:
        return rng.choices(vocabulary, weights, k=length)

    articles: list[Article] = []
    same: set[Pair] = set()

    def add(title: list[str], excerpt: list[str], at: datetime) -> int:
        url = f"https://paper{len(articles) % 40}.example/{len(articles)}"
        shown = " ".join(title).capitalize()
        articles.append(_made(title=shown, excerpt=" ".join(excerpt), url=url, at=at))
        return len(articles) - 1

    while len(articles) < count:
        at = _NOW + timedelta(days=60 * rng.random())
        title, facts = some(rng.randint(6, 10)), some(16)
        if rng.random() < 0.3:  # noqa: PLR2004
            title.append(str(rng.randint(2, 900)))
        story = [
            add(
                _varied(rng, title, some(1), changes=telling and rng.randint(1, 3)),
                _retold(rng, facts, some(12)) if rng.random() < 0.9 else [],  # noqa: PLR2004
                at + timedelta(hours=30 * rng.random()),
            )
            for telling in range(rng.choice((1, 1, 1, 2, 3, 4)))
        ]
        same.update(combinations(story, 2))
        if rng.random() < 1 / 3:
            other = _varied(rng, title, some(2), changes=0)
            for place, word in zip(rng.sample(range(len(title)), 2), some(2), strict=True):
                other[place] = word
            if title[-1].isdigit():
                other = [*title[:-1], str(int(title[-1]) + 1)]
            told = rng.sample(facts, 5) + some(11)
            add(other, told, at + timedelta(hours=30 * rng.random()))
    return Case(articles=articles, same=frozenset(same))


def _varied(rng: Random, title: list[str], new: list[str], *, changes: int) -> list[str]:
    """Return the headline as another paper has it: words dropped, moved, replaced or added."""
    words = list(title)
    for _ in range(changes):
        place = rng.randrange(len(words) - 1)
        match rng.randrange(4):
            case 0:
                del words[place]
            case 1:
                words.insert(0, words.pop(place))
            case 2:
                words[place] = new[0]
            case _:
                words.insert(place, new[0])
    return words


def _retold(rng: Random, facts: list[str], own: list[str]) -> list[str]:
    """Return an excerpt of most facts among words of its own."""
    told = rng.sample(facts, rng.randint(9, 14)) + own[: rng.randint(2, 10)]
    rng.shuffle(told)
    return told


def _word(rng: Random) -> str:
    parts = rng.randint(2, 4)
    return "".join(rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(parts))


if __name__ == "__main__":
    main()
