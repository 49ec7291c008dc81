"""Revise: edits and withdrawals of articles follow through to editions, proposals and messages."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from bot.core.fault import Severity
from bot.core.reviewing import review_delivery
from bot.core.revision import (
    UNALARMING,
    Fate,
    Revision,
    Showing,
    fate_of,
    is_alarming,
    is_withdrawn,
    showing_after,
)
from bot.core.wording import counted
from bot.services.brief import briefs
from bot.services.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.books import Ledger
    from bot.core.article import ArticleId
    from bot.core.brief import Brief
    from bot.core.catalogue import Changes
    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Ballot, Review, ReviewSettings
    from bot.core.revision import Proof, Retract, Use
    from bot.ports import Clock
    from bot.services.ingest import Library

log = logging.getLogger(__name__)


class Reviser:
    """Keeps every card in step with its article."""

    def __init__(
        self, ledger: Ledger, library: Library, *, retract: Retract, ballot: Ballot, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._retract = retract
        self._ballot = ballot
        self._clock = clock
        self._broken: set[ArticleId] = set()  # whose files hold no article just now

    async def open(self, changes: Changes) -> None:
        """Follow what changed while nobody looked; the versions tell what the changes do not."""
        told = _all_of(changes)
        await self._attend(await self._ledger.planned_uses(), told=told)
        uses = await self._ledger.standing_uses()
        # what an older form of the ledger posted has no version, and may long have been tidied away
        known = [use for use in uses if use.proof.version is not None or use.article_id in told]
        shown = {use.article_id for use in known if use.showing is Showing.ARTICLE}
        gone = {use.article_id for use in known if self._is_withdrawn(use)} & shown
        held = self._is_alarming(changes) or _alarm(withdrawn=len(gone), left=len(shown - gone))
        await self._attend(known, told=told, held=held)

    async def follow(self, changes: Changes) -> None:
        """Follow what one reading of the files changed."""
        ids = _all_of(changes) | self._broken
        # plans first: what goes out meanwhile is met among the messages
        await self._attend(await self._ledger.planned_uses(of=ids), told=ids)
        uses = await self._ledger.standing_uses(of=ids)
        await self._attend(uses, told=ids, held=self._is_alarming(changes))

    async def renew(self, edition_id: int) -> None:
        """Bring the plan of an edition up to date before it goes out."""
        await self._attend(await self._ledger.planned_uses(edition_id=edition_id), told=())

    async def go_through(self) -> int:
        """Withdraw from messages what was held back; return how many cards that were."""
        held = [
            use
            for use in await self._ledger.standing_uses()
            if use.showing is Showing.HELD and self._is_withdrawn(use)
        ]
        await self._record([self._taken(use, held=False) for use in held], settings={})
        return len(held)

    async def _attend(
        self, uses: Sequence[Use], *, told: Collection[ArticleId], held: bool = False
    ) -> None:
        """Do what is to be done with each use; where too many are withdrawn, hold messages back."""
        settings: dict[int, ReviewSettings | None] = {}
        for guild_id in {use.guild_id for use in uses}:
            settings[guild_id] = await self._ledger.review_settings(guild_id)
        fates: list[tuple[Use, Fate]] = []
        for use in uses:
            if self._is_broken(use):
                continue
            fate = fate_of(
                use,
                self._library.catalogue.get(use.article_id),
                retract=self._retract,
                reviewed=settings[use.guild_id] is not None,
                told=use.article_id in told,
            )
            if fate is not Fate.LEFT:
                fates.append((use, fate))
        found = await self._proofs(use for use, fate in fates if fate is not Fate.TAKEN)
        revisions = [
            self._taken(use, held=held)
            if fate is Fate.TAKEN
            else _renewed(use, fate, found[use.article_id])
            for use, fate in fates
            if fate is Fate.TAKEN or use.article_id in found  # or it is gone in this moment
        ]
        await self._record(await self._briefed(revisions), settings=settings)

    async def _briefed(self, revisions: Sequence[Revision]) -> Sequence[Revision]:
        """Return these with what moderators should know of those they are asked about."""
        asked: defaultdict[int, set[ArticleId]] = defaultdict(set)
        for revision in revisions:
            if revision.fate is Fate.ASKED:
                asked[revision.use.digest_id].add(revision.use.article_id)
        if not asked:
            return revisions
        found: dict[tuple[int, ArticleId], Brief] = {}
        for digest in await self._ledger.digests():
            ids = sorted(asked.get(digest.id, ()))
            headlines = [one for one in map(self._library.catalogue.get, ids) if one is not None]
            about = await briefs(
                self._ledger, self._library, headlines, digest=digest, now=self._clock()
            )
            found.update(((digest.id, key), brief) for key, brief in about.items())
        return [
            replace(one, brief=found.get((one.use.digest_id, one.use.article_id), one.brief))
            for one in revisions
        ]

    async def _proofs(self, uses: Iterable[Use]) -> Mapping[ArticleId, Proof]:
        catalogue = self._library.catalogue
        ids = dict.fromkeys(use.article_id for use in uses)
        headlines = [one for one in map(catalogue.get, ids) if one is not None]
        return await proofs(self._library, headlines, now=self._clock())

    async def _record(
        self, revisions: Sequence[Revision], *, settings: Mapping[int, ReviewSettings | None]
    ) -> None:
        """Record what is done to one message, or to one plan, together."""
        for _, group in groupby(revisions, key=_place):
            together = list(group)
            await self._ledger.revise(
                together,
                settings=settings.get(together[0].use.guild_id),
                announce=self._announce,
                now=self._clock(),
            )
        if revisions:
            counts = Counter(revision.fate for revision in revisions)
            told = " ".join(f"{fate.value}={counts[fate]}" for fate in Fate if counts[fate])
            log.info("cards revised: %s", told)

    def _taken(self, use: Use, *, held: bool) -> Revision:
        showing = showing_after(use, retract=self._retract, held=held)
        return Revision(use=use, fate=Fate.TAKEN, proof=use.proof, showing=showing)

    def _is_withdrawn(self, use: Use) -> bool:
        article = self._library.catalogue.get(use.article_id)
        return is_withdrawn(use, article) and not self._is_broken(use)

    def _is_broken(self, use: Use) -> bool:
        """Tell of an article that is gone because its file is at fault, which is soon mended."""
        catalogue = self._library.catalogue
        faults = catalogue.faulty.get(use.proof.path or "", ())
        errors = any(fault.severity is Severity.ERROR for fault in faults)
        if errors and catalogue.get(use.article_id) is None:
            self._broken.add(use.article_id)
            return True
        self._broken.discard(use.article_id)
        return False

    def _is_alarming(self, changes: Changes) -> bool:
        """Tell, and warn, where a reading lost more articles than anybody means to withdraw."""
        if len(changes.withdrawn) <= UNALARMING:  # counting all others takes its time
            return False
        articles = self._library.catalogue.articles
        new = sum(1 for article_id in changes.added if not articles[article_id].draft)
        left = len(self._library.catalogue.published) - new
        return _alarm(withdrawn=len(changes.withdrawn), left=left)

    def _announce(self, review: Review) -> DeliveryDraft:
        return review_delivery(review, self._ballot)


def _all_of(changes: Changes) -> frozenset[ArticleId]:
    return frozenset((*changes.added, *changes.changed, *changes.removed, *changes.withdrawn))


def _place(revision: Revision) -> tuple[int | None, int | None, ArticleId | None]:
    """Return what is revised together: a message, or one plan."""
    use = revision.use
    planned = use.article_id if use.planned else None
    return (use.delivery_id, use.edition_id if planned else None, planned)


def _renewed(use: Use, fate: Fate, found: Proof) -> Revision:
    """Return the revision that shows an article as it is now, by the same card where it can."""
    proof = use.proof if use.proof.version == found.version else found
    showing = use.showing if fate is Fate.ASKED else Showing.ARTICLE
    return Revision(use=use, fate=fate, proof=proof, showing=showing)


def _alarm(*, withdrawn: int, left: int) -> bool:
    alarming = is_alarming(withdrawn=withdrawn, left=left)
    if alarming:
        log.warning(
            "%s of %d gone at once: messages that show them are left as they are; if that is "
            "meant, /reload with withdraw:true goes through with it",
            counted(withdrawn, "article"),
            withdrawn + left,
        )
    return alarming
