"""What methods that find tellings of one story are measured on: labelled, real and generated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from typing import TYPE_CHECKING, Any
from zlib import crc32

import yaml

from bot.core.article import Article, Provider, Related, article_id
from bot.core.story import WITHIN, gist_of
from bot.core.url import canonical_url, safe_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    Pair = tuple[int, int]

SEED = 7
NOW = datetime(2026, 3, 1, tzinfo=UTC)
_PAIRS = Path(__file__).parent.parent / "tests" / "data" / "story_pairs.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Articles, which pairs of them tell one story, and of which pairs nobody can tell."""

    articles: Sequence[Article]
    same: frozenset[Pair]
    unsure: frozenset[Pair] = frozenset()


def _made(
    *, title: str, excerpt: str, url: str, at: datetime, source: str, links: Sequence[str] = ()
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
        provider=Provider(name=source),
        topics=(),
        excerpt=excerpt,
        related=related,
        gist=gist_of(excerpt=excerpt, related=related),
    )


def labelled() -> list[tuple[Article, Article, bool, int]]:
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
    return _made(
        title=told["title"],
        excerpt=told["excerpt"],
        url=told["url"],
        at=at,
        source=told["provider"],
        links=links,
    )


def real(folder: Path) -> Case:
    """Read real articles and their related links; docs/stories.md says what these mean."""
    return _linked([front for path in sorted(folder.rglob("*.md")) if (front := _front(path))])


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
                    title=item["title"],
                    excerpt=item.get("excerpt") or "",
                    url=page,
                    at=at,
                    source=(item.get("provider") or {}).get("name", ""),
                )
            links.add(frozenset((own, page)))
    places = {page: place for place, page in enumerate(articles)}
    held = list(articles.values())
    pairs: set[Pair] = {
        tuple(sorted(places[page] for page in link))
        for link in links
        if len(link) > 1 and all(page in places for page in link)
    }
    close = {
        (one, other)
        for one, other in pairs
        if abs(held[one].published_at - held[other].published_at) <= WITHIN  # type: ignore[operator]
    }
    return Case(articles=held, same=frozenset(close), unsure=_clustered(pairs) - close)


def _clustered(links: set[Pair]) -> frozenset[Pair]:
    """Return all pairs that a chain of links connects."""
    cluster: dict[int, set[int]] = {}
    for one, other in links:
        joined = cluster.get(one, {one}) | cluster.get(other, {other})
        cluster.update(dict.fromkeys(joined, joined))
    return frozenset(pair for held in cluster.values() for pair in combinations(sorted(held), 2))


def _page(item: dict[str, Any]) -> str:
    names = ("webUrl", "sourceUrl", "originalUrl")
    raw = next((item[name] for name in names if item.get(name)), "")
    safe = safe_url(raw)
    return canonical_url(safe) if safe else ""


def generated(count: int) -> Case:
    """Make stories of one to four tellings, and for every third one that only looks alike."""
    rng = Random(SEED)
    vocabulary = sorted({_word(rng) for _ in range(12_000)})
    weights = [1 / (rank + 20) for rank in range(len(vocabulary))]

    def some(length: int) -> list[str]:
        return rng.choices(vocabulary, weights, k=length)

    articles: list[Article] = []
    same: set[Pair] = set()

    def add(title: list[str], excerpt: list[str], at: datetime) -> int:
        url = f"https://paper{len(articles) % 40}.example/{len(articles)}"
        shown = " ".join(title).capitalize()
        articles.append(
            _made(
                title=shown,
                excerpt=" ".join(excerpt),
                url=url,
                at=at,
                source=f"Paper {len(articles) % 40}",
            )
        )
        return len(articles) - 1

    while len(articles) < count:
        at = NOW + timedelta(days=60 * rng.random())
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
