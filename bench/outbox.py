"""Measures an edition to many channels of a server that takes 50 requests a second.

python -m bench.outbox [channels]   (10000)

What it prints is Markdown. The server is the loopback Discord of `tests/faults`, in a process of
its own; it refuses what is too much, as Discord does. Beside it the way of others: everything at
once with discord.py, to the same server. A rate that is reached holds on any machine that is not
too slow for it; times of answers do not.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bench.crowd import Pauses, channels
from bench.finding import median_and_p99, questions_of
from bench.simulated import write_titles
from bench.vocabulary import titles
from bot.adapters.chat.client import use_api
from bot.adapters.ledger.store import LedgerStore
from bot.app import create_bot, utc_now
from bot.config import load_settings, with_state
from bot.core.card import Post
from bot.core.days import EVERY_DAY
from bot.core.digest import DigestDraft, EditionDraft, Issue
from bot.core.outbox import DeliveryDraft
from bot.core.rules import Rule
from bot.services.deliver import Courier
from tests.adapters.ledger.making import add, item
from tests.core.samples import BALLOT, NOW
from tests.faults.world import GUILD_ID, MODERATOR_ID
from tests.services.fakes import FakeChat, Time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.adapters.chat.client import GazetteBot
    from bot.config import Settings
    from bot.core.article import ArticleId
    from bot.core.digest import Digest

_CHANNELS = 10_000
_ALLOWED = 50  # requests a second
_TITLES = 10_000
_QUERIES = 200
_CALM = 40.0  # seconds in which only searches are answered
_SEED = 37
_ALONE = 10_000  # deliveries, each in a channel of its own
_AT_ONCE = 40  # of them under way
_MOST_AT_ONCE = 2_000  # the others' way; of more, most do not even get a connection
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print all figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _CHANNELS
    logging.disable(logging.CRITICAL)  # discord.py tells of every 429
    with tempfile.TemporaryDirectory(prefix="gazette-bench-") as folder:
        asyncio.run(_measured(Path(folder), count))


async def _measured(folder: Path, count: int) -> None:
    made = titles(_SEED, _TITLES)
    write_titles(folder / "content", made.texts)
    kinds = questions_of(made, seed=_SEED, count=_QUERIES).values()
    texts = [one.text for asked in kinds for one in asked]
    Random(_SEED).shuffle(texts)
    settings = with_state(load_settings(content=folder / "content"), folder / "state")
    print(f"## An edition to {count:,} channels, {_ALLOWED} requests a second allowed\n")
    async with _crowd(count) as crowd:
        await _report_edition(crowd, settings, texts, count)
        at_once = min(count, _MOST_AT_ONCE)
        print(f"\n## To {at_once:,} of them with discord.py alone, all at once\n")
        await _report_all_at_once(crowd, at_once)
    print("\n## The outbox alone, SQLite with full durability\n")
    await _report_alone(folder)


@dataclass(slots=True, kw_only=True)
class _Crowd:
    """The server's addresses."""

    api: str
    desk: str

    async def tell(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
        """Tell the server something, and return what came to it."""
        async with aiohttp.ClientSession() as session, session.post(self.desk, json=asked) as told:
            answer: dict[str, Any] = await told.json()
            return answer


@asynccontextmanager
async def _crowd(count: int) -> AsyncIterator[_Crowd]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.crowd", str(count), str(_ALLOWED)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if server.stdin is None or server.stdout is None:
        raise RuntimeError("the server has no pipes")
    try:
        yield _Crowd(**json.loads(await server.stdout.readline()))
    finally:
        server.stdin.close()
        await server.wait()


@asynccontextmanager
async def _bot(crowd: _Crowd, settings: Settings) -> AsyncIterator[GazetteBot]:
    there = settings.discord.model_copy(update={"api_base": crowd.api})
    bot = create_bot(settings.model_copy(update={"discord": there}), heartbeat=False)
    async with bot:
        running = asyncio.create_task(bot.start("token"))
        await bot.wait_until_ready()
        await bot.wake()
        yield bot
    await running


@dataclass(slots=True)
class _Memory:
    """What the process holds, looked at every second, in bytes."""

    held: list[int] = field(default_factory=list)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            pages = await asyncio.to_thread(Path("/proc/self/statm").read_text, "ascii")
            self.held.append(int(pages.split()[1]) * _PAGE)
            await asyncio.sleep(1)


async def _report_edition(
    crowd: _Crowd, settings: Settings, texts: Sequence[str], count: int
) -> None:
    async with _bot(crowd, settings) as bot:
        await crowd.tell(search=texts)
        await asyncio.sleep(_CALM)
        calm = (await crowd.tell(enough=True, forget=True))["searches"]
        filling = await _fill(bot, count)
        memory, pauses = _Memory(), Pauses()
        watching = [asyncio.create_task(each.watch()) for each in (memory, pauses)]
        await crowd.tell(search=texts)
        began, worked = perf_counter(), process_time()
        await bot.wake()
        whole, worked = perf_counter() - began, process_time() - worked
        came = await crowd.tell(enough=True, forget=True)
        for each in watching:
            each.cancel()
    configured = settings.discord.requests_per_second
    _report_rate(came, configured, whole, count)
    print(
        f"- the processor worked {worked:.0f} s for that, {worked / count * 1e3:.1f} ms a channel, "
        f"searches included\n- {count:,} digests were set up in {filling:.0f} s"
    )
    print(
        f"- longest pause: of the bot {pauses.longest * 1e3:.0f} ms, of the server "
        f"{came['paused'] * 1e3:.0f} ms; a quarter of a second of the server can make a 429"
    )
    _report_memory(memory.held)
    _report_searches(calm, came["searches"])


def _report_rate(came: dict[str, Any], configured: float, whole: float, count: int) -> None:
    posted, standing = came["posted"], Counter(came["standing"])
    took = max(posted[-1] - posted[0], 1e-9)
    rate = (len(posted) - 1) / took
    tens = Counter(int((at - posted[0]) // 10) for at in posted)
    full = [number / 10 for ten, number in tens.items() if ten < max(tens)] or [rate]
    print(
        f"- {standing[1]:,} of {count:,} channels have one message, "
        f"{sum(n for times, n in standing.items() if times > 1)} have more\n"
        f"- {rate:.1f} messages a second of {configured} that are set: "
        f"**{rate / configured:.1%}**; in ten seconds {min(full):.1f} to {max(full):.1f}\n"
        f"- **{came['limited']}** answers 429\n"
        f"- from the first message to the last {took:.0f} s, from the slot on {whole:.0f} s"
    )


def _report_memory(held: Sequence[int]) -> None:
    shown = [held[len(held) * part // 10] for part in (0, 1, 3, 5, 7, 9)] + [held[-1]]
    megabytes = " / ".join(f"{size / 1e6:.0f}" for size in shown)
    print(f"- memory at the slot, after 10, 30, 50, 70, 90 and 100 % of the time: {megabytes} MB")


def _report_searches(calm: Sequence[float], busy: Sequence[float]) -> None:
    print(
        "\n| `/search`, from the server's side | how many | median, ms | p99, ms | longest, ms |\n"
        "|---|---|---|---|---|"
    )
    for name, times in (("nothing else to do", calm), ("meanwhile", busy)):
        median, p99 = median_and_p99(times)
        print(
            f"| {name} | {len(times)} | {median * 1e3:.1f} | {p99 * 1e3:.1f} "
            f"| {max(times) * 1e3:.1f} |"
        )


async def _fill(bot: GazetteBot, count: int) -> float:
    """Set up a digest for each channel, due a moment ago."""
    began = perf_counter()
    now = utc_now()
    due = (now - timedelta(minutes=1)).time().replace(second=0, microsecond=0)
    rule = Rule(times=(due,), days=EVERY_DAY, zone="UTC")
    for channel_id in channels(count):
        draft = DigestDraft(
            guild_id=GUILD_ID,
            channel_id=channel_id,
            name=f"Digest {channel_id}",
            topics=(),
            rule=rule,
            limit=5,
            created_by=MODERATOR_ID,
        )
        await bot.services.ledger.add_digest(draft, now=now - timedelta(hours=1))
    return perf_counter() - began


async def _report_all_at_once(crowd: _Crowd, count: int) -> None:
    use_api(crowd.api)
    client = discord.Client(intents=discord.Intents.none())
    await client.login("token")
    began = perf_counter()
    outcomes = await asyncio.gather(*(_said(client, each) for each in channels(count)))
    took = perf_counter() - began
    await client.close()
    came = await crowd.tell(forget=True)
    delivered = outcomes.count("")
    failures = ", ".join(f"{n:,} {why}" for why, n in Counter(filter(None, outcomes)).items())
    print(
        f"- {delivered:,} of {count:,} messages arrived in {took:.0f} s; failed: "
        f"{failures or 'none'}\n- **{came['limited']:,}** answers 429"
    )


async def _said(client: discord.Client, channel_id: int) -> str:
    embeds = [discord.Embed(title=f"Title {number}") for number in range(5)]
    try:
        await client.get_partial_messageable(channel_id).send("An edition", embeds=embeds)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        return type(error).__name__
    return ""


async def _report_alone(folder: Path) -> None:
    ledger = LedgerStore(f"sqlite+aiosqlite:///{folder / 'alone.sqlite3'}")
    clock = Time(NOW)
    await ledger.open(now=clock())
    digests = [await add(ledger, f"{number}", channel_id=number) for number in range(_ALONE)]
    await ledger.issue([_issue(digest) for digest in digests], now=clock())
    chat = FakeChat(clock)  # answers at once
    courier = Courier(ledger, chat, ballot=BALLOT, clock=clock, workers=_AT_ONCE)
    began, worked = perf_counter(), process_time()
    await courier.drain()
    took, worked = perf_counter() - began, process_time() - worked
    sent = (await ledger.outbox_counts())["sent"]
    await ledger.close()
    print(
        f"- {sent / took:.0f} deliveries a second claimed, sent at once and recorded, "
        f"{sent / took / _ALLOWED:.0f} times {_ALLOWED}; the processor works "
        f"{worked / sent * 1e3:.2f} ms for each"
    )


def _issue(digest: Digest) -> Issue:
    """Return an edition of five cards in one message."""
    items = [item(f"{number}") for number in range(5)]
    post = Post(content="An edition", cards=tuple(each.card for each in items))

    def posts(edition_id: int) -> list[tuple[DeliveryDraft, list[ArticleId]]]:
        draft = DeliveryDraft(
            key=f"edition:{edition_id}",
            channel_id=digest.channel_id,
            post=post,
            edition_id=edition_id,
        )
        return [(draft, [each.article_id for each in items])]

    planned = EditionDraft(digest_id=digest.id, slot="alone", due_at=NOW)
    return Issue(draft=planned, channel_id=digest.channel_id, items=items, note="", posts=posts)


if __name__ == "__main__":
    main()
