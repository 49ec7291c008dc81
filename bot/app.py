"""The composition root: settings become a wired bot; the only place that knows the real clock."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from bot import __version__
from bot.adapters.catalogue.cache import ArticleCache
from bot.adapters.catalogue.index import SearchIndex
from bot.adapters.chat.client import GazetteBot, discord_invite, use_api
from bot.adapters.chat.posts import DiscordChat
from bot.adapters.chat.services import Defaults, Services
from bot.adapters.files import mending
from bot.adapters.files.folder import ContentFolder, files_of, read_content
from bot.adapters.files.watching import watch
from bot.adapters.ledger.engine import ledger_file_missing
from bot.adapters.ledger.store import LedgerStore
from bot.adapters.memory import give_back, uncollected
from bot.adapters.schedule import Heart
from bot.core.digest import ALL_TOPICS
from bot.core.picking import NOTHING_YET, Pick, Terms, pick
from bot.core.review import Ballot
from bot.core.revision import Retract
from bot.core.slots import Rule, parse_days, parse_times
from bot.services.alert import Alerter
from bot.services.attend import Attendant
from bot.services.deliver import Courier
from bot.services.find import Finder
from bot.services.ingest import Library
from bot.services.moderate import Moderator
from bot.services.publish import Policy, Publisher
from bot.services.revise import Reviser

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

    from bot.adapters.files.mending import Plan
    from bot.config import Settings
    from bot.core.article import Article
    from bot.core.catalogue import Catalogue, Changes
    from bot.core.saved import Miss
    from bot.ports import Clock
    from bot.services.find import Findings

log = logging.getLogger(__name__)

SIGN_OF_LIFE = "alive"
_MANY = 5_000  # articles, whose reading leaves memory worth giving back
_READERS = ("bot.core", "bot.adapters.files", "bot.adapters.catalogue")
_LIBRARIES = ("ftfy", "msgspec", "PyYAML", "tantivy")


def utc_now() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


def create_bot(settings: Settings, *, clock: Clock = utc_now, heartbeat: bool = True) -> GazetteBot:
    """Return the wired bot; nothing is opened before it logs in.

    `clock` tells the time to everything in the house. With `heartbeat` the bot wakes itself once a
    minute of real time; without, `await bot.wake()` does what is due.
    """
    use_api(settings.discord.api_base)
    ballot = ballot_of(settings)
    ledger = LedgerStore(settings.database_url)
    shelf = settings.state.dir / "catalogue"
    cache = ArticleCache(shelf / "cache.sqlite3", fingerprint=_reading_fingerprint(settings))
    index = SearchIndex(shelf / "index")
    library = Library(_content(settings), cache, index)
    watching: list[asyncio.Task[None]] = []
    stop = asyncio.Event()

    async def beat() -> None:
        await bot.wake()
        if bot.connected:
            _show_life(settings.state.dir)
        # after the wake, which should not wait for many files
        if settings.content.watch and not bot.is_closed():
            await attendant.glance()  # what the watch missed, as on a network's disk

    async def follow(changes: Changes) -> None:
        await reviser.follow(changes)
        await bot.wake()

    attendant = Attendant(library, follow=follow)
    heart: list[Heart] = []

    async def open_house() -> None:
        await ledger.open(now=clock())
        await reviser.open(await _read(library, index))
        if heartbeat:
            heart.append(Heart(beat))
            heart[0].start()
            if settings.content.watch:
                news = watch(settings.content.path, stop=stop)
                watching.append(asyncio.create_task(attendant.watch(news)))

    async def close_house() -> None:
        while heart:
            heart.pop().stop()
        stop.set()
        await asyncio.gather(*watching, return_exceptions=True)  # it logs what it has to say
        await cache.close()
        await ledger.close()

    bot = GazetteBot(
        api_base=settings.discord.api_base,
        command_sync=settings.discord.command_sync,
        open_house=open_house,
        close_house=close_house,
    )
    chat = DiscordChat(bot, ballot=ballot)
    policy = policy_of(settings, ballot)
    retract = Retract(settings.digest.retract)
    reviser = Reviser(ledger, library, retract=retract, ballot=ballot, clock=clock)
    finder = Finder(library, index, ledger, clock=clock)
    bot.services = Services(
        library=library,
        finder=finder,
        publisher=Publisher(ledger, library, reviser, policy=policy, clock=clock),
        moderator=Moderator(ledger, chat, library, ballot=ballot, clock=clock),
        courier=Courier(ledger, chat, ballot=ballot, clock=clock),
        alerter=Alerter(ledger, finder, clock=clock),
        attendant=attendant,
        reviser=reviser,
        ledger=ledger,
        ballot=ballot,
        defaults=defaults_of(settings),
        clock=clock,
        choose=SystemRandom().randrange,
        started_at=clock(),
        version=__version__,
    )
    return bot


async def _read(library: Library, index: SearchIndex) -> Changes:
    """Open the library and make search ready, which may make very much at once."""
    with uncollected():
        changes = await library.open()
        await index.warm()
    gc.freeze()  # the collector need not look at what stays
    if len(changes.added) > _MANY:
        give_back()
    return changes


def bundled_content() -> Path | None:
    """Return the sample content: of the checkout, or of the installed package."""
    here = Path(__file__).parent
    places = (here.parent / "content", here / "sandbox" / "content")
    return next((place for place in places if place.is_dir()), None)


def read_articles(
    settings: Settings,
    paths: Sequence[Path],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Catalogue:
    """Return what these folders and files hold, with every fault.

    `progress` is told how many files are done, of how many.
    """
    return read_content(paths, max_bytes=settings.content.max_bytes, progress=progress)


def article_files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return the files that are read there, each with the path that its faults carry."""
    return files_of(paths)


