"""Publish: a slot becomes an edition, an edition deliveries; each exactly once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core.catalogue import Changes
from bot.core.digest import OUT_OF_TURN, Edition, EditionDraft, EditionState, Issue
from bot.core.picking import pick
from bot.core.posting import deliveries_of
from bot.core.reviewing import review_delivery
from bot.core.slots import next_slot
from bot.services.agenda import Agenda, minding, still_due
from bot.services.choose import Bounds, Chooser, past_of, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.books import Ledger
    from bot.core.article import ArticleId
    from bot.core.digest import Digest, Item
    from bot.core.outbox import DeliveryDraft
    from bot.core.picking import Pick
    from bot.core.quiet import Quiet
    from bot.core.review import Ballot, Review, ReviewSettings
    from bot.core.slots import Slot
    from bot.ports import Clock
    from bot.services.agenda import Due
    from bot.services.choose import Chosen
    from bot.services.ingest import Library
    from bot.services.revise import Reviser

log = logging.getLogger(__name__)

_TOGETHER = 20  # editions in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator set for all digests; slots missed longer ago are not made up for."""

    max_age: timedelta | None
    story_window: timedelta
    lead: timedelta
    ballot: Ballot
    catch_up_age: timedelta | None = None


class Publisher:
    """Plans editions ahead of their slots and releases them when due.

    `released` is called whenever something may be sent.
    """

    def __init__(
        self,
        ledger: Ledger,
        library: Library,
        reviser: Reviser,
        *,
        policy: Policy,
        clock: Clock,
        released: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._reviser = reviser
        self._policy = policy
        self._bounds = Bounds(max_age=policy.max_age, story_window=policy.story_window)
        self._clock = clock
        self._released = released

    async def tick(self) -> None:
        """Plan what comes near and release what is due; harmless to call at any time."""
        now = self._clock()
        going = {digest.id: digest for digest in await self._ledger.digests() if digest.going}
        quiets = await self._ledger.quiets()
        agenda = Agenda(self._ledger, quiets, announce=self._announce, now=now)
        await agenda.revise(going)
        due_now = await self._ledger.due_editions(now=now)
        mine = [edition for edition in due_now if edition.digest_id in going]  # else it is just new
        await self._release_ready(mine, going, agenda, now=now)
        dues = await agenda.dues(
            going.values(), lead=self._policy.lead, max_age=self._policy.catch_up_age
        )
        chooser = self._chooser(now)
        at_once = [due for due in dues if due.review is None]
        for together in _in_channels_of_their_own(at_once):
            await self._issue(together, chooser, agenda, now=now)
            await asyncio.sleep(0)
        for due in dues:
            if due.review is not None:
                await self._plan(due, chooser, agenda, now=now)

    async def publish_now(self, digest: Digest, *, key: str) -> Edition | None:
        """Make an edition out of turn; None where this `key` made one already.

        Neither is one made by a digest that is paused, set aside, or unsure of its channel.
        """
        now = self._clock()
        review = (await self._ledger.reviewing()).get(digest.guild_id)
        draft = EditionDraft(digest_id=digest.id, slot=f"{OUT_OF_TURN}{key}", due_at=now)
        chooser = self._chooser(now)
        edition = await self._record(
            digest, draft, chooser, review=review, planned_until=None, now=now
        )
        if edition is not None and edition.state is EditionState.PLANNED:
            agenda = Agenda(self._ledger, {}, announce=self._announce, now=now)
            for ready in await agenda.ready([edition], max_age=None):
                await self._release(ready, digest, now=now)
        return edition

    async def preview(self, digest: Digest) -> Pick:
        """Return what an edition would hold if it were made now, with every reason."""
        now = self._clock()
        known = (await self._ledger.known([digest]))[digest.id]
        catalogue = self._library.catalogue
        return await asyncio.to_thread(
            pick,
            tuple(catalogue.articles.values()),
            terms=terms_of(digest, self._bounds),
            past=past_of(known, catalogue, bounds=self._bounds, now=now),
            now=now,
        )

    def next_slots(
        self, digests: Sequence[Digest], *, quiets: Mapping[int, Quiet] | None = None
    ) -> list[tuple[Slot, Digest]]:
        """Return the next slot of each digest that has one, the soonest first.

        `quiets` are what the ledger says of their channels, for on days off nothing is due.
        """
        now = self._clock()
        known = quiets or {}
        slots = [
            (slot, digest)
            for digest in digests
            if digest.going
            and (slot := next_slot(digest.rule, after=now, quiet=known.get(digest.channel_id)))
        ]
        return sorted(slots, key=lambda pair: (pair[0].at, pair[1].id))

    async def _issue(
        self, dues: Sequence[Due], chooser: Chooser, agenda: Agenda, *, now: datetime
    ) -> None:
        """Plan and release editions that nobody reviews, together or else one by one."""
        with minding("editions not issued together: first=%d", dues[0].digest.id):
            chosen = await chooser.choose([due.digest for due in dues])
            issues = [
                self._issued(due, chosen[due.digest.id]) for due in dues if due.digest.id in chosen
            ]
            if not issues:  # they stopped going meanwhile
                return
            if await self._ledger.issue(issues, now=now):
                articles = {item.article_id for issue in issues for item in issue.items}
                log.info("editions issued: editions=%d articles=%d", len(issues), len(articles))
                self._released()
                if chooser.catalogue is not self._library.catalogue:
                    await self._reviser.follow(Changes(changed=tuple(articles)))
                return
        for due in await still_due(self._ledger, dues):
            await self._plan(due, chooser, agenda, now=now)

    def _issued(self, due: Due, chosen: Chosen) -> Issue:
        edition = Edition(
            id=0,
            digest_id=due.digest.id,
            guild_id=due.digest.guild_id,
            channel_id=due.digest.channel_id,
            digest_name=due.digest.name,
            slot=due.slot.key,
            due_at=due.slot.at,
            state=EditionState.PLANNED,
            note=chosen.note,
        )
        return Issue(
            draft=due.draft,
            channel_id=due.digest.channel_id,
            items=chosen.items,
            note=chosen.note,
            posts=lambda key: self._posts(replace(edition, id=key), due.digest, chosen.items),
        )

    async def _plan(self, due: Due, chooser: Chooser, agenda: Agenda, *, now: datetime) -> None:
        """Plan one edition, and release it where it is due."""
        with minding("digest not planned: digest=%d", due.digest.id):
            edition = await self._record(
                due.digest,
                due.draft,
                chooser,
                review=due.review,
                planned_until=due.slot.at,
                now=now,
            )
            if edition and edition.state is EditionState.PLANNED and edition.due_at <= now:
                going = {due.digest.id: due.digest}
                await self._release_ready([edition], going, agenda, now=now)

    async def _record(
        self,
        digest: Digest,
        draft: EditionDraft,
        chooser: Chooser,
        *,
        review: ReviewSettings | None,
        planned_until: datetime | None,
        now: datetime,
    ) -> Edition | None:
        chosen = (await chooser.choose([digest])).get(digest.id)
        if chosen is None:
            return None
        items = chosen.items
        if review is not None:
            items = await chooser.briefed(items, digest)
        edition = await self._ledger.plan_edition(
            draft,
            items,
            review=review,
            note=chosen.note,
            planned_until=planned_until,
            announce=self._announce,
            now=now,
        )
        if edition is not None:
            count = len(items)
            log.info("edition planned: digest=%d slot=%s articles=%d", digest.id, draft.slot, count)
        return edition

    async def _release_ready(
        self,
        editions: Sequence[Edition],
        going: Mapping[int, Digest],
        agenda: Agenda,
        *,
        now: datetime,
    ) -> None:
        """Release those of due editions that need not wait, nor are let go."""
        for edition in await agenda.ready(editions, max_age=self._policy.catch_up_age):
            with minding("edition not released: edition=%d", edition.id):
                await self._release(edition, going[edition.digest_id], now=now)

    async def _release(self, edition: Edition, digest: Digest, *, now: datetime) -> None:
        await self._reviser.renew(edition.id)
        items = await self._ledger.approved_items(edition.id)
        posts = self._posts(edition, digest, items)
        await self._ledger.release(edition.id, posts, note=edition.note, now=now)
        log.info(
            "edition released: digest=%d slot=%s articles=%d", digest.id, edition.slot, len(items)
        )
        self._released()

    def _posts(
        self, edition: Edition, digest: Digest, items: Sequence[Item]
    ) -> list[tuple[DeliveryDraft, tuple[ArticleId, ...]]]:
        found = (self._library.catalogue.get(item.article_id) for item in items)
        topics = {article.id: article.topics for article in found if article is not None}
        return deliveries_of(edition, digest, items, topics=topics)

    def _chooser(self, now: datetime) -> Chooser:
        return Chooser(self._ledger, self._library, bounds=self._bounds, now=now)

    def _announce(self, review: Review) -> DeliveryDraft:
        return review_delivery(review, self._policy.ballot)


def _in_channels_of_their_own(dues: Iterable[Due]) -> Iterator[list[Due]]:
    """Yield some at a time, in their order; each edition must know what the one before took."""
    some: list[Due] = []
    for due in dues:
        channels = {other.digest.channel_id for other in some}
        if len(some) == _TOGETHER or due.digest.channel_id in channels:
            yield some
            some = []
        some.append(due)
    if some:
        yield some
