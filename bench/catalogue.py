"""Measures how fast content becomes searchable, beside what others would take for the same files.

python -m bench.catalogue [articles …]   (10000 and 100000 where none are named)
python -m bench.catalogue --real FOLDER…  (every article file below these folders, cold loads only)

Each figure is the minimum and the median of several runs, all in one go, each in a process of its
own. A ratio holds on any machine; a time does not.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.writing import write_articles
from bot.adapters.catalogue.cache import ArticleCache
from bot.adapters.catalogue.index import SearchIndex
from bot.adapters.files.folder import ContentFolder, survey
from bot.adapters.files.watching import watch
from bot.adapters.memory import give_back, uncollected
from bot.core.asking import parse
from bot.services.attend import Attendant
from bot.services.ingest import Library

_RUNS = 5
_BATCH = 2_000
_CHANGES = 9
_MANY = 50_000  # articles from which fewer runs must do
_PATIENCE = 30  # seconds
_LATER = datetime(2026, 1, 1, tzinfo=UTC)  # than any article here


def main() -> None:
    """Print all figures."""
    words = sys.argv[1:]
    if words[:1] == ["--one"]:  # a process of its own, started below
        print(json.dumps(_ONE[words[1]](*words[2:])))
    elif words[:1] == ["--real"]:
        _report_cold("real files", words[1:], _RUNS)
    else:
        for count in map(int, words or ("10000", "100000")):
            with tempfile.TemporaryDirectory(prefix="gazette-bench-") as folder:
                _report(Path(folder), count)


def _report(place: Path, count: int) -> None:
    content, state = place / "content", place / "state"
    write_articles(content, count)
    runs = 3 if count >= _MANY else _RUNS
    _report_cold(f"{count:,} articles", [str(content)], runs)
    first = _apart("first", content, state)
    print(f"  first start, with cache and index   {first['seconds']:8.2f} s")
    pairs = [(_apart("floor", content), _apart("warm", content, state)) for _ in range(2 * runs)]
    floors = [floor["seconds"] for floor, _ in pairs]
    warms = [warm["seconds"] for _, warm in pairs]
    _line("scandir + stat", floors)
    _line("warm restart", warms)
    _line("  and until a search is answered", [warm["answer"] for _, warm in pairs])
    _ratio("warm restart / scandir + stat", warms, floors)
    changed = _apart("change", content, state)
    _line("one changed file: written until found", changed["seconds"])
    _line("  of which once it is told", changed["told"])
    empty = _apart("empty", place / "nothing", place / "nothing-state")
    again = _apart("memory", content, state)
    cold = _apart("memory", content, place / "other-state")
    for when, one in (("restart", again), ("cold start", cold)):
        above = one["mb"] - empty["mb"]
        print(f"  {f'memory above none, after a {when}':36}{above:8.0f} MB")
    print()


def _report_cold(title: str, folders: list[str], runs: int) -> None:
    print(f"{title}; {runs} runs, minimum / median")
    pairs = [(_apart("theirs", *folders), _apart("cold", *folders)) for _ in range(runs)]
    theirs = [their["seconds"] for their, _ in pairs]
    ours = [our["seconds"] for _, our in pairs]
    their, our = pairs[0]
    _line(f"python-frontmatter + pydantic ({their['articles']:,} of {their['files']:,})", theirs)
    _line(f"Gazette ({our['articles']:,} of {our['files']:,})", ours)
    _ratio("cold load, times as fast", theirs, ours)


def _line(what: str, seconds: list[float]) -> None:
    print(f"  {what:36}{min(seconds):8.3f} / {statistics.median(seconds):.3f} s")


def _ratio(what: str, above: list[float], below: list[float]) -> None:
    ratios = [one / other for one, other in zip(above, below, strict=True)]
    best = min(above) / min(below)
    print(f"  {what:36}{best:8.2f} / {statistics.median(ratios):.2f}")


def _apart(what: str, *words: object) -> dict[str, Any]:
    """Do one thing in a process of its own, so that none inherits another's memory or rubbish."""
    command = [sys.executable, "-m", "bench.catalogue", "--one", what, *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 (ourselves)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _theirs(*folders: str) -> dict[str, Any]:
    """Load with python-frontmatter, PyYAML's C loader, and a pydantic model of the same fields."""
    from bench.theirs import load  # noqa: PLC0415 (what it imports is not ours to start with)

    began = perf_counter()
    files = _files(folders)
    articles = sum(load(file) is not None for file in files)
    return {"seconds": perf_counter() - began, "articles": articles, "files": len(files)}


def _cold(*folders: str) -> dict[str, Any]:
    """Load as the bot does: files to articles, whole, in batches that are let go."""
    files = sum(len(survey(Path(folder))) for folder in folders)

    async def load() -> int:
        articles = 0
        for folder in map(Path, folders):
            content, paths = ContentFolder(folder), list(survey(folder))
            for start in range(0, len(paths), _BATCH):
                batch = paths[start : start + _BATCH]
                readings = await content.read(batch, versions={})
                articles += sum(reading.article is not None for reading in readings)
        return articles

    began = perf_counter()
    articles = asyncio.run(load())
    return {"seconds": perf_counter() - began, "articles": articles, "files": files}


def _files(folders: tuple[str, ...]) -> list[Path]:
    return [Path(folder, name) for folder in folders for name in survey(Path(folder))]


def _floor(content: str) -> dict[str, Any]:
    began = perf_counter()
    folders = [content]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
    return {"seconds": perf_counter() - began}


class _House:
    """What the running bot has of content."""

    def __init__(self, content: str, state: str) -> None:
        folder = Path(state)
        self.index = SearchIndex(folder / "index")
        cache = ArticleCache(folder / "cache.sqlite3", fingerprint="bench")
        self.library = Library(ContentFolder(Path(content)), cache, self.index)

    async def open(self) -> None:
        """Open it as the bot does."""
        with uncollected():
            changes = await self.library.open()
        gc.freeze()
        if changes.added:
            give_back()

    async def found(self, text: str) -> int:
        asked = parse(text, now=_LATER)
        return (await self.index.search(asked, limit=3, offset=0, now=_LATER)).total


def _start(content: str, state: str) -> dict[str, Any]:
    async def start() -> dict[str, Any]:
        house = _House(content, state)
        began = perf_counter()
        await house.open()
        opened = perf_counter()
        await house.found("harbour")
        return {"seconds": opened - began, "answer": perf_counter() - began}

    return asyncio.run(start())


def _change(content: str, state: str) -> dict[str, Any]:
    """Time from the writing of a file to its being found, by the watch as the bot runs it."""

    async def measure() -> dict[str, Any]:
        house = _House(content, state)
        await house.open()
        await asyncio.sleep(1)
        stop, told = asyncio.Event(), asyncio.Queue[float]()

        async def news() -> Any:  # noqa: ANN401 (what the watch yields)
            async for paths in watch(Path(content), stop=stop):
                told.put_nowait(perf_counter())
                yield paths

        async def follow(_: object) -> None:
            """Do nothing."""

        attendant = Attendant(house.library, follow=follow)
        task = asyncio.create_task(attendant.watch(news()))
        await asyncio.sleep(2)
        file, text = _published(Path(content))
        whole, after = [], []
        for number in range(_CHANGES):
            word = 9 * "bcdfghjkl"[number]  # no two alike but for a typo
            file.write_text(text.replace('title: "', f'title: "{word} ', 1), encoding="utf-8")
            began = perf_counter()
            while not await house.found(word):
                if perf_counter() - began > _PATIENCE:
                    raise TimeoutError(word)
                await asyncio.sleep(0.002)
            whole.append(perf_counter() - began)
            after.append(perf_counter() - told.get_nowait())
            await asyncio.sleep(0.5)
        file.write_text(text, encoding="utf-8")
        await asyncio.sleep(1)
        stop.set()
        await task
        return {"seconds": whole, "told": after}

    return asyncio.run(measure())


def _published(content: Path) -> tuple[Path, str]:
    """Return a file that makes a published article."""
    texts = ((file, file.read_text(encoding="utf-8")) for file in content.rglob("*.md"))
    return next((file, text) for file, text in texts if "published: true" in text)


def _memory(content: str, state: str) -> dict[str, Any]:
    """Return what the process holds once it has searched, looked again and rested."""

    async def run() -> float:
        house = _House(content, state)
        await house.open()
        for text in ("harbour", "storm ligt", ""):
            await house.found(text)
        await house.library.refresh_if_changed()
        gc.collect()
        await asyncio.sleep(1)
        return _resident()

    Path(content).mkdir(exist_ok=True)
    return {"mb": asyncio.run(run())}


def _resident() -> float:
    """Return this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


_ONE = {
    "theirs": _theirs,
    "cold": _cold,
    "floor": _floor,
    "first": _start,
    "warm": _start,
    "change": _change,
    "memory": _memory,
    "empty": _memory,
}

if __name__ == "__main__":
    main()
