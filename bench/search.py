"""Measures how well and how fast titles are found, side by side in one run on the same queries.

python -m bench.search [titles] [queries of each kind]          (100000 and 100)
python -m bench.search --ours [titles] [queries of each kind]   (for tuning: no seed held back)

What it prints is Markdown. A ratio holds on any machine; a time does not. Set GAZETTE_SHARED to
measure on real titles too.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.costs import report_building, report_memory, report_probes
from bench.engines import Clock, Ours, Plain, catalogue_of
from bench.finding import (
    SETS,
    by_kind,
    ceilings,
    median_and_p99,
    outcomes,
    questions_of,
    rates,
    standing,
)
from bench.peers import quick_peers, slow_peers
from bench.vocabulary import Titles, titles
from bot.adapters.files.folder import read_content
from bot.core.catalogue import assemble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.engines import Timed
    from bench.finding import Outcome, Rates
    from bench.queries import Asked
    from bot.core.catalogue import Catalogue

_TUNED = 7
_HELD_BACK = (101, 102)  # nobody looks at single queries of these
_FEW = 4  # queries of each kind for what is slow
_OURS = "Gazette"
_SETS_OF_KINDS = tuple(SETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """Titles, the engines that know them, and what they found."""

    titles: Titles
    ours: Ours
    plain: Plain
    found: Mapping[str, list[Outcome]]


def main() -> None:
    """Print all tables, or those of our engine."""
    numbers = [int(word) for word in sys.argv[1:] if not word.startswith("-")]
    count, queries = numbers + [100_000, 100][len(numbers) :]
    clock = Clock()
    print(f"{count:,} titles, {queries} queries of each kind and seed\n")
    tuned = _world(_TUNED, count, queries, clock)
    tuned_on = {f"tuned on (seed {_TUNED})": tuned.found}
    if "--ours" in sys.argv:  # for tuning, which must not see what is held back
        _report_kinds(tuned_on)
        _report_times(tuned.found)
    else:
        held_back = [_world(seed, count, queries, clock) for seed in _HELD_BACK]
        seeds = ", ".join(map(str, _HELD_BACK))
        _report_kinds({**tuned_on, f"held back (seeds {seeds})": _joined(held_back)})
        _report_times(_joined([tuned, *held_back]))
        _report_rest(held_back[0], clock, queries)
    clock.close()


def _report_rest(world: _World, clock: Clock, queries: int) -> None:
    _report_peers(world, clock, queries)
    print("\n## Real titles\n")
    _report_real(clock, queries)
    print("\n## The worst that can be asked\n")
    report_probes(world.ours, world.titles.texts, clock)
    print("\n## Building and holding the index\n")
    report_building(world.titles.texts)
    print()
    report_memory(len(world.titles.texts))


def _world(seed: int, count: int, queries: int, clock: Clock) -> _World:
    made = titles(seed, count)
    return _asked_of(made, catalogue_of(made.texts), clock, seed=seed, queries=queries)


def _asked_of(
    made: Titles, catalogue: Catalogue, clock: Clock, *, seed: int, queries: int
) -> _World:
    ours, plain = Ours(catalogue), Plain(made.texts)
    ours.run_in(clock)
    clock.time(ours.fill(ours.articles()))
    gc.collect()
    gc.freeze()  # as the bot does
    for text in made.texts[:20]:  # what is made at the first searches is none of their times
        clock.time(ours.search(text))
        clock.time_other(plain, text)
    found = outcomes(made, ours, plain, clock, seed=seed, count=queries)
    return _World(titles=made, ours=ours, plain=plain, found=found)


def _joined(worlds: Sequence[_World]) -> Mapping[str, list[Outcome]]:
    joined: dict[str, list[Outcome]] = defaultdict(list)
    for world in worlds:
        for name, found in world.found.items():
            joined[name] += found
    return joined


def _report_kinds(found: Mapping[str, Mapping[str, list[Outcome]]], *, level: str = "##") -> None:
    for name in _SETS_OF_KINDS:
        print(f"{level} {name.capitalize()} queries: first place / first ten\n")
        titled = "".join(f" {which} | its ceiling |" for which in found)
        print(f"| kind |{titled}")
        print("|---|" + "---|---|" * len(found))
        kinds = {which: {**by_kind(of[name]), "**all**": of[name]} for which, of in found.items()}
        for kind in next(iter(kinds.values())):
            cells = [_with_ceiling(of[kind]) for of in kinds.values()]
            print(f"| {kind} | {' | '.join(cells)} |")
        print()


def _with_ceiling(found: Sequence[Outcome]) -> str:
    return f"{_both(rates(one.place for one in found))} | {_both(ceilings(found))}"


def _both(known: Rates) -> str:
    return f"{known.first:.3f} / {known.ten:.3f}"


def _report_times(found: Mapping[str, list[Outcome]]) -> None:
    print("## Times, and their ratio to tantivy's plain fuzzy search\n")
    print("| queries | median, ms | p99, ms | median / plain | p99 / plain | of each, median |")
    print("|---|---|---|---|---|---|")
    for name, of in found.items():
        inside = [(one.inside, one.plain_inside) for one in of]
        whole = [(one.whole, one.plain_whole) for one in of]
        _line_of_times(f"{name}, the call alone", inside)
        _line_of_times(f"{name}, as the bot awaits it", whole)
    _line_of_times(
        "all, the call alone", [(o.inside, o.plain_inside) for of in found.values() for o in of]
    )


def _line_of_times(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    own, other = (median_and_p99(seconds) for seconds in zip(*pairs, strict=True))
    paired = statistics.median(one / another for one, another in pairs)
    print(
        f"| {name} | {own[0] * 1e3:.2f} | {own[1] * 1e3:.2f} | {own[0] / other[0]:.2f} "
        f"| {own[1] / other[1]:.2f} | {paired:.2f} |"
    )


def _report_peers(world: _World, clock: Clock, queries: int) -> None:
    seed = _HELD_BACK[0]
    print(f"\n## Beside others, seed {seed}: first place / first ten, median / p99 in ms\n")
    whole = questions_of(world.titles, seed=seed, count=queries)
    few = questions_of(world.titles, seed=seed, count=_FEW)
    texts = world.titles.texts
    _print_head()
    _line(_OURS, lambda text: clock.time(world.ours.search(text)), whole)
    for name, engine in quick_peers(texts).items():
        _line(name, partial(clock.time_other, engine), whole)
    for name, engine in slow_peers(texts).items():
        _line(f"{name} ({_FEW} of each kind)", partial(clock.time_other, engine), few)


def _print_head() -> None:
    print("| engine | ordinary | ms | hard | ms |\n|---|---|---|---|---|")


def _line(name: str, ask: Callable[[str], Timed], questions: Mapping[str, Sequence[Asked]]) -> None:
    stood = [standing(ask, questions[which]) for which in _SETS_OF_KINDS]
    cells = [f"{_both(one.rates)} | {one.median * 1e3:.2f} / {one.p99 * 1e3:.1f}" for one in stood]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _report_real(clock: Clock, queries: int) -> None:
    shared = os.environ.get("GAZETTE_SHARED")
    if not shared:
        print("Left out, for GAZETTE_SHARED names no folder that holds corpora.")
        return
    catalogue = _real(Path(shared) / "corpora")
    made = Titles(texts=tuple(one.title for one in catalogue.articles.values()), forms={})
    world = _asked_of(made, catalogue, clock, seed=_HELD_BACK[0], queries=queries)
    print(f"{len(made.texts):,} titles of all collections, no two the same\n")
    _report_kinds({_OURS: world.found}, level="###")
    questions = questions_of(made, seed=_HELD_BACK[0], count=queries)
    print("### Beside others\n")
    _print_head()
    _line(_OURS, lambda text: clock.time(world.ours.search(text)), questions)
    for name, engine in {**quick_peers(made.texts), **slow_peers(made.texts)}.items():
        _line(name, partial(clock.time_other, engine), questions)


def _real(corpora: Path) -> Catalogue:
    """Return the articles of all collections, drafts as if they were published."""
    read = read_content(sorted(place for place in corpora.iterdir() if place.is_dir()))
    titled = {one.title.casefold(): one for one in read.articles.values()}
    return assemble([replace(one, draft=False) for one in titled.values()])


if __name__ == "__main__":
    main()
