"""A crash anywhere, alone or with a fault, leaves every edition exactly once; and the proof bites.

`make faults` plays all of it. Here are all points that leave something behind, each with an early
and a late return, and a seeded sample of the rest.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random  # noqa: TID251 (seeded)
from typing import TYPE_CHECKING

import pytest

from tests.faults import proof
from tests.faults.breaking import Fault
from tests.faults.ground import TEXT_ID
from tests.faults.mortal import NO_CLAIM, NO_LOOK, NO_NONCE
from tests.faults.proof import Job, Length
from tests.faults.runs import LONG, Met, Run

if TYPE_CHECKING:
    from collections.abc import Iterable


SEED = 6
PAIRS, MEETINGS, FAULTS = 10, 14, 10  # as many of each as there is time for
_EARLY = 12  # points; recovery has no more
MESSAGES = f"/channels/{TEXT_ID}/messages"


@pytest.mark.timeout(600)
async def test_a_crash_anywhere_leaves_every_edition_exactly_once() -> None:
    chance = Random(SEED)  # noqa: S311 (no secret)
    async with proof.open_stages(2) as stages:
        length = await Length.measured(stages[0])
        tally = await proof.play(
            [
                *proof.crashes(length, every=False),
                *_some(proof.pairs(length), PAIRS, chance),
                *_some(proof.meetings(length), MEETINGS, chance),
                *_some(proof.faults(length), FAULTS, chance),
            ],
            stages,
            seed=SEED,
        )
    assert tally.wrong == []
    assert tally.counts["crash"][proof.CRASHED] >= 2 * (length.lasting - 2 * proof.MARGIN)


async def test_the_proof_bites_where_a_part_of_it_is_taken_away() -> None:
    async with proof.open_stages(2) as stages:
        (points,) = (await stages[0].play(Run())).points
        sent = points.index(f"after POST {MESSAGES}")
        lost = Met(Fault.UNAVAILABLE, accepted=True, path=MESSAGES)
        # deliveries are made side by side, so the point is one of these
        near = [(sent + some,) for some in range(-1, 2)]
        runs = [
            *(Run(dies=dies, sabotage=NO_CLAIM, pause=LONG) for dies in near),
            *(Run(dies=dies, sabotage=NO_LOOK, pause=LONG) for dies in near),
            Run(met=lost, sabotage=NO_NONCE),
        ]
        jobs = [Job(name=str(run.sabotage), runs=[run]) for run in runs]
        tally = await proof.play(jobs, stages)
    for name in proof.SABOTAGES:
        assert tally.counts[name]["duplicates"], name


def _some(jobs: Iterable[Job], number: int, chance: Random) -> list[Job]:
    """Return so many of them, and one run of each."""
    return [
        replace(job, runs=[chance.choice(job.runs[:_EARLY])])
        for job in chance.sample(list(jobs), number)
    ]