def plan_mending(settings: Settings, file: Path, *, name: str) -> Plan | None:
    """Return what of a file could be mended; None where there is nothing to say."""
    return mending.plan(file, name=name, max_bytes=settings.content.max_bytes)


def mending_shown(plan: Plan, *, path: str) -> str:
    """Return what was planned as a unified diff; `path` names the file in it."""
    return mending.difference(plan, path=path)


def mend_file(plan: Plan) -> str | None:
    """Write what was planned; return why not, where it could not be done."""
    try:
        mending.write(plan)
    except mending.Unmendable as error:
        return str(error)
    return None


async def search_once(settings: Settings, text: str, *, limit: int) -> Findings:
    """Search the content without a bot."""
    return await anext(search_each(settings, (text,), limit=limit))


async def search_each(
    settings: Settings, texts: Iterable[str], *, limit: int
) -> AsyncGenerator[Findings]:
    """Search the content without a bot for one text after the other, as each is asked for."""
    index, cache = SearchIndex(), ArticleCache(None, fingerprint="")
    library = Library(_content(settings), cache, index)
    await library.open()
    book = LedgerStore(settings.database_url)  # nothing of it is opened, for there is no server
    finder = Finder(library, index, book, clock=utc_now)
    for text in texts:
        yield await finder.search(text, limit=limit)


async def missed_searches(settings: Settings, *, limit: int) -> Sequence[Miss]:
    """Return the searches in servers that found nothing, the most frequent first."""
    ledger = LedgerStore(settings.database_url)
    try:
        await ledger.open(now=utc_now())
        return await ledger.misses(limit=limit)
    finally:
        await ledger.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an edition would hold, and the chosen articles whole."""

    picked: Pick
    articles: Sequence[Article]


async def preview_once(
    settings: Settings, topic: str, *, limit: int | None, now: datetime
) -> Preview | None:
    """Return what an edition would hold for a channel that has had none; None: no such topic."""
    library = Library(_content(settings), ArticleCache(None, fingerprint=""), SearchIndex())
    await library.open()
    catalogue = library.catalogue
    named = catalogue.topic_named(topic)
    if named is None and topic.casefold() != ALL_TOPICS:
        return None
    policy = policy_of(settings, ballot_of(settings))
    terms = Terms(
        topics=(named,) if named else (),
        limit=limit or settings.digest.limit,
        max_age=policy.max_age,
        story_window=policy.story_window,
    )
    picked = pick(catalogue.articles.values(), terms=terms, past=NOTHING_YET, now=now)
    chosen = await library.articles([choice.article for choice in picked.chosen])
    return Preview(picked=picked, articles=chosen)


async def upgrade_ledger(settings: Settings) -> None:
    """Bring the ledger to its newest form; make it where there is none."""
    ledger = LedgerStore(settings.database_url)
    try:
        await ledger.open(now=utc_now())
    finally:
        await ledger.close()


async def ledger_problems(settings: Settings) -> list[str]:
    """Return what is wrong with the ledger."""
    ledger = LedgerStore(settings.database_url)
    try:
        return await ledger.problems()
    finally:
        await ledger.close()


def ledger_missing(settings: Settings) -> bool:
    """Tell whether the ledger is a file that does not exist."""
    return ledger_file_missing(settings.database_url)


def invite_link(application_id: str) -> str:
    """Return the address that invites the bot to a server with what it needs there."""
    return discord_invite(application_id)


def ballot_of(settings: Settings) -> Ballot:
    """Return the reactions that count."""
    return Ballot(approve=settings.review.approve_emoji, reject=settings.review.reject_emoji)


def policy_of(settings: Settings, ballot: Ballot) -> Policy:
    """Return what the operator set for all digests."""
    days = settings.digest.max_age_days
    return Policy(
        max_age=timedelta(days=days) if days else None,
        story_window=timedelta(days=settings.digest.story_days),
        lead=timedelta(hours=settings.review.lead_hours),
        ballot=ballot,
    )


def defaults_of(settings: Settings) -> Defaults:
    """Return what commands take where nothing is said."""
    rule = Rule(
        times=parse_times(settings.digest.at),
        days=parse_days(settings.digest.days),
        zone=settings.digest.timezone,
    )
    return Defaults(
        rule=rule,
        limit=settings.digest.limit,
        approvals=settings.review.approvals,
        lead_hours=settings.review.lead_hours,
    )


def _content(settings: Settings) -> ContentFolder:
    return ContentFolder(settings.content.path, max_bytes=settings.content.max_bytes)


def _reading_fingerprint(settings: Settings) -> str:
    """Return what changes whenever files would be read or indexed in another way."""
    digest = blake2b(digest_size=16)
    for room in _READERS:
        for module in sorted(resources.files(room).iterdir(), key=lambda file: file.name):
            if module.name.endswith(".py"):
                digest.update(module.read_bytes())
    libraries = " ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"{digest.hexdigest()} {libraries} {settings.content.max_bytes}"


def _show_life(state: Path) -> None:
    """Write the sign of life that `gazette doctor --live` looks for."""
    file = state / SIGN_OF_LIFE
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(f"{os.getpid()}\n", encoding="utf-8")
    temporary.replace(file)
