"""Proofs: the cards of articles as they are now, with who else tells their stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.card import card_of
from bot.core.revision import Proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId, Headline
    from bot.core.story import Stories
    from bot.services.ingest import Library


async def proofs(
    library: Library,
    headlines: Sequence[Headline],
    *,
    now: datetime,
    stories: Stories | None = None,
) -> Mapping[ArticleId, Proof]:
    """Return the proof of each article, without those that are gone by now."""
    others = await library.other_tellings(headlines, now=now, stories=stories)
    return {
        article.id: Proof(
            card=card_of(article, also=others[article.id]),
            version=article.version,
            path=article.path,
        )
        for article in await library.articles(headlines)
    }
