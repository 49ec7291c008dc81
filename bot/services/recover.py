"""Recover: after a ledger was put back, what stands in the channels is read and taken up again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.article import article_id
from bot.core.card import card_title
from bot.core.digest import DigestState
from bot.core.outbox import Ambiguous, Sighting
from bot.core.url import safe_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.article import ArticleId
    from bot.core.digest import Digest
    from bot.core.outbox import Standing
    from bot.ports import Chat, Clock
    from bot.services.ingest import Library

log = logging.getLogger(__name__)

_SLACK = timedelta(hours=1)  # clocks differ, and a backup takes its time
_PAUSE = timedelta(hours=1)
UNREADABLE = (
    "the ledger was put back from a backup, and this channel's history cannot be read for what "
    "was posted since: allow Read Message History, or resume to post without knowing"
)


class Restorer:
    """Makes digests sure again of what their channels were sent."""

    def __init__(self, ledger: Ledger, chat: Chat, library: Library, *, clock: Clock) -> None:
        self._ledger = ledger
        self._chat = chat
        self._library = library
        self._clock = clock
        self._sure = False
        self._again: dict[int, datetime] = {}  # when to ask again of those that make no editions

    async def recover(self) -> None:
        """Read the channel of each unsure digest; harmless to call at any time.

        A digest whose channel cannot be read now stays unsure until the next call, and one whose
        channel may not be read is paused, and tried again once an hour.
        """
        if self._sure:
            return
        now = self._clock()
        every = await self._ledger.digests()
        unsure = [(one, one.unsure_since) for one in every if one.unsure_since is not None]
        self._sure = not unsure  # for good: none becomes unsure but when the ledger is opened
        for digest, since in unsure:
            # too many refusals and Discord hears nothing more of us
            if digest.state is DigestState.ACTIVE or now >= self._again.get(digest.id, now):
                await self._recover(digest, since=since)

    async def _recover(self, digest: Digest, *, since: datetime) -> None:
        found = await self._chat.own_messages(digest.channel_id, since=since - _SLACK)
        if isinstance(found, Ambiguous):
            log.warning("channel not read, next time: digest=%d %s", digest.id, found.reason)
        elif isinstance(found, Sighting):
            await self._pause(digest)
        else:
            known = [(message, self._articles_of(message)) for message in found]
            shown = [pair for pair in known if pair[1]]
            await self._ledger.adopt(digest.id, shown, now=self._clock())
            log.info("channel read: digest=%d messages=%d", digest.id, len(shown))

    async def _pause(self, digest: Digest) -> None:
        """Pause a digest that would post; the channel of another is tried again all the same."""
        self._again[digest.id] = self._clock() + _PAUSE
        if digest.state is DigestState.ACTIVE:
            log.warning("history may not be read, digest paused: digest=%d", digest.id)
            await self._ledger.set_digest_state(
                digest.id, DigestState.PAUSED, reason=UNREADABLE, now=self._clock()
            )

    def _articles_of(self, message: Standing) -> Sequence[ArticleId]:
        """Return the articles that a message's cards show, each once.

        Also those that are in the catalogue no more, for they may come back.
        """
        pages = (page for url in message.urls if (page := safe_url(url)))
        ids = [article_id(url=page, path="") for page in pages]
        if message.titles:
            ids += [
                one.id
                for one in self._library.catalogue.articles.values()
                if one.url is None and card_title(one.title) in message.titles
            ]
        return list(dict.fromkeys(ids))
