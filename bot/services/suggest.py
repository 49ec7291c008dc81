"""Suggest: a link that somebody pointed at becomes a draft, and moderators are asked about it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.article import article_id
from bot.core.digest import DigestState
from bot.core.review import ReviewState
from bot.core.suggestion import Unwritten
from bot.services.propose import NotProposed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.books import Ledger
    from bot.core.article import Headline
    from bot.core.review import Review
    from bot.core.saved import Posted
    from bot.core.suggestion import DraftFile
    from bot.ports import Clock, Drafts
    from bot.services.attend import Attendant
    from bot.services.ingest import Library
    from bot.services.moderate import Moderator

log = logging.getLogger(__name__)

MOST_WAITING = 5  # suggestions of one person in one server


class Who(Enum):
    """As what somebody suggests, with the reason that moderators read."""

    MEMBER = "a draft, suggested by a member"
    MODERATOR = "a draft, proposed by a moderator"


class Stage(Enum):
    """How far an article has come in a server, in words for whoever suggests it again."""

    POSTED = "It was posted here already"
    WAITING = "It is waiting for the moderators already."
    APPROVED = "The moderators have approved it already."
    HELD = "The moderators have left it to the next edition already."
    REJECTED = "The moderators did not take it when it was proposed before."
    PUBLISHED = "It is among the articles already; digests choose it by themselves."


class NotSuggested(Enum):
    """Why nothing was suggested, in words for whoever wanted to."""

    NO_REVIEW = (
        "Nobody looks at suggestions in this server yet; "
        "who manages it can change that with `/review setup`."
    )
    NO_DIGEST = "No digest here takes an article with such topics."
    TOO_MANY = (
        "As many of your suggestions as I take are waiting for the moderators; "
        "please come back once they have decided."
    )
    UNREAD = (
        "It is written down, but I cannot read it just now; please suggest it again in a while."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An article that nobody need suggest any more, and where it stands if it was posted."""

    stage: Stage
    posted: Posted | None = None


class Suggester:
    """Takes suggestions, one at a time; to make one again takes up what was left of it."""

    def __init__(
        self,
        ledger: Ledger,
        library: Library,
        drafts: Drafts,
        *,
        attendant: Attendant,
        moderator: Moderator,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._drafts = drafts
        self._attendant = attendant
        self._moderator = moderator
        self._clock = clock
        self._lock = asyncio.Lock()

    async def known(self, url: str, *, guild_id: int) -> Known | None:
        """Return how far a page's article has come in a server; None where it can be suggested."""
        key = article_id(url=url, path="")
        posted = await self._ledger.posts_of(guild_id, [key])
        if posted:
            return Known(stage=Stage.POSTED, posted=posted[0])
        for review in await self._ledger.pending_reviews(guild_id=guild_id):
            if review.article_id == key:
                return Known(stage=Stage.WAITING)
        decided = await self._ledger.decisions(guild_id, article_id=key, limit=1)
        if decided and (stage := _STAGES.get(decided[0].state)):
            return Known(stage=stage)
        found = self._library.catalogue.get(key)
        return Known(stage=Stage.PUBLISHED) if found and not found.draft else None

    async def hindrance(self, *, guild_id: int, user_id: int, who: Who) -> NotSuggested | None:
        """Return why somebody can suggest nothing now, whatever it is."""
        if await self._ledger.review_settings(guild_id) is None:
            return NotSuggested.NO_REVIEW
        if who is Who.MODERATOR:
            return None
        waiting = await self._ledger.suggested(guild_id, user_id=user_id)
        return NotSuggested.TOO_MANY if waiting >= MOST_WAITING else None

    async def topics(self, guild_id: int) -> Sequence[str]:
        """Return the topics that articles can have there: those of its digests, then the others."""
        digests = await self._ledger.digests(guild_id=guild_id)
        active = [digest for digest in digests if digest.state is DigestState.ACTIVE]
        chosen = dict.fromkeys(topic for digest in active for topic in digest.topics)
        return tuple(chosen | dict.fromkeys(self._library.catalogue.topics))

    async def suggest(
        self, draft: DraftFile, *, guild_id: int, user_id: int, who: Who
    ) -> Review | Known | NotSuggested | Unwritten:
        """Write a draft, unless there is one of its page, and propose it to the moderators."""
        async with self._lock:
            known = await self.known(draft.url, guild_id=guild_id)
            if known is not None:
                return known
            hindrance = await self.hindrance(guild_id=guild_id, user_id=user_id, who=who)
            if hindrance is not None:
                return hindrance
            there = self._library.catalogue.get(article_id(url=draft.url, path=""))
            topics = there.topics if there else draft.topics
            if not await self._takes(topics, guild_id=guild_id):  # before anything is written
                return NotSuggested.NO_DIGEST
            found = there or await self._written(draft)
            if isinstance(found, (Unwritten, NotSuggested)):
                return found
            return await self._proposed(found, guild_id=guild_id, user_id=user_id, who=who)

    async def _takes(self, topics: tuple[str, ...], *, guild_id: int) -> bool:
        digests = await self._ledger.digests(guild_id=guild_id)
        return any(one.state is DigestState.ACTIVE and one.takes(topics) for one in digests)

    async def _written(self, draft: DraftFile) -> Headline | NotSuggested | Unwritten:
        path = await self._drafts.write(draft)
        if isinstance(path, Unwritten):
            return path
        await self._attendant.read([path])
        found = self._library.catalogue.get(article_id(url=draft.url, path=""))
        if found is None:  # as where its file was there already and says that it is removed
            log.warning("draft of a suggestion not read: %s", path)
            return NotSuggested.UNREAD
        return found

    async def _proposed(
        self, draft: Headline, *, guild_id: int, user_id: int, who: Who
    ) -> Review | Known | NotSuggested:
        # first, so that a verdict that comes at once is told to who suggested it
        await self._ledger.suggest(guild_id, draft.id, user_id=user_id, now=self._clock())
        review = await self._moderator.propose_draft(
            draft, guild_id=guild_id, proposed_by=user_id, reason=who.value
        )
        if not isinstance(review, NotProposed):
            log.info("suggested: server=%d article=%s review=%d", guild_id, draft.id, review.id)
            return review
        return _INSTEAD[review]


_INSTEAD: Mapping[NotProposed, Known | NotSuggested] = {
    NotProposed.NO_REVIEW: NotSuggested.NO_REVIEW,
    NotProposed.NO_DIGEST: NotSuggested.NO_DIGEST,
    NotProposed.GONE: NotSuggested.UNREAD,
    NotProposed.WAITING: Known(stage=Stage.WAITING),
    NotProposed.APPROVED: Known(stage=Stage.APPROVED),
    NotProposed.POSTED: Known(stage=Stage.POSTED),
}
_STAGES = {
    ReviewState.APPROVED: Stage.APPROVED,
    ReviewState.HELD: Stage.HELD,
    ReviewState.REJECTED: Stage.REJECTED,
}
