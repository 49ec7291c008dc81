"""Asks engines what was meant for one title each, and counts where it came and how long it took."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.ceiling import Ceiling
from bench.queries import HARD, ORDINARY, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bench.engines import Clock, Engine, Ours, Timed
    from bench.queries import Asked
    from bench.vocabulary import Titles

SETS = {"ordinary": ORDINARY, "hard": HARD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where the title came, if among the first ten, and what that took, beside plain tantivy.

    `ceiling` is how likely the best guess is right, and one of the first ten. Seconds are those of
    the call itself, and until its answer was back in the event loop.
    """

    kind: str
    ceiling: tuple[float, float]
    place: int | None
    inside: float
    whole: float
    plain_inside: float
    plain_whole: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The share of queries of which the title came first, and among the first ten."""

    first: float
    ten: float


def outcomes(
    titles: Titles, ours: Ours, plain: Engine, clock: Clock, *, seed: int, count: int
) -> dict[str, list[Outcome]]:
    """Ask so many queries of each kind of our engine and of the plain one, in turns."""
    ceiling = Ceiling(titles.texts)
    return {
        name: [
            _outcome(kind, one, ceiling.of(one), ours, plain, clock, first=number % 2 == 0)
            for kind, made in asked(kinds, titles, seed=seed, count=count).items()
            for number, one in enumerate(made)
        ]
        for name, kinds in SETS.items()
    }


def _outcome(
    kind: str,
    asked_for: Asked,
    ceiling: tuple[float, float],
    ours: Ours,
    plain: Engine,
    clock: Clock,
    *,
    first: bool,
) -> Outcome:
    text = asked_for.text
    if first:
        own, other = clock.time(ours.search(text)), clock.time_other(plain, text)
    else:
        other, own = clock.time_other(plain, text), clock.time(ours.search(text))
    return Outcome(
        kind=kind,
        ceiling=ceiling,
        place=_place(own.result, asked_for),
        inside=own.inside,
        whole=own.whole,
        plain_inside=other.inside,
        plain_whole=other.whole,
    )


def _place(places: Sequence[int], asked_for: Asked) -> int | None:
    return places.index(asked_for.place) if asked_for.place in places else None


def rates(places: Iterable[int | None]) -> Rates:
    """Return how often the title came first, and among the first ten."""
    known = list(places)
    return Rates(
        first=statistics.mean(place == 0 for place in known),
        ten=statistics.mean(place is not None for place in known),
    )


def ceilings(found: Iterable[Outcome]) -> Rates:
    """Return what the best guesses would come to."""
    firsts, tens = zip(*(one.ceiling for one in found), strict=True)
    return Rates(first=statistics.mean(firsts), ten=statistics.mean(tens))


def by_kind(found: Iterable[Outcome]) -> Mapping[str, list[Outcome]]:
    """Return the outcomes of each kind."""
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        kinds[one.kind].append(one)
    return kinds


def median_and_p99(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the middle, and what one in a hundred is above."""
    return statistics.median(seconds), statistics.quantiles(seconds, n=100)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one engine did on one set of queries."""

    rates: Rates
    median: float
    p99: float


def standing(ask: Callable[[str], Timed], questions: Sequence[Asked]) -> Standing:
    """Ask all of them; what comes back are places of titles."""
    answers = [ask(one.text) for one in questions]
    median, p99 = median_and_p99([answer.inside for answer in answers])
    places = [_place(answer.result, one) for answer, one in zip(answers, questions, strict=True)]
    return Standing(rates=rates(places), median=median, p99=p99)


def questions_of(titles: Titles, *, seed: int, count: int) -> dict[str, list[Asked]]:
    """Return the queries of each set, those of all kinds together."""
    return {
        name: [
            one for made in asked(kinds, titles, seed=seed, count=count).values() for one in made
        ]
        for name, kinds in SETS.items()
    }
