"""The real bot in a process that dies where it is told to.

`python -m tests.faults.mortal` imports everything once; each line of its input is a life, for
which it forks, and each line of its output says how that life ended. Time is virtual: the clock of
the bot, of its event loop and of the server is the real one and what a shared file adds to it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import mmap
import os
import signal
import sqlite3
import struct
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord.utils import utcnow

import bot.adapters.chat.pacing
import bot.adapters.chat.witness
import bot.services.count
import bot.services.deadlines
import bot.services.deliver
import bot.services.moderate
from bot.adapters.ledger import store
from bot.app import create_bot
from tests.chat.house import settings_for
from tests.faults.crippling import SABOTAGES, put
from tests.faults.hearing import hear_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.adapters.chat.client import GazetteBot

log = logging.getLogger(__name__)

DIED, STUCK, UNSETTLED, FAILED, SETTLED = 137, 124, 4, 1, 0  # how a life can end
LONGEST_LIFE = 20  # real seconds; whoever lives longer hangs
_WAITS = (5, 20, 65, 65, 300, 900, 3600, 7200, 0)  # virtual seconds until it is woken again
_MOST_ROUNDS = 12  # of people who do something before time goes on
_TIMEOUT = timedelta(seconds=1)  # real, and so for requests that hang


class SharedClock:
    """The real time and what a file adds to it, for several processes."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 8)

    @property
    def ahead(self) -> float:
        """The seconds that it is ahead of the real time."""
        (ahead,) = struct.unpack("d", self._shared[:8])
        return float(ahead)

    def __call__(self) -> datetime:
        return utcnow() + timedelta(seconds=self.ahead)

    def pass_time(self, seconds: float) -> None:
        self._shared[:8] = struct.pack("d", self.ahead + seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How to live: where, until which point, and with what taken from the bot."""

    folder: str
    api_base: str
    dies_at: int | None
    stations: Sequence[
        str
    ]  # instants in ISO 8601 to go through; before the last nothing is settled
    left: str  # the statement that counts what is left to do
    review: Mapping[str, object]  # what the operator set for review
    sabotage: str | None
    every: bool  # also points that leave behind nothing else than the one before
    first: bool = False  # lived without a fork, so that all others know what it learned


class Fate:
    """Counts the points at which it could die, writes each down, and dies at the one meant."""

    def __init__(self, life: Life) -> None:
        self._dies_at = life.dies_at
        self._every = life.every
        self._count = 0
        self._file = os.open(Path(life.folder, "points"), os.O_CREAT | os.O_TRUNC | os.O_WRONLY)

    def point(self, name: str) -> None:
        """Die here, if it is meant; what is about to be done leaves nothing behind yet."""
        if not self._every and name.startswith("before"):
            return
        os.write(self._file, f"{name}\n".encode())
        if self._count == self._dies_at:
            os._exit(DIED)
        self._count += 1


def _watch_commits(fate: Fate) -> None:
    """Let every commit be a point before and after it, but for those that write nothing."""
    opened = vars(store)["open_engine"]

    def open_engine(url: str) -> Any:  # noqa: ANN401 (as SQLAlchemy has it)
        engine = opened(url)
        dialect = engine.sync_engine.dialect
        commit = dialect.do_commit
        written = 0

        def do_commit(connection: Any) -> None:  # noqa: ANN401 (the driver's own type)
            nonlocal written
            changes = connection.driver_connection.total_changes
            if changes == written:
                commit(connection)
                return
            written = changes
            fate.point("before a commit")
            commit(connection)
            fate.point("after a commit")

        put(dialect, "do_commit", do_commit)
        return engine

    put(store, "open_engine", open_engine)


def _watch_requests(fate: Fate, *, every: bool) -> None:
    requested = aiohttp.ClientSession._request  # noqa: SLF001 (all that it sends goes through it)

    async def request(self: aiohttp.ClientSession, method: str, url: Any, **more: Any) -> Any:  # noqa: ANN401
        if "/v10" not in str(url):
            return await requested(self, method, url, **more)
        name = f"{method} {str(url).partition('/v10')[2]}"
        if not every and (method in {"GET", "PUT"}):
            return await requested(self, method, url, **more)
        fate.point(f"before {name}")
        answer = await requested(self, method, url, **more)
        fate.point(f"after {name}")
        return answer

    put(aiohttp.ClientSession, "_request", request)


def _let_waits_cost_nothing(clock: SharedClock) -> None:
    """Let discord.py sleep for nothing, and all that measures time measure the virtual one."""

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    def monotonic() -> float:
        return time.monotonic() + clock.ahead

    sleepless = _Asyncio(sleep=sleep)
    measuring = _Asyncio(get_running_loop=lambda: SimpleNamespace(time=monotonic))
    put(discord.http, "asyncio", sleepless)
    put(discord.client, "asyncio", sleepless)
    put(bot.services.deliver, "asyncio", measuring)
    put(bot.services.deliver, "REQUEST_TIMEOUT", _TIMEOUT)
    put(bot.services.deliver, "LOOK_TIMEOUT", _TIMEOUT)
    put(bot.services.moderate, "REQUEST_TIMEOUT", _TIMEOUT)
    put(bot.services.count, "REQUEST_TIMEOUT", _TIMEOUT)
    put(bot.services.count, "LONGEST_COUNT", _TIMEOUT)
    put(bot.services.deadlines, "LONGEST_COUNT", 4 * _TIMEOUT)
    put(bot.adapters.chat.witness, "time", SimpleNamespace(monotonic=monotonic))
    put(bot.adapters.chat.pacing, "_now", monotonic)
    put(bot.adapters.chat.pacing, "_BURST", 1000)


class _Asyncio(SimpleNamespace):
    """The real asyncio but for what it is given."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (any name of asyncio)
        return getattr(asyncio, name)


def ledger_of(folder: str | Path) -> Path:
    return Path(folder, "state", "gazette.sqlite3")


def is_settled(life: Life, now: datetime) -> bool:
    """Tell whether nothing is left to do."""
    if now < datetime.fromisoformat(life.stations[-1]):
        return False
    with closing(sqlite3.connect(ledger_of(life.folder), timeout=10)) as ledger:
        (left,) = ledger.execute(life.left).fetchone()
    return not left


async def _let_people_act(living: GazetteBot, life: Life) -> bool:
    """Let people do what they mean to, and the bot answer; tell whether they are satisfied."""
    for _ in range(_MOST_ROUNDS):
        async with (
            aiohttp.ClientSession() as session,
            session.get(life.api_base.replace("/api/v10", "/people")) as answer,
        ):
            told = await answer.json()
        if not told["busy"]:
            return bool(told["satisfied"])
        await hear_out(living, told["events"])
        await living.wake()
        await living.told()
    return False


async def _live(life: Life, clock: SharedClock) -> int:
    settings = settings_for(Path(life.folder, "content"), Path(life.folder, "state"))
    changes = {"api_base": life.api_base, "command_sync": "off", "requests_per_second": 50}
    review = settings.review.model_copy(update=life.review)
    settings = settings.model_copy(
        update={"discord": settings.discord.model_copy(update=changes), "review": review}
    )
    living = create_bot(settings, clock=clock, heartbeat=False)
    living._connection.guild_ready_timeout = 0.02  # noqa: SLF001 (an option of discord.Client)
    caught_up = asyncio.Event()
    catch_up = living.on_ready

    async def on_ready() -> None:
        try:
            await catch_up()
        finally:
            caught_up.set()

    put(living, "on_ready", on_ready)
    async with living:
        running = asyncio.create_task(living.start("token"))
        ready = asyncio.create_task(caught_up.wait())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        waits = iter(_WAITS)
        while True:
            await living.wake()
            await living.told()
            satisfied = await _let_people_act(living, life)
            if living.is_closed():
                return FAILED
            if satisfied and is_settled(life, clock()):
                return SETTLED
            instants = map(datetime.fromisoformat, life.stations)
            ahead = next(((at - clock()).total_seconds() for at in instants if at > clock()), None)
            pause = next(waits, None) if ahead is None else ahead
            if pause is None:
                return UNSETTLED
            clock.pass_time(pause)
            with suppress(aiohttp.ClientError, discord.DiscordException, OSError, ValueError):
                await living.on_resumed()


def _be(life: Life) -> int:
    """Live one life."""
    clock = SharedClock(Path(life.folder, "clock"))
    _let_waits_cost_nothing(clock)
    return asyncio.run(_live(life, clock))


def _be_mortal(life: Life) -> None:
    """Live one life in this process, and end it."""
    code = FAILED
    try:
        said = os.open(Path(life.folder, "said"), os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.dup2(said, 1)
        os.dup2(said, 2)
        signal.signal(signal.SIGALRM, lambda *_: os._exit(STUCK))
        signal.alarm(LONGEST_LIFE)
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, force=True)
        fate = Fate(life)
        _watch_commits(fate)
        _watch_requests(fate, every=life.every)
        if life.sabotage in SABOTAGES:
            SABOTAGES[life.sabotage]()
        code = _be(life)
    except BaseException:
        log.exception("this life failed")
    finally:
        os._exit(code)


def _share_statements() -> None:
    """Let every engine know the statements that an earlier one compiled."""
    opened = vars(store)["open_engine"]
    known: dict[Any, Any] = {}

    def open_engine(url: str) -> Any:  # noqa: ANN401 (as SQLAlchemy has it)
        engine = opened(url)
        put(engine.sync_engine, "_compiled_cache", known)  # there is no other way
        return engine

    put(store, "open_engine", open_engine)


def main() -> None:
    """Live as many lives as are asked for, one line each."""
    _share_statements()
    for line in sys.stdin:
        life = Life(**json.loads(line))
        if life.first:
            ended = _be(life)
        else:
            child = os.fork()
            if child == 0:
                _be_mortal(life)
            _, status = os.waitpid(child, 0)
            ended = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{ended}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
