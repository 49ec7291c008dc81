"""The composition root: settings become a wired bot; the only place that knows the real clock."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot import __version__
from bot.adapters.catalogue.index import SearchIndex
from bot.adapters.chat.client import GazetteBot, discord_invite, use_api
from bot.adapters.chat.posts import DiscordChat
from bot.adapters.chat.services import Defaults, Services
from bot.adapters.files import mending
from bot.adapters.files.folder import ContentFolder, files_of, read_content
from bot.adapters.ledger.engine import ledger_file_missing
from bot.adapters.ledger.store import LedgerStore
from bot.adapters.schedule import Heart
from bot.core.digest import ALL_TOPICS
from bot.core.picking import NOTHING_YET, Pick, Terms, pick
from bot.core.review import Ballot
from bot.core.slots import Rule, parse_days, parse_times
from bot.services.deliver import Courier
from bot.services.find import Finder
from bot.services.ingest import Library
from bot.services.moderate import Moderator
from bot.services.publish import Policy, Publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.adapters.files.mending import Plan
    from bot.config import Settings
    from bot.core.catalogue import Catalogue
    from bot.core.query import Query
    from bot.ports import Clock
    from bot.services.find import Findings

log = logging.getLogger(__name__)

SIGN_OF_LIFE = "alive"


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
    index = SearchIndex()
    library = Library(ContentFolder(settings.content.path), index)

    async def beat() -> None:
        await bot.wake()
        if bot.connected:
            _show_life(settings.state.dir)
        if settings.content.watch:  # after the wake, which should not wait for many files
            try:
                await library.refresh_if_changed()
            except OSError as error:
                log.error("content not read, what was read before is kept: %s", error)  # noqa: TRY400

    heart: list[Heart] = []

    async def open_house() -> None:
        await ledger.open(now=clock())
        await library.refresh()
        if heartbeat:
            heart.append(Heart(beat))
            heart[0].start()

    async def close_house() -> None:
        while heart:
            heart.pop().stop()
        await ledger.close()

    bot = GazetteBot(
        api_base=settings.discord.api_base,
        command_sync=settings.discord.command_sync,
        open_house=open_house,
        close_house=close_house,
    )
    chat = DiscordChat(bot, ballot=ballot)
    policy = policy_of(settings, ballot)
    bot.services = Services(
        library=library,
        finder=Finder(library, index, clock=clock),
        publisher=Publisher(ledger, library, policy=policy, clock=clock),
        moderator=Moderator(ledger, chat, ballot=ballot, clock=clock),
        courier=Courier(ledger, chat, ballot=ballot, clock=clock),
        ledger=ledger,
        ballot=ballot,
        defaults=defaults_of(settings),
        clock=clock,
        started_at=clock(),
        version=__version__,
    )
    return bot


def bundled_content() -> Path | None:
    """Return the sample content: of the checkout, or of the installed package."""
    here = Path(__file__).parent
    places = (here.parent / "content", here / "sandbox" / "content")
    return next((place for place in places if place.is_dir()), None)


def read_articles(
    paths: Sequence[Path], *, progress: Callable[[int, int], None] | None = None
) -> Catalogue:
    """Return what these folders and files hold, with every fault.

    `progress` is told how many files are done, of how many.
    """
    return read_content(paths, progress=progress)


def article_files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return the files that are read there, each with the path that its faults carry."""
    return files_of(paths)


def plan_mending(file: Path, *, name: str) -> Plan | None:
    """Return what of a file could be mended; None where there is nothing to say."""
    return mending.plan(file, name=name)


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


async def search_once(settings: Settings, query: Query, *, limit: int) -> Findings:
    """Search the content without a bot."""
    index = SearchIndex()
    library = Library(ContentFolder(settings.content.path), index)
    await library.refresh()
    return await Finder(library, index, clock=utc_now).search(query, limit=limit)


def preview_once(
    settings: Settings, topic: str, *, limit: int | None, now: datetime
) -> Pick | None:
    """Return what an edition would hold for a channel that has had none; None: no such topic."""
    catalogue = read_content([settings.content.path])
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
    return pick(catalogue.articles.values(), terms=terms, past=NOTHING_YET, now=now)


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


def _show_life(state: Path) -> None:
    """Write the sign of life that `gazette doctor --live` looks for."""
    file = state / SIGN_OF_LIFE
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(f"{os.getpid()}\n", encoding="utf-8")
    temporary.replace(file)
