"""Runs of the crash proof: lives that end at a point, faults that are met, and what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from discord.utils import utcnow

from tests.faults import desk, ground
from tests.faults.breaking import Fault
from tests.faults.crippling import APART, NO_CLAIM
from tests.faults.ground import Verdict, copied, forget_claims
from tests.faults.loopback import Loopback
from tests.faults.mortal import (
    DIED,
    SETTLED,
    STUCK,
    Life,
    SharedClock,
    ledger_of,
)
from tests.faults.town import indecent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.faults.ground import Ground

ROOT = Path(__file__).parents[2]
LITTLE, LONG = 1.0, 400.0  # seconds between a crash and the next start; Discord's window is 300
MOST_LIVES = 8
_OF_A_CRIPPLED_BOT = 3  # which may never come to an end
_AFTER_OTHER_ENDS = 70.0  # seconds; somebody looks why it stopped
CHANNELS = r"/channels/.*"


@dataclass(frozen=True, slots=True)
class Met:
    """A fault that a request meets once the crashes are over, after so many that go well."""

    fault: Fault
    accepted: bool = False
    after: int = 0
    path: str = CHANNELS

    def __str__(self) -> str:
        words = {Fault.LIMITED: "429", Fault.CUT: "half an answer", Fault.GARBLED: "garbled JSON"}
        name = words.get(self.fault, str(self.fault.value))
        return f"{name}, accepted" if self.accepted else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What to try: the points where the first lives end, the pause after each, and a fault."""

    dies: tuple[int, ...] = ()
    pause: float = LITTLE
    met: Met | None = None
    sabotage: str | None = None
    every: bool = False


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How each life ended, to which points it came, and what was found in the end."""

    run: Run
    ends: list[int] = field(default_factory=list)
    points: list[list[str]] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    unmet: bool = False
    said: str = ""

    @property
    def took_place(self) -> bool:
        """Tell whether it died as often as it should, and met what it should."""
        died = self.ends[: len(self.run.dies)] == [DIED] * len(self.run.dies)
        return died and not self.unmet

    @property
    def hung(self) -> bool:
        """Tell whether some life had to be ended."""
        return STUCK in self.ends

    @property
    def settled(self) -> bool:
        return self.ends[-1] == SETTLED

    @property
    def right(self) -> bool:
        return self.settled and self.verdict.exact

    def __str__(self) -> str:
        found = {key: value for key, value in asdict(self.verdict).items() if value}
        last = [f"{len(points) - 1} {points[-1]}" if points else "" for points in self.points]
        return f"{self.run} ended {self.ends} at {last}: {found}"


class Stage:
    """Where runs take place: a process that forks lives, and what each of them begins with."""

    def __init__(self, folder: Path, forker: asyncio.subprocess.Process, ground: Ground) -> None:
        self.ground = ground
        self._folder = folder
        self._template = folder / "template"
        self._forker = forker
        self._count = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, ground: Ground = ground) -> AsyncIterator[Self]:
        """Start the process that forks; end it on leaving."""
        # lives that end where they stand have no coverage to tell
        own = {key: value for key, value in os.environ.items() if "COV" not in key}
        forker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.mortal"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=own | {"PYTHONPATH": str(ROOT)},
        )
        stage = cls(folder, forker, ground)
        try:
            await stage._prepare()
            yield stage
        finally:
            assert forker.stdin is not None
            forker.stdin.close()
            await forker.wait()

    async def _prepare(self) -> None:
        self.ground.write_content(self._template / "content")
        fresh = self._folder / "fresh.sqlite3"
        await self.ground.write_ledger(fresh)
        (self._template / "state").mkdir()
        shutil.copy(fresh, ledger_of(self._template))
        first = await self._play(Run(), self._template, first=True)
        assert first.ends == [SETTLED], first
        assert first.verdict.exact, first
        # what it read of the content stays, so that no other life need read it
        for file in ledger_of(self._template).parent.glob("gazette.sqlite3*"):
            file.unlink()
        shutil.copy(fresh, ledger_of(self._template))
        (self._template / "clock").unlink()

    async def play(self, run: Run) -> Outcome:
        """Play one run on a ground and in a world of its own."""
        self._count += 1
        folder = self._folder / str(self._count)
        copied(self._template, folder)
        try:
            return await self._play(run, folder)
        finally:
            shutil.rmtree(folder)

    async def _play(self, run: Run, folder: Path, *, first: bool = False) -> Outcome:
        clock = SharedClock(folder / "clock")
        clock.pass_time((self.ground.START - utcnow()).total_seconds())
        outcome = Outcome(run=run)
        world = self.ground.new_world(clock)
        async with Loopback(world, checked=False) as loopback:
            loopback.people = self.ground.people(loopback)
            for number in range(MOST_LIVES if run.sabotage is None else _OF_A_CRIPPLED_BOT):
                dies_at = run.dies[number] if number < len(run.dies) else None
                if run.met is not None and number == len(run.dies):
                    loopback.fail(
                        "*",
                        run.met.path,
                        run.met.fault,
                        accepted=run.met.accepted,
                        after=run.met.after,
                    )
                life = Life(
                    folder=str(folder),
                    api_base=loopback.api_base,
                    dies_at=dies_at,
                    stations=[at.isoformat() for at in self.ground.STATIONS],
                    left=self.ground.LEFT,
                    review=self.ground.REVIEW,
                    sabotage=run.sabotage,
                    every=run.every,
                    first=first,
                )
                if loopback.people is not None:
                    loopback.people.begin_life()
                end = await self._live(life)
                outcome.ends.append(end)
                outcome.points.append(_points(folder))
                if end == SETTLED:
                    break
                if end == DIED and run.sabotage == NO_CLAIM:
                    forget_claims(folder)
                if end == DIED and run.sabotage == APART:
                    desk.forget_consequences(folder)
                if loopback.people is not None:
                    await loopback.people.act(away=True)
                clock.pass_time(run.pause if end == DIED else _AFTER_OTHER_ENDS)
            assert not (wrong := indecent(loopback)), (run, wrong)
            outcome.unmet = loopback.unmet
            outcome.verdict = self.ground.judged(world, folder)
            if not first:
                outcome.said = (folder / "said").read_text(encoding="utf-8", errors="replace")
        return outcome

    async def _live(self, life: Life) -> int:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(json.dumps(asdict(life)).encode() + b"\n")
        return int(await self._forker.stdout.readline())


def _points(folder: Path) -> list[str]:
    file = folder / "points"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
