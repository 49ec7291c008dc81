"""Choose: what each of many digests takes at one instant, with the cards as they are now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core.digest import Item
from bot.core.picking import Draw, Past, Terms, draw, summary
from bot.core.stock import Stock
from bot.services.brief import briefs
from bot.services.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.books import Ledger
    from bot.core.article import ArticleId, Headline
    from bot.core.catalogue import Catalogue
    from bot.core.digest import Digest, Known
    from bot.core.picking import Choice
    from bot.core.revision import Proof
    from bot.services.ingest import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How old an article may be, and for how long its story is not told again."""

    max_age: timedelta | None
    story_window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What an edition takes, and what is to be said of all that it leaves."""

    items: tuple[Item, ...]
    note: str


class Chooser:
    """Chooses for any number of digests; what is the same for all of them is done once."""

    def __init__(self, ledger: Ledger, library: Library, *, bounds: Bounds, now: datetime) -> None:
        self._ledger = ledger
        self._library = library
        self._bounds = bounds
        self._now = now
        self._stock = Stock((), now=now)
        self._proofs: dict[ArticleId, Proof] = {}
        self.catalogue: Catalogue | None = None

    async def choose(self, digests: Sequence[Digest]) -> Mapping[int, Chosen]:
        """Return by digest what it takes; nothing of those that make no edition just now.

        No two of them may be of one channel, for neither would know what the other takes.
        """
        known = await self._ledger.known(digests)
        catalogue = self._library.catalogue
        if catalogue is not self.catalogue:
            # of a hundred thousand articles it takes a second, which nobody else should wait for
            self._stock = await asyncio.to_thread(_stock_of, catalogue, now=self._now)
            self.catalogue, self._proofs = catalogue, {}

        def draw_all() -> dict[int, Draw]:
            going = [digest for digest in digests if known[digest.id].going]
            return {
                digest.id: draw(
                    self._stock,
                    terms=terms_of(digest, self._bounds),
                    past=past_of(known[digest.id], catalogue, bounds=self._bounds, now=self._now),
                )
                for digest in going
            }

        drawn = await asyncio.to_thread(draw_all)
        await self._prove(
            choice.article
            for key, each in drawn.items()
            for choice in each.chosen
            if choice.article.id not in known[key].admitted
        )
        return {key: self._chosen(each, known[key].admitted) for key, each in drawn.items()}

    async def briefed(self, items: Sequence[Item], digest: Digest) -> tuple[Item, ...]:
        """Return the items with what moderators should know of those they are asked about."""
        asked = [item.article_id for item in items if not item.admitted]
        found = await briefs(
            self._ledger,
            self._library,
            [one for one in map(self._library.catalogue.get, asked) if one is not None],
            digest=digest,
            now=self._now,
            stories=self._stock.stories,
        )
        return tuple(replace(item, brief=found.get(item.article_id, item.brief)) for item in items)

    async def _prove(self, articles: Iterable[Headline]) -> None:
        new = {one.id: one for one in articles if one.id not in self._proofs}
        if new:
            self._proofs |= await proofs(
                self._library, list(new.values()), now=self._now, stories=self._stock.stories
            )

    def _chosen(self, drawn: Draw, admitted: Mapping[ArticleId, Proof]) -> Chosen:
        items = tuple(
            _item(choice, proof, admitted=choice.article.id in admitted)
            for choice in drawn.chosen
            if (proof := admitted.get(choice.article.id) or self._proofs.get(choice.article.id))
            is not None  # else withdrawn meanwhile
        )
        others = summary(drawn.counts)
        empty = f"nothing new: {others or 'no article has its topics'}"
        return Chosen(items=items, note=others if items else empty)


def terms_of(digest: Digest, bounds: Bounds) -> Terms:
    """Return what a digest asks for."""
    return Terms(
        topics=digest.topics,
        limit=digest.limit,
        max_age=bounds.max_age,
        story_window=bounds.story_window,
    )


def past_of(known: Known, catalogue: Catalogue, *, bounds: Bounds, now: datetime) -> Past:
    """Return what the ledger knows, as far as it is of articles that still exist."""
    recent = [
        (article, min(at, now))
        for article_id, at in (*known.posted.items(), *known.expected.items())
        if now - at <= bounds.story_window and (article := catalogue.get(article_id)) is not None
    ]
    return Past(
        posted=known.posted,
        recent=tuple(recent),
        barred=known.barred,
        admitted=frozenset(known.admitted),
        held=frozenset(known.held),
    )


def _stock_of(catalogue: Catalogue, *, now: datetime) -> Stock:
    return Stock(catalogue.articles.values(), now=now)


def _item(choice: Choice, proof: Proof, *, admitted: bool) -> Item:
    return Item(
        article_id=choice.article.id,
        card=proof.card,
        reason=choice.reason,
        admitted=admitted,
        version=proof.version,
        path=choice.article.path,
    )
