"""The crash proof: which runs there are, and what comes of them together."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from random import Random  # noqa: TID251 (seeded)
from time import monotonic
from typing import TYPE_CHECKING

from tests.faults import desk, ground
from tests.faults.breaking import OF_GATEWAY, Fault
from tests.faults.crippling import APART, EVENTS_ALONE, NO_CLAIM, NO_LOOK, NO_NONCE
from tests.faults.runs import LITTLE, LONG, Met, Run, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence

    from tests.faults.ground import Ground
    from tests.faults.runs import Outcome

WINDOWS = (LITTLE, LONG)
SABOTAGES = (NO_CLAIM, NO_NONCE, NO_LOOK)
OF_DESK = (*SABOTAGES, EVENTS_ALONE, APART)
ALONE, CRASHED = "alone", "after a crash"
_ROOM = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a folder of our own in it)
_DESK_PAIRS, _DESK_MEETINGS, _DESK_FAULTS, _DESK_SABOTAGES = 160, 280, 280, 200
MARGIN = 6  # deliveries are made side by side, so lives differ by some points
_DEFINITE = (
    Fault.UNAUTHORIZED,
    Fault.FORBIDDEN,
    Fault.MISSING,
    Fault.LIMITED,
    Fault.LIMITED_GLOBALLY,
    Fault.LIMITED_SHARED,
    Fault.BANNED,
)
_UNDECIDED = (
    Fault.ERROR,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.TIMEOUT,
    Fault.RESET,
    Fault.CLOSE,
    Fault.CUT,
    Fault.GARBLED,
    Fault.HANG,
)
# whoever says no has not taken it; of all others nobody knows
FAULTS = (
    *(Met(fault) for fault in (*_DEFINITE, *_UNDECIDED, *OF_GATEWAY)),
    *(Met(fault, accepted=True) for fault in _UNDECIDED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a life without trouble is: its points, those that last, and what it asks.

    A crash before a commit or a request, or after one that only reads, leaves what the point
    before it left, so pairs and meetings are drawn up from the points that last.
    """

    every: int
    lasting: int
    requests: int

    @classmethod
    async def measured(cls, stage: Stage) -> Length:
        every = (await stage.play(Run(every=True))).points[-1]
        lasting = (await stage.play(Run())).points[-1]
        asked = [name for name in every if name.startswith("before ") and "/channels/" in name]
        return cls(
            every=len(every) + MARGIN,
            lasting=len(lasting) + MARGIN,
            requests=len(asked) + MARGIN,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Runs to be played one after the other, until one has fewer points than it is to die at."""

    name: str
    runs: Sequence[Run]
    kind: str = CRASHED


def crashes(length: Length, *, every: bool = True) -> Iterator[Job]:
    """Every point, or those alone that last."""
    for pause in WINDOWS:
        for first in range(length.every if every else length.lasting):
            yield Job(name="crash", runs=[Run(dies=(first,), pause=pause, every=every)])


def pairs(length: Length) -> Iterator[Job]:
    """Every point that lasts, and every point of the recovery from it."""
    for pause in WINDOWS:
        for first in range(length.lasting):
            runs = [Run(dies=(first, then), pause=pause) for then in range(length.lasting)]
            yield Job(name="crash, and another in recovery", runs=runs)


def meetings(length: Length) -> Iterator[Job]:
    """Every point that lasts, and every fault at the first request about a channel after it."""
    for met in FAULTS:
        for pause in WINDOWS:
            for first in range(length.lasting):
                runs = [Run(dies=(first,), pause=pause, met=met)]
                yield Job(name=str(met), runs=runs)


def faults(length: Length) -> Iterator[Job]:
    """Every request about a channel, and every fault."""
    for met in FAULTS:
        for after in range(length.requests):
            run = Run(met=Met(met.fault, met.accepted, after))
            yield Job(name=str(met), runs=[run], kind=ALONE)


def sabotages(length: Length, names: Sequence[str] = SABOTAGES) -> Iterator[Job]:
    """What must fail: a crash at every point that lasts, or an answer lost at every request."""
    for name in names:
        for pause in WINDOWS:
            for first in range(length.lasting):
                yield Job(name=name, runs=[Run(dies=(first,), pause=pause, sabotage=name)])
        for after in range(length.requests):
            met = Met(Fault.UNAVAILABLE, accepted=True, after=after)
            yield Job(name=name, runs=[Run(met=met, sabotage=name)], kind=ALONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What is played on a ground: its parts, and what is taken from the bot."""

    ground: Ground
    title: str
    parts: Mapping[str, Callable[[Length], Iterable[Job]]]
    sabotages: Sequence[str]


def some(jobs: Iterable[Job], number: int, *, seed: int, most: int | None = None) -> list[Job]:
    """Return so many of them, and one run of each, of its first `most`."""
    chance = Random(seed)  # noqa: S311 (no secret)
    known = list(jobs)
    drawn = chance.sample(known, min(number, len(known)))
    return [replace(job, runs=[chance.choice(job.runs[:most])]) for job in drawn]


def programmes(*, seed: int) -> tuple[Programme, ...]:
    """Return all that there is to prove; of a desk, whose lives are long, a sample of the most."""
    posts = Programme(
        ground=ground,
        title="Posts",
        parts={
            "crashes": crashes,
            "pairs": pairs,
            "meetings": meetings,
            "faults": faults,
            "sabotages": sabotages,
        },
        sabotages=SABOTAGES,
    )

    def sabotages_of_desk(length: Length) -> list[Job]:
        return some(sabotages(length, OF_DESK), _DESK_SABOTAGES, seed=seed)

    reviews = Programme(
        ground=desk,
        title="The review desk",
        parts={
            "crashes": lambda length: crashes(length, every=False),
            "pairs": lambda length: some(pairs(length), _DESK_PAIRS, seed=seed),
            "meetings": lambda length: some(meetings(length), _DESK_MEETINGS, seed=seed),
            "faults": lambda length: some(faults(length), _DESK_FAULTS, seed=seed),
            "sabotages": sabotages_of_desk,
        },
        sabotages=OF_DESK,
    )
    return posts, reviews


@dataclass(slots=True)
class Tally:
    """What came of all runs, by their kind."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[Outcome] = field(default_factory=list)

    def add(self, job: Job, outcome: Outcome) -> None:
        """Count a run in which all took place that should."""
        verdict = outcome.verdict
        self.counts[job.name][job.kind] += 1
        self.counts[job.name].update(
            duplicates=verdict.duplicates,
            lost=verdict.lost,
            unapproved=verdict.unapproved,
            asked=verdict.asked,
            unsound=bool(verdict.unsound) or not outcome.settled,
            wrong=not outcome.right,
            hung=outcome.hung,
        )
        if not outcome.right:
            self.wrong.append(outcome)


async def play(
    jobs: Sequence[Job], stages: Sequence[Stage], *, seed: int = 0, longest: float = inf
) -> Tally:
    """Play all jobs in a seeded order, as many at a time as there are stages.

    With `longest`, begin with none after so many seconds; what was played is a sample then.
    """
    tally = Tally()
    begun = monotonic()
    waiting = iter(Random(seed).sample(jobs, len(jobs)))  # noqa: S311 (no secret)

    async def work(stage: Stage) -> None:
        for job in waiting:
            for run in job.runs:
                if monotonic() - begun > longest:
                    return
                outcome = await stage.play(run)
                if not outcome.took_place:
                    break
                tally.add(job, outcome)

    await asyncio.gather(*map(work, stages))
    return tally


@asynccontextmanager
async def open_stages(number: int, on: Ground = ground) -> AsyncIterator[list[Stage]]:
    """Open so many stages, in memory where there is room for files."""
    with tempfile.TemporaryDirectory(dir=_ROOM) as folder:
        async with AsyncExitStack() as stack:
            places = [Path(folder, str(count)) for count in range(number)]
            for place in places:
                place.mkdir()
            yield [await stack.enter_async_context(Stage.open(place, on)) for place in places]
