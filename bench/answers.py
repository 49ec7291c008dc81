"""Measures answers in a simulated server, from the interaction's arrival, beside a constant's.

python -m bench.answers [titles] [queries]   (100000 and 200)

What it prints is Markdown. A ratio holds on any machine; a time does not. The simulation's own
share, which the constant shows too, is in all times.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter
from typing import TYPE_CHECKING, Any

from bench.finding import median_and_p99, questions_of
from bench.simulated import CONSTANT, open_server, write_titles
from bench.vocabulary import titles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simcord import MemberActor

    from bench.simulated import Server, Times

_SEED = 31
_WARMING = 20  # queries
_TYPISTS = 50
_TYPING = 20.0  # seconds
_KEYSTROKE = 0.2  # seconds, and up to half of it more or less
_BEAT = 0.005  # seconds
_LONG = 0.05  # seconds that nothing may block the event loop
_SEARCH, _SUGGEST, _NEXT, _RELATED = "`/search`", "its autocomplete", "Next", "Related"


def main() -> None:
    """Print all tables."""
    count, queries = [*map(int, sys.argv[1:]), *[100_000, 200][len(sys.argv) - 1 :]]
    made = titles(_SEED, count)
    kinds = questions_of(made, seed=_SEED, count=queries).values()
    texts = [one.text for asked in kinds for one in asked]
    Random(_SEED).shuffle(texts)
    with tempfile.TemporaryDirectory(prefix="gazette-bench-") as folder:
        content = Path(folder) / "content"
        write_titles(content, made.texts)
        asyncio.run(_measured(content, Path(folder) / "state", texts, queries, count))


async def _measured(content: Path, state: Path, texts: list[str], queries: int, count: int) -> None:
    async with open_server(content, state) as server:
        for text in texts[:_WARMING]:
            await _asked(server, text, first=True)
        print(f"## Answers, {count:,} articles, {queries} queries\n")
        numbered = enumerate(texts[:queries])
        _report_answers([await _asked(server, one, first=n % 2 == 0) for n, one in numbered])
        print(f"\n## {_TYPISTS} at once type for {_TYPING:.0f} s, {count:,} articles\n")
        await _report_typing(server, texts)


async def _asked(server: Server, text: str, *, first: bool) -> dict[str, Times]:
    """Ask one query in all ways, the constant first or last."""
    found: dict[str, Times] = {}
    if first:
        found[CONSTANT] = await server.taken(server.command(CONSTANT, text))
    answered = server.command("search", text)
    found[_SEARCH] = await server.taken(answered)
    if not first:
        found[CONSTANT] = await server.taken(server.command(CONSTANT, text))
    half = text[: len(text) // 2]  # what nobody has asked a moment ago
    found[_SUGGEST] = await server.taken(server.typed("search", half, who=server.asker))
    for label in (_NEXT, _RELATED):
        pressed = server.pressed(answered, label)
        if pressed is not None:
            found[label] = await server.taken(pressed)
    server.forget()
    await server.env.settle()
    return found


def _report_answers(rows: Sequence[Mapping[str, Times]]) -> None:
    print(
        "| what is asked | how many | median, ms | p99, ms | median / constant | p99 / constant "
        "| of each, median | until sent, median, ms |\n|---|---|---|---|---|---|---|---|"
    )
    for name in (CONSTANT, _SEARCH, _SUGGEST, _NEXT, _RELATED):
        pairs = [(row[name], row[CONSTANT]) for row in rows if name in row]
        if len(pairs) > 1:
            own, other = (
                median_and_p99([_whole(one) for one in side]) for side in zip(*pairs, strict=True)
            )
            each = statistics.median(_whole(one) / _whole(another) for one, another in pairs)
            sent = statistics.median(one.sent - one.came for one, _ in pairs)
            print(
                f"| {name} | {len(pairs)} | {own[0] * 1e3:.2f} | {own[1] * 1e3:.2f} "
                f"| {own[0] / other[0]:.2f} | {own[1] / other[1]:.2f} | {each:.2f} "
                f"| {sent * 1e3:.2f} |"
            )


def _whole(times: Times) -> float:
    return times.taken.result() - times.came


@dataclass(slots=True)
class _Heartbeat:
    """How much longer than asked for each of many short sleeps was, in seconds."""

    excesses: list[float] = field(default_factory=list)

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            began = perf_counter()
            await asyncio.sleep(_BEAT)
            self.excesses.append(perf_counter() - began - _BEAT)


async def _report_typing(server: Server, texts: Sequence[str]) -> None:
    typists = [server.member(f"typist{number}") for number in range(_TYPISTS)]
    await server.env.settle()
    print(
        "| autocomplete | how many | median, ms | p99, ms | longest, ms | over 1 s "
        "| without a choice | loop blocked: median, ms | p99, ms | longest, ms | over 50 ms "
        "| collector, longest, ms |\n" + "|---" * 12 + "|"
    )
    gc.collect()
    gc.freeze()  # what the simulation has gathered so far is no work for the bot's collector
    for title, name in (("a constant", CONSTANT), (_SEARCH, "search")):
        heart = _Heartbeat()
        with _collector() as pauses:
            beating = asyncio.create_task(heart.beat())
            chances = [Random(f"{_SEED} {number}") for number in range(_TYPISTS)]
            typed = await asyncio.gather(
                *(
                    _type(server, name, who, texts, chance)
                    for who, chance in zip(typists, chances, strict=True)
                )
            )
            beating.cancel()
        waits = [wait for one in typed for wait, _ in one]
        empty = sum(not chosen for one in typed for _, chosen in one)
        median, p99 = median_and_p99(waits)
        usual, rare = median_and_p99(heart.excesses)
        print(
            f"| {title} | {len(waits):,} | {median * 1e3:.1f} | {p99 * 1e3:.1f} "
            f"| {max(waits) * 1e3:.1f} | {sum(wait > 1 for wait in waits)} | {empty} "
            f"| {usual * 1e3:.1f} | {rare * 1e3:.1f} | {max(heart.excesses) * 1e3:.1f} "
            f"| {sum(excess > _LONG for excess in heart.excesses)} "
            f"| {max(pauses, default=0.0) * 1e3:.1f} |"
        )
        await server.env.settle()


async def _type(
    server: Server, name: str, who: MemberActor, texts: Sequence[str], chance: Random
) -> list[tuple[float, bool]]:
    """Type queries letter by letter.

    Return how long after each was due its answer was taken, and whether that offered anything.
    """
    due = began = perf_counter()
    due += chance.uniform(0, _KEYSTROKE)
    sent: list[tuple[float, Any]] = []
    while due < began + _TYPING:
        text = chance.choice(texts)
        for end in range(1, len(text) + 1):
            await asyncio.sleep(max(0.0, due - perf_counter()))
            sent.append((due, server.typed(name, text[:end], who=who)))
            server.forget()
            due += _KEYSTROKE * chance.uniform(0.5, 1.5)
            if due >= began + _TYPING:
                break
    return [
        (await server.watch.times[one.id].taken - due, bool(one.autocomplete_choices))
        for due, one in sent
    ]


@contextmanager
def _collector() -> Iterator[list[float]]:
    """Note how long each run of Python's collector of garbage took."""
    pauses: list[float] = []
    began = 0.0

    def note(phase: str, _info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = perf_counter()
        else:
            pauses.append(perf_counter() - began)

    gc.callbacks.append(note)
    try:
        yield pauses
    finally:
        gc.callbacks.remove(note)


if __name__ == "__main__":
    main()
