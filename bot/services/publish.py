"""Publish: a slot becomes an edition, an edition deliveries; each exactly once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.card import posts_of
from bot.core.digest import DigestState, Edition, EditionDraft, EditionState, Item
from bot.core.outbox import DeliveryDraft
from bot.core.picking import Choice, Past, Pick, Terms, pick, summary
from bot.core.slots import next_slot, slots_between
from bot.core.wording import edition_heading, late_heading, review_delivery
from bot.services.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.article import ArticleId
    from bot.core.digest import Digest
    from bot.core.review import Ballot, Review, ReviewSettings
    from bot.core.revision import Proof
    from bot.core.slots import Slot
    from bot.ports import Clock
    from bot.services.ingest import Library
    from bot.services.revise import Reviser

log = logging.getLogger(__name__)

_JUMP = timedelta(days=8)  # every rule has a slot within that time
_RECENTLY = timedelta(hours=1)  # a slot that is planned again meets its edition and makes no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator set for all digests."""

    max_age: timedelta | None
    story_window: timedelta
    lead: timedelta
    ballot: Ballot


class Publisher:
    """Plans editions ahead of their slots and releases them when due."""

    def __init__(
        self, ledger: Ledger, library: Library, reviser: Reviser, *, policy: Policy, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._reviser = reviser
        self._policy = policy
        self._clock = clock

    async def tick(self) -> None:
        """Plan what comes near and release what is due; harmless to call at any time."""
        now = self._clock()
        digests = await self._ledger.digests()
        for digest in digests:
            if digest.state is DigestState.ACTIVE:
                try:
                    await self._plan(digest, now=now)
                except Exception:  # one digest that cannot be planned must not silence the others
                    log.exception("digest not planned: digest=%d", digest.id)
        by_id = {digest.id: digest for digest in digests}
        for edition in await self._ledger.due_editions(now=now):
            if (digest_due := by_id.get(edition.digest_id)) is None:  # it is just new
                continue
            try:
                await self._release(edition, digest_due, now=now)
            except Exception:  # likewise
                log.exception("edition not released: edition=%d", edition.id)

    async def publish_now(self, digest: Digest, *, key: str) -> Edition | None:
        """Make an edition out of turn; None where this `key` made one already."""
        now = self._clock()
        review = await self._ledger.review_settings(digest.guild_id)
        draft = EditionDraft(digest_id=digest.id, slot=f"now:{key}", due_at=now)
        edition = await self._record(digest, draft, review, planned_until=None, now=now)
        if edition is not None and edition.state is EditionState.PLANNED:
            await self._release(edition, digest, now=now)
        return edition

    async def preview(self, digest: Digest) -> Pick:
        """Return what an edition would hold if it were made now, with every reason."""
        admitted = await self._ledger.admitted(digest.id)
        return await self._pick(digest, admitted=admitted.keys(), now=self._clock())

    def next_slots(self, digests: Sequence[Digest]) -> list[tuple[Slot, Digest]]:
        """Return the next slot of each active digest, the soonest first."""
        now = self._clock()
        slots = [
            (slot, digest)
            for digest in digests
            if digest.state is DigestState.ACTIVE
            and (slot := next_slot(digest.rule, after=now)) is not None
        ]
        return sorted(slots, key=lambda pair: (pair[0].at, pair[1].id))

    async def _plan(self, digest: Digest, *, now: datetime) -> None:
        review = await self._ledger.review_settings(digest.guild_id)
        until = now + self._policy.lead if review else now
        after = digest.planned_until
        if after > until + _JUMP:  # nothing plans so far ahead: the clock was wrong once
            after = now - _RECENTLY
        slots = slots_between(digest.rule, after=after, until=until)
        missed = [slot for slot in slots if slot.at <= now]
        # after a time away one edition makes up for all that were missed
        for slot in missed[-1:] + slots[len(missed) :]:
            draft = EditionDraft(digest_id=digest.id, slot=slot.key, due_at=slot.at)
            await self._record(digest, draft, review, planned_until=slot.at, now=now)

    async def _record(
        self,
        digest: Digest,
        draft: EditionDraft,
        review: ReviewSettings | None,
        *,
        planned_until: datetime | None,
        now: datetime,
    ) -> Edition | None:
        admitted = await self._ledger.admitted(digest.id)
        picked = await self._pick(digest, admitted=admitted.keys(), now=now)
        new = [choice.article for choice in picked.chosen if choice.article.id not in admitted]
        made = {**admitted, **await proofs(self._library, new, now=now)}
        items = [
            _item(choice, made[choice.article.id], admitted=choice.article.id in admitted)
            for choice in picked.chosen
            if choice.article.id in made  # else withdrawn meanwhile
        ]
        others = summary(picked)
        note = f"nothing new: {others or 'no article has its topics'}" if not items else others
        edition = await self._ledger.plan_edition(
            draft,
            items,
            review=review,
            note=note,
            planned_until=planned_until,
            announce=self._announce,
            now=now,
        )
        if edition is not None:
            log.info(
                "edition planned: digest=%d slot=%s articles=%d", digest.id, draft.slot, len(items)
            )
        return edition

    async def _pick(
        self, digest: Digest, *, admitted: Collection[ArticleId], now: datetime
    ) -> Pick:
        catalogue = self._library.catalogue
        placements = await self._ledger.placements(digest.channel_id)
        expected = await self._ledger.expected(digest.channel_id)
        recent = [
            (article, min(placement.at, now))
            for placement in (*placements, *expected)
            if now - placement.at <= self._policy.story_window
            and (article := catalogue.get(placement.article_id)) is not None
        ]
        terms = Terms(
            topics=digest.topics,
            limit=digest.limit,
            max_age=self._policy.max_age,
            story_window=self._policy.story_window,
        )
        past = Past(
            posted={placement.article_id: placement.at for placement in placements},
            recent=tuple(recent),
            barred=await self._ledger.barred(digest),
            admitted=frozenset(admitted),
        )
        articles = tuple(catalogue.articles.values())
        # a hundred thousand articles take about a second, which nobody else should wait for
        return await asyncio.to_thread(pick, articles, terms=terms, past=past, now=now)

    async def _release(self, edition: Edition, digest: Digest, *, now: datetime) -> None:
        await self._reviser.renew(edition.id)
        items = await self._ledger.approved_items(edition.id)
        heading = (
            late_heading(edition) if edition.begun else edition_heading(digest, edition.due_at)
        )
        posts: list[tuple[DeliveryDraft, Sequence[ArticleId]]] = []
        waiting = list(items)
        for post in posts_of(heading, [item.card for item in items]) if items else ():
            shown, waiting = waiting[: len(post.cards)], waiting[len(post.cards) :]
            ids = [item.article_id for item in shown]
            draft = DeliveryDraft(
                key=f"edition:{edition.id}:{ids[0]}",
                channel_id=digest.channel_id,
                post=post,
                edition_id=edition.id,
            )
            posts.append((draft, ids))
        await self._ledger.release(edition.id, posts, note=edition.note, now=now)
        log.info(
            "edition released: digest=%d slot=%s articles=%d", digest.id, edition.slot, len(items)
        )

    def _announce(self, review: Review) -> DeliveryDraft:
        return review_delivery(review, self._policy.ballot)


def _item(choice: Choice, proof: Proof, *, admitted: bool) -> Item:
    return Item(
        article_id=choice.article.id,
        card=proof.card,
        reason=choice.reason,
        admitted=admitted,
        version=proof.version,
        path=choice.article.path,
    )
