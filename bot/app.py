"""The composition root: settings become a wired bot; the only place that knows the real clock."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from importlib import resources
from importlib.metadata import version
from random import SystemRandom
from typing import TYPE_CHECKING

from bot import __version__
from bot.adapters.catalogue.cache import ArticleCache
from bot.adapters.catalogue.index import SearchIndex
from bot.adapters.chat.client import GazetteBot, use_api
from bot.adapters.chat.pacing import Pacing
from bot.adapters.chat.posts import DiscordChat
from bot.adapters.chat.pump import Pump
from bot.adapters.chat.readmission import Readmission
from bot.adapters.chat.services import Defaults, Services
from bot.adapters.chat.witness import Witness
from bot.adapters.files.drafting import DraftFolder
from bot.adapters.files.folder import ContentFolder
from bot.adapters.files.watching import watch
from bot.adapters.ledger.store import LedgerStore
from bot.adapters.memory import give_back, uncollected
from bot.adapters.schedule import Heart
from bot.core.days import parse_days
from bot.core.digest import CatchUp
from bot.core.review import Ballot, Undecided, Veto
from bot.core.revision import Retract
from bot.core.rules import Rule, parse_times
from bot.services.alert import Alerter
from bot.services.attend import Attendant
from bot.services.deliver import Courier
from bot.services.find import Finder
from bot.services.forget import Forgetter
from bot.services.ingest import Library
from bot.services.moderate import Moderator
from bot.services.publish import Policy, Publisher
from bot.services.recover import Restorer
from bot.services.revise import Reviser
from bot.services.suggest import Suggester

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.config import Settings
    from bot.core.catalogue import Changes
    from bot.ports import Clock

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
    library = Library(content_of(settings), cache, index)
    witness = Witness(clock)
    pacing = Pacing(rate=settings.discord.requests_per_second, witness=witness)
    watching: list[asyncio.Task[None]] = []
    stop = asyncio.Event()

    async def beat() -> None:
        await bot.pump.rouse()
        if bot.connected:
            _show_life(settings.state.dir)
        # after the wake, which should not wait for many files
        if settings.content.watch and not bot.is_closed():
            await attendant.glance()  # what the watch missed, as on a network's disk

    async def follow(changes: Changes) -> None:
        await reviser.follow(changes)
        await bot.pump.nudge()

    attendant = Attendant(library, follow=follow)
    heart: list[Heart] = []

    async def open_house() -> None:
        ledger.hold()
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
        http_trace=pacing.trace(),
    )
    chat = DiscordChat(bot, ballot=ballot)
    policy = policy_of(settings, ballot)
    reviser = Reviser(
        ledger, library, retract=Retract(settings.digest.retract), ballot=ballot, clock=clock
    )
    finder = Finder(library, index, ledger, clock=clock)
    moderator = Moderator(
        ledger,
        chat,
        library,
        ballot=ballot,
        clock=clock,
        undo_for=timedelta(minutes=settings.review.undo_minutes),
    )
    bot.services = Services(
        library=library,
        finder=finder,
        publisher=Publisher(
            ledger,
            library,
            reviser,
            policy=policy,
            clock=clock,
            released=lambda: bot.pump.deliver(),  # noqa: PLW0108 (there is no pump yet)
        ),
        moderator=moderator,
        courier=Courier(
            ledger,
            chat,
            ballot=ballot,
            clock=clock,
            workers=settings.discord.requests_per_second,
        ),
        alerter=Alerter(ledger, finder, clock=clock),
        attendant=attendant,
        reviser=reviser,
        forgetter=Forgetter(ledger, keep_for=kept_for(settings), clock=clock),
        suggester=Suggester(
            ledger,
            library,
            DraftFolder(settings.content.path, max_bytes=settings.content.max_bytes),
            attendant=attendant,
            moderator=moderator,
            clock=clock,
        ),
        ledger=ledger,
        ballot=ballot,
        defaults=defaults_of(settings),
        clock=clock,
        choose=SystemRandom().randrange,
        started_at=clock(),
        version=__version__,
        clock_trouble=witness.trouble,
        not_before=not_before_of(settings),
    )
    bot.pump = Pump(
        bot.services,
        look_at_clock=partial(witness.check, bot),
        recover=Restorer(ledger, chat, library, clock=clock).recover,
        refused=bot.leave,
    )
    bot.readmission = Readmission(bot.services, rouse=bot.pump.rouse)
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


def ballot_of(settings: Settings) -> Ballot:
    """Return the reactions that count."""
    review = settings.review
    return Ballot(
        approve=review.approve_emoji,
        reject=review.reject_emoji,
        hold=review.hold_emoji,
        change=review.change_emoji,
        other=review.other_emoji,
    )


def policy_of(settings: Settings, ballot: Ballot) -> Policy:
    """Return what the operator set for all digests."""
    days = settings.digest.max_age_days
    return Policy(
        max_age=timedelta(days=days) if days else None,
        story_window=timedelta(days=settings.digest.story_days),
        lead=timedelta(hours=settings.review.lead_hours),
        ballot=ballot,
        catch_up_age=catch_up_age_of(settings),
    )


def catch_up_age_of(settings: Settings) -> timedelta | None:
    """Return how old a missed slot may be that is made up for; None for any age."""
    hours = settings.digest.catch_up_hours
    return timedelta(hours=hours) if hours else None


def not_before_of(settings: Settings) -> Callable[[datetime], datetime]:
    """Return what tells how early a missed slot may have been that is made up for."""
    age = catch_up_age_of(settings)
    ever = datetime.min.replace(tzinfo=UTC)
    return lambda now: ever if age is None else now - age


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
        catch_up=CatchUp(settings.digest.catch_up),
        veto=Veto(settings.review.veto),
        own_drafts=settings.review.own_drafts,
        buttons=settings.review.buttons,
        undecided=Undecided(settings.review.on_undecided),
        remind_after=_hours(settings.review.remind_hours),
        expire_after=_hours(settings.review.expire_hours),
        undo_for=timedelta(minutes=settings.review.undo_minutes),
        suggestions=settings.review.suggestions,
        keep_for=kept_for(settings),
    )


def kept_for(settings: Settings) -> timedelta:
    """Return how long it is kept who voted, decided and suggested what."""
    return timedelta(days=settings.review.keep_days)


def _hours(hours: float) -> timedelta | None:
    """Return a wait; none where nothing is to be done, whatever the time."""
    return timedelta(hours=hours) if hours else None


def content_of(settings: Settings) -> ContentFolder:
    """Return the folder of articles."""
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
    try:
        temporary.write_text(f"{os.getpid()}\n", encoding="utf-8")
        temporary.replace(file)
    except OSError as error:  # as on a full disk, which must stop nothing else
        log.error("sign of life not written: %s", error)  # noqa: TRY400 (nobody needs its trace)
