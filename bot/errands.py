"""Errands: what the command line does without a bot that runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.catalogue.cache import ArticleCache
from bot.adapters.catalogue.index import SearchIndex
from bot.adapters.chat.client import discord_invite, use_api
from bot.adapters.chat.rounds import made_round
from bot.adapters.files import mending
from bot.adapters.files.folder import files_of, read_content
from bot.adapters.ledger.backup import Copies, Restored
from bot.adapters.ledger.engine import ledger_file_missing
from bot.adapters.ledger.export import exported
from bot.adapters.ledger.files import ledger_file, open_to_others
from bot.adapters.ledger.soundness import examine
from bot.adapters.ledger.store import LedgerStore
from bot.app import ballot_of, content_of, policy_of, utc_now
from bot.core.digest import ALL_TOPICS
from bot.core.picking import NOTHING_YET, Pick, Terms, pick
from bot.services.find import Finder
from bot.services.ingest import Library

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.adapters.chat.rounds import Round
    from bot.adapters.files.mending import Plan
    from bot.adapters.ledger.backup import Restored
    from bot.adapters.ledger.soundness import Examination
    from bot.config import Settings
    from bot.core.article import Article
    from bot.core.catalogue import Catalogue
    from bot.core.digest import Digest
    from bot.core.review import ReviewSettings
    from bot.core.saved import Miss
    from bot.services.find import Findings


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
    library = Library(content_of(settings), cache, index)
    await library.open()
    book = LedgerStore(settings.database_url)  # nothing of it is opened, for there is no server
    finder = Finder(library, index, book, clock=utc_now)
    for text in texts:
        yield await finder.search(text, limit=limit)


async def missed_searches(settings: Settings, *, limit: int) -> Sequence[Miss]:
    """Return the searches in servers that found nothing, the most frequent first."""
    ledger = LedgerStore(settings.database_url)
    try:
        await ledger.open_to_read()  # a bot may be writing it
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
    library = Library(content_of(settings), ArticleCache(None, fingerprint=""), SearchIndex())
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
        ledger.hold()
        await ledger.open(now=utc_now())
    finally:
        await ledger.close()


async def examine_ledger(settings: Settings) -> Examination:
    """Look at the ledger without changing it."""
    return await examine(settings.database_url)


def back_up_ledger(settings: Settings, target: Path) -> None:
    """Write a copy of the ledger, while a bot runs or not; raise LedgerTrouble where none is."""
    Copies(settings.database_url).back_up(target, now=utc_now())


async def restore_ledger(settings: Settings, source: Path) -> Restored:
    """Put a copy in the ledger's place; raise LedgerTrouble where it was not done."""
    return await Copies(settings.database_url).restore(source, now=utc_now())


async def mark_ledger(settings: Settings) -> datetime:
    """Mark the ledger as put back; return since when it may know nothing."""
    return await Copies(settings.database_url).mark(now=utc_now())


def exported_ledger(settings: Settings) -> AsyncGenerator[Mapping[str, object]]:
    """Yield what the ledger holds, row by row."""
    return exported(settings.database_url)


def ledger_open_to_others(settings: Settings) -> list[Path]:
    """Return what others than their owner may look into, of the ledger's files and their folder."""
    file = ledger_file(settings.database_url)
    return open_to_others(file) if file and file.exists() else []


def ledger_missing(settings: Settings) -> bool:
    """Tell whether the ledger is a file that does not exist."""
    return ledger_file_missing(settings.database_url)


async def look_around(settings: Settings, token: str, *, seconds: float) -> Round:
    """Ask Discord what the bot lacks where it has something to do, as far as the time lasts."""
    use_api(settings.discord.api_base)
    digests: Sequence[Digest] = ()
    reviewing: Mapping[int, ReviewSettings] = {}
    if not ledger_missing(settings):
        ledger = LedgerStore(settings.database_url)
        try:
            await ledger.open_to_read()  # a bot may be writing it
            digests, reviewing = await ledger.digests(), await ledger.reviewing()
        finally:
            await ledger.close()
    ballot = ballot_of(settings)
    return await made_round(token, digests, reviewing, ballot=ballot, seconds=seconds)


def invite_link(application_id: str) -> str:
    """Return the address that invites the bot to a server with what it needs there."""
    return discord_invite(application_id)
