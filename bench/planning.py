"""Measures how many digests a second are planned and released that are due at one slot.

`python -m bench.planning [DIGESTS]` prints the figures for small and for large catalogues; each
digest has a channel of its own, and every second edition of it knows what the first one posted.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, cast

from bench.engines import NOW, _whole, catalogue_of
from bench.vocabulary import titles
from bot.adapters.ledger.store import LedgerStore
from bot.core.days import parse_days
from bot.core.digest import DigestDraft
from bot.core.review import Ballot
from bot.core.revision import Retract
from bot.core.rules import Rule, parse_times
from bot.services.ingest import Library
from bot.services.publish import Policy, Publisher
from bot.services.revise import Reviser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.article import Article, Headline
    from bot.core.catalogue import Catalogue

_SEED = 7
_DIGESTS = 1_000
_ARTICLES = (1_000, 100_000)
_TOPICS = 30
_IN_A_SERVER = 5  # digests
_DAYS = 2
_BALLOT = Ballot(approve="✅", reject="❌")


class _Cache:
    """Answers whole articles at once, for they are read but once a slot."""

    async def whole(self, headlines: Sequence[Headline]) -> Sequence[Article]:
        return [_whole(headline, "It was said. So it is.") for headline in headlines]


class _Clock:
    now = NOW

    def __call__(self) -> Any:  # noqa: ANN401 (the instant)
        return self.now


async def _rates(catalogue: Catalogue, digests: int, folder: Path) -> list[str]:
    clock = _Clock()
    clock.now -= timedelta(hours=1)
    ledger = LedgerStore(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite3'}")
    await ledger.open(now=clock())
    library = Library(cast("Any", None), cast("Any", _Cache()), cast("Any", None))
    library.catalogue = catalogue
    reviser = Reviser(ledger, library, retract=Retract.MARK, ballot=_BALLOT, clock=clock)
    policy = Policy(
        max_age=timedelta(days=30),
        story_window=timedelta(days=7),
        lead=timedelta(hours=4),
        ballot=_BALLOT,
    )
    publisher = Publisher(ledger, library, reviser, policy=policy, clock=clock)
    rng = Random(_SEED)
    rule = Rule(times=parse_times("00:00"), days=parse_days("daily"), zone="UTC")
    for place in range(digests):
        topics = [f"Topic {n}" for n in rng.sample(range(_TOPICS), rng.choice((0, 1, 1, 3)))]
        draft = DigestDraft(
            guild_id=1 + place // _IN_A_SERVER,
            channel_id=100_000 + place,
            name=f"Digest {place}",
            topics=tuple(topics),
            rule=rule,
            limit=5,
            created_by=1,
        )
        await ledger.add_digest(draft, now=clock())
    clock.now = NOW
    rates = []
    for _ in range(_DAYS):
        began, before = perf_counter(), process_time()
        await publisher.tick()
        used = (process_time() - before) / digests
        rates.append(f"{digests / (perf_counter() - began):.0f} | {1_000 * used:.1f} ms")
        clock.now += timedelta(days=1)
    await ledger.close()
    return rates


def main() -> None:
    """Print a line for each catalogue."""
    digests = int(sys.argv[1]) if len(sys.argv) > 1 else _DIGESTS
    editions = " | ".join(f"edition {n + 1}, a second | CPU for each" for n in range(_DAYS))
    print(f"| articles | digests | {editions} |")
    print("|---|---|" + "---|---|" * _DAYS)
    for count in map(int, sys.argv[2:]) if sys.argv[2:] else _ARTICLES:
        catalogue = catalogue_of(titles(_SEED, count).texts)
        with tempfile.TemporaryDirectory(prefix="gazette-bench-") as folder:
            rates = asyncio.run(_rates(catalogue, digests, Path(folder)))
        print(f"| {count:,} | {digests:,} | {' | '.join(rates)} |")


if __name__ == "__main__":
    main()
