"""Measures what a search index costs: to build, to hold, and to ask the worst of it."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter
from typing import TYPE_CHECKING

from bench.engines import Ours, catalogue_of
from bench.vocabulary import passages, plain_words, titles, worthy
from bot.adapters.memory import give_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.engines import Clock
    from bot.core.article import Article
    from bot.core.catalogue import Catalogue

_RUNS = 2
_PROBES = 5
_EXCERPT = 25  # words
_SEED = 5


def report_building(texts: tuple[str, ...]) -> None:
    """Print how long it takes to build the index, and to answer once, beside FTS5."""
    catalogue = catalogue_of(texts)
    texts_of = {
        "title, provider, topic": [""] * len(texts),
        f"and an excerpt of {_EXCERPT} words": passages(texts, seed=_SEED, words=_EXCERPT),
    }
    print("| text | Gazette, s | until it has answered, s | FTS5, s | ratio | FTS5 + prefixes, s |")
    print("|---|---|---|---|---|---|")
    for name, excerpts in texts_of.items():
        runs = [_built(catalogue, excerpts) for _ in range(_RUNS)]
        built, answered, fts, prefixed = map(min, zip(*runs, strict=True))
        print(
            f"| {name} | {built:.2f} | {answered:.2f} | {fts:.2f} | {built / fts:.2f} "
            f"| {prefixed:.2f} |"
        )


def _built(catalogue: Catalogue, excerpts: Sequence[str]) -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory(prefix="gazette-bench-") as name:
        folder = Path(name)
        ours = Ours(catalogue, folder=folder / "index")
        articles = ours.articles(excerpts)
        began = perf_counter()
        asyncio.run(ours.fill(articles))
        built = perf_counter() - began
        asyncio.run(ours.search(_common(catalogue)))
        answered = perf_counter() - began
        fts = [
            _built_fts(folder / f"{place}.sqlite3", catalogue, excerpts, options)
            for place, options in enumerate(("", ", prefix='2 3'"))
        ]
    return built, answered, fts[0], fts[1]


def _built_fts(file: Path, catalogue: Catalogue, excerpts: Sequence[str], options: str) -> float:
    began = perf_counter()
    held = sqlite3.connect(file)
    held.execute(f"CREATE VIRTUAL TABLE t USING fts5(title, provider, topics, excerpt{options})")
    rows = (
        (
            one.title,
            f"{one.source} {one.provider and one.provider.domain}",
            " ".join(one.topics),
            excerpt,
        )
        for one, excerpt in zip(catalogue.articles.values(), excerpts, strict=True)
    )
    held.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    held.commit()
    held.execute("SELECT rowid FROM t WHERE t MATCH ? LIMIT 10", (_common(catalogue),)).fetchall()
    held.close()
    return perf_counter() - began


def _common(catalogue: Catalogue) -> str:
    """Return a word that a title holds."""
    return worthy(next(iter(catalogue.articles.values())).title)[0]


def report_memory(count: int) -> None:
    """Print what the index adds to a process that holds the headlines."""
    command = [sys.executable, "-m", "bench.costs", str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 (ourselves)
    grown: Mapping[str, float] = json.loads(done.stdout)
    print(
        f"Memory beyond the headlines: {grown['all']:.0f} MB, {grown['own']:.0f} MB of it not pages"
        f" of the index's files, which are {grown['files']:.0f} MB."
    )


def main() -> None:
    """Measure memory, in this process of its own."""
    catalogue = catalogue_of(titles(_SEED, int(sys.argv[1])).texts)
    texts = [one.title for one in list(catalogue.articles.values())[:200]]
    with tempfile.TemporaryDirectory(prefix="gazette-bench-") as folder:
        ours = Ours(catalogue, folder=Path(folder))
        articles = ours.articles()
        before = _memory()
        asyncio.run(_used(ours, articles, texts))
        after = _memory()
        files = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
    grown = {name: after[name] - before[name] for name in after}
    print(json.dumps({**grown, "files": files}))


async def _used(ours: Ours, articles: Sequence[Article], texts: Sequence[str]) -> None:
    await ours.fill(articles)
    for text in texts:
        await ours.search(text[:20])


def _memory() -> dict[str, float]:
    """Return this process's resident memory in MB, and what of it stands in no file."""
    gc.collect()
    give_back()
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith("kB")}
    return {"all": int(sizes["VmRSS"]) / 1e3, "own": int(sizes["RssAnon"]) / 1e3}


def report_probes(ours: Ours, texts: Sequence[str], clock: Clock) -> None:
    """Print what the searches take that nobody should be able to make slow."""
    slowest = (0.0, "")
    print("| probe | median, ms | longest, ms | found |")
    print("|---|---|---|---|")
    for name, text in _probes(texts).items():
        runs = [clock.time(ours.count(text)) for _ in range(_PROBES)]
        median = statistics.median(run.inside for run in runs) * 1e3
        longest = max(run.inside for run in runs) * 1e3
        slowest = max(slowest, (median, name))
        print(f"| {name} | {median:.1f} | {longest:.1f} | {runs[0].result:,} |")
    print(f"\nThe slowest by its median: {slowest[1]}, {slowest[0]:.1f} ms.")


def _probes(texts: Sequence[str]) -> Mapping[str, str]:
    counts = Counter(word for text in texts for word in worthy(text))
    common = [word for word, _ in counts.most_common(12)]
    letters = Counter(word[0] for text in texts for word in plain_words(text))
    rng = Random(_SEED)
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    unknown = ["".join(rng.choices(alphabet, k=20)) for _ in range(12)]
    return {
        "nothing": "",
        "the commonest first letter": letters.most_common(1)[0][0],
        "`a`": "a",
        "`the`": "the",
        "`the of`": "the of",
        "the commonest word": common[0],
        "the commonest two words": " ".join(common[:2]),
        "the commonest twelve words": " ".join(common),
        "the beginnings of the commonest twelve words": " ".join(word[:3] for word in common),
        "the commonest twelve words, each with a typo": " ".join(
            w[0] + "q" + w[1:] for w in common
        ),
        "12 long unknown words": " ".join(unknown),
        "6,000 random letters": "".join(rng.choices(alphabet, k=6_000)),
        "6,000 random letters and spaces": "".join(rng.choices(f"{alphabet}     ", k=6_000)),
        "200 emoji": "🦀" * 200,
        "a phrase of the commonest two words": f'"{common[0]} {common[1]}"',
        "a phrase of small words": '"the of the of"',
        "a word left out, alone": f"-{common[0]}",
        "a topic, alone": "topic:x",
        "50 one-letter words": " ".join((alphabet * 2)[:50]),
        "Japanese": "東京で新しい図書館が開館しました",
        "200 signs of Chinese": "新图书馆开放" * 33,
        "signs only": "\"'()[]{}:*?\\-+~^" * 20,
    }


if __name__ == "__main__":
    main()
