"""What the services need to know of people, and of what they search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.people import Holdings
    from bot.core.saved import Alert, Arrival, Miss, Posted, SavedSearch


class PeopleBook(Protocol):
    """What the ledger knows of people.

    Every method but the erasing ones is one transaction; those are many short ones, and done again
    they go on. `suggest` writes who suggested an article in a server; it answers False where
    somebody did already. `suggested` counts how many of a person's suggestions wait for a verdict
    in a server. `set_told` says whether a person is told what came of theirs, as everybody is who
    never said otherwise. `held_about` is everything that is held of a person.

    `erase_person` erases it and answers what was erased, but for what must be known of what still
    waits for a verdict: `forget` erases that once it is decided, and nobody is told of it.
    `erase_server` erases all that is held of people in a server that the bot left, and ends what
    waits there. `forget` erases who voted, decided and suggested what before an instant, and what
    people were told. `servers` are those in which anything is held of people, or waits for
    moderators.
    """

    async def suggest(
        self, guild_id: int, article_id: ArticleId, *, user_id: int, now: datetime
    ) -> bool: ...
    async def suggested(self, guild_id: int, *, user_id: int) -> int: ...
    async def set_told(self, user_id: int, *, told: bool) -> None: ...
    async def held_about(self, user_id: int) -> Holdings: ...
    async def erase_person(self, user_id: int, *, now: datetime) -> Holdings: ...
    async def erase_server(self, guild_id: int, *, now: datetime) -> None: ...
    async def forget(self, *, before: datetime) -> None: ...
    async def servers(self) -> Collection[int]: ...


class SearchBook(Protocol):
    """What the ledger knows of searches and for them.

    Every method is one transaction. `posted_in` answers what stands in each channel of a server,
    `posts_of` where something stands, the newest first. `count_miss` knows nobody, and holds a text
    once however it is written. `keep_text` answers a short key under which `text_kept` finds the
    text, until it is too old.
    """

    async def posted_in(self, guild_id: int) -> Mapping[int, Collection[ArticleId]]: ...
    async def posts_of(
        self, guild_id: int, article_ids: Collection[ArticleId]
    ) -> Sequence[Posted]: ...
    async def count_miss(self, text: str, *, now: datetime) -> None: ...
    async def misses(self, *, limit: int) -> Sequence[Miss]: ...
    async def keep_text(self, text: str, *, now: datetime) -> str: ...
    async def text_kept(self, key: str) -> str | None: ...


class SavedBook(Protocol):
    """The ledger's saved searches, and who is told of what.

    Every method is one transaction. `save_search` answers the search it saved, the same one where
    it is saved already, which is active again, and None where the person has as many as are
    allowed. Nothing more is sent of a search that is removed. `arrivals` are the oldest messages
    of editions at which no saved search has been held; `tell` records that some have, together
    with what follows: one message for each search that is still active and each article, whatever
    is told again. Where a person may not see the channel, another one in which the article stands
    is held to be an arrival.
    """

    async def save_search(
        self, *, guild_id: int, user_id: int, text: str, now: datetime
    ) -> SavedSearch | None: ...
    async def saved_searches(self, *, guild_id: int, user_id: int) -> Sequence[SavedSearch]: ...
    async def remove_search(self, search_id: int, *, user_id: int) -> bool: ...
    async def resume_searches(self, *, guild_id: int, user_id: int) -> None: ...
    async def active_searches(self, guild_id: int) -> Sequence[SavedSearch]: ...
    async def arrivals(self, *, limit: int) -> Sequence[Arrival]: ...
    async def tell(
        self, alerts: Sequence[Alert], *, arrivals: Sequence[Arrival], now: datetime
    ) -> None: ...
