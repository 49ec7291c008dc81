"""A crash anywhere, alone or with a fault, leaves every edition exactly once; and the proof bites.

`make faults` plays all of it. Here are all points that leave something behind, each with an early
and a late return, and a seeded sample of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import desk, proof
from tests.faults.breaking import Fault
from tests.faults.crippling import APART, EVENTS_ALONE, NO_CLAIM, NO_LOOK, NO_NONCE
from tests.faults.ground import TEXT_ID
from tests.faults.proof import Job, Length, some
from tests.faults.runs import LONG, Met, Run
from tests.faults.world import REVIEW_ID

if TYPE_CHECKING:
    from tests.faults.runs import Stage

SEED = 6
PAIRS, MEETINGS, FAULTS = 10, 14, 10  # as many of each as there is time for
DESK_CRASHES, DESK_OTHERS = 10, 3  # whose lives are long
_EARLY = 12  # points; recovery has no more
MESSAGES = f"/channels/{TEXT_ID}/messages"


@pytest.mark.timeout(600)
async def test_a_crash_anywhere_leaves_every_edition_exactly_once() -> None:
    async with proof.open_stages(2) as stages:
        length = await Length.measured(stages[0])
        tally = await proof.play(
            [
                *proof.crashes(length, every=False),
                *some(proof.pairs(length), PAIRS, seed=SEED, most=_EARLY),
                *some(proof.meetings(length), MEETINGS, seed=SEED),
                *some(proof.faults(length), FAULTS, seed=SEED),
            ],
            stages,
            seed=SEED,
        )
    assert tally.wrong == []
    assert tally.counts["crash"][proof.CRASHED] >= 2 * (length.lasting - 2 * proof.MARGIN)


@pytest.mark.timeout(600)
async def test_a_crash_anywhere_loses_no_verdict_and_doubles_no_card() -> None:
    async with proof.open_stages(2, desk) as stages:
        length = await Length.measured(stages[0])
        tally = await proof.play(
            [
                *some(proof.crashes(length, every=False), DESK_CRASHES, seed=SEED),
                *some(proof.pairs(length), DESK_OTHERS, seed=SEED, most=_EARLY),
                *some(proof.meetings(length), DESK_OTHERS, seed=SEED),
                *some(proof.faults(length), DESK_OTHERS, seed=SEED),
            ],
            stages,
            seed=SEED,
        )
    assert tally.wrong == []
    assert tally.counts["crash"][proof.CRASHED] >= DESK_CRASHES - 2


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


async def test_the_proof_of_reviews_bites_where_a_part_of_it_is_taken_away() -> None:
    cards = f"/channels/{REVIEW_ID}/messages"
    async with proof.open_stages(1, desk) as stages:
        whole = await stages[0].play(Run(sabotage=EVENTS_ALONE))
        assert whole.right  # as long as nothing is missed
        (points,) = whole.points
        sent = points.index(f"after POST {cards}")
        edited = next(i for i, name in enumerate(points) if name.startswith(f"after PATCH {cards}"))
        tried = ((NO_CLAIM, sent), (NO_LOOK, sent), (EVENTS_ALONE, sent), (APART, edited - 2))
        for name, at in tried:
            assert await _goes_wrong(stages[0], name, at), name


async def _goes_wrong(stage: Stage, sabotage: str, at: int) -> bool:
    """Tell whether a crash near that point leaves something wrong behind."""
    for near in (0, 1, -1, 2, -2, 3):  # what is made side by side comes in another order each time
        run = Run(dies=(at + near,), sabotage=sabotage, pause=LONG)
        if not (await stage.play(run)).right:
            return True
    return False
