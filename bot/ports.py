"""What the services need from outside, as Protocols; each docstring states what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import Article, ArticleId, Headline
    from bot.core.catalogue import Catalogue, Changes, Source
    from bot.core.filed import Differing, FileReading, Kept, Stamp
    from bot.core.outbox import Ambiguous, Answer, Delivery, Sent, Sighting, Standing
    from bot.core.query import Hits, Query
    from bot.core.review import Review, Unread, Vote
    from bot.core.suggestion import DraftFile, Unwritten


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def __call__(self) -> datetime: ...


class Content(Protocol):
    """Reads `content/`; paths are relative to it.

    `differing` looks at all article files, which costs little more than listing them, and names
    those whose stamps are not the known ones; `mark` changes whenever it would say something else.
    Both raise OSError where there is no such folder, for an empty catalogue would say that every
    article was withdrawn. `stamps`
    looks at single files and answers nothing for those that are gone. `read` never raises for what
    a file holds, faults are in the answer; of a file that is gone by then there is no answer.
    Where `versions` names the version a file still has, its bytes are not looked at further.
    """

    async def differing(self, known: Mapping[str, Stamp]) -> Differing: ...
    async def mark(self) -> int: ...
    async def stamps(self, paths: Iterable[str]) -> Mapping[str, Stamp]: ...
    async def read(
        self, paths: Sequence[str], *, versions: Mapping[str, str]
    ) -> Sequence[FileReading]: ...


class Cache(Protocol):
    """Keeps what was read, so that a start reads only what changed; it is disposable.

    What is damaged is dropped and read again, never trusted: `load` then answers less, or nothing.
    `put` stores whole articles, `settle` what each file came to and that others are gone; what was
    put and not settled is read again. `whole` answers the articles of these headlines, without
    those it has lost. `generation` is that of the last `settle`.
    """

    generation: str

    async def load(self) -> Kept: ...
    async def stamps(self) -> Mapping[str, Stamp]: ...
    async def put(self, readings: Sequence[FileReading]) -> None: ...
    async def settle(
        self, news: Mapping[str, tuple[Source, Stamp | None]], *, gone: Sequence[str]
    ) -> None: ...
    async def whole(self, headlines: Sequence[Headline]) -> Sequence[Article]: ...


class Index(Protocol):
    """Searches published articles.

    Any query is valid and answered; the order is the same for the same articles. `search` answers
    the best hits in order, of all articles or `among` some; `nearest` what comes closest where
    nothing was found. Drafts are never in it, nor what is published after `now`. `examine` answers
    the generation of what an earlier run left, or nothing where that is not whole; `open` takes it
    up as the index of this catalogue, or begins `anew`. `stage` takes in articles and forgets
    others, which no search sees before `commit` says what the catalogue is now and of which
    generation. `warm` makes at once what the first search would wait for.
    """

    async def examine(self) -> str: ...
    async def open(self, catalogue: Catalogue, *, anew: bool) -> None: ...
    async def stage(self, arrived: Sequence[Article], *, gone: Iterable[ArticleId]) -> None: ...
    async def commit(self, catalogue: Catalogue, changes: Changes, *, generation: str) -> None: ...
    async def search(
        self,
        query: Query,
        *,
        limit: int,
        offset: int,
        now: datetime,
        among: Collection[ArticleId] | None = None,
    ) -> Hits: ...
    async def nearest(self, query: Query, *, limit: int, now: datetime) -> Sequence[Headline]: ...
    async def warm(self) -> None: ...


class Drafts(Protocol):
    """Writes drafts into the folder of articles.

    `write` makes the file of a draft and answers its path; Unwritten says why it could not, as
    where the folder is not to be written or the operator wants none. It never changes a file.
    """

    async def write(self, draft: DraftFile) -> str | Unwritten: ...


class Chat(Protocol):
    """Discord, as far as deliveries and reviews need it.

    `post`, `edit` and `delete` never raise for what the network or Discord does: the answer says
    it, and a message that is gone already is edited and deleted well enough. A message posted
    twice with one nonce within a minute is one message. What goes to a person is not for them any
    more where they left the server or may not see the channel. `sighting` looks for the message
    among the bot's own since the first attempt; Ambiguous says that it could not look now. `mark`
    adds the reactions people vote with and does nothing where they are. `ballots` answers who of
    the entitled reacted with what, or whether the card is gone or not to be read just now. A post
    with an opening begins a thread of a forum, whose message has the thread's id; Discord knows no
    nonce there. `entitled` answers which of these people may decide about a review by now, None
    where Discord does not say just now; `unsign` takes somebody's reaction from a card, where the
    bot may do that. `own_messages` answers the bot's own messages in a channel, or a forum, since
    an instant, UNREADABLE where its history may not be read.
    """

    async def post(self, delivery: Delivery) -> Answer: ...
    async def edit(self, delivery: Delivery) -> Answer: ...
    async def delete(self, delivery: Delivery) -> Answer: ...
    async def crosspost(self, delivery: Delivery) -> Answer: ...
    async def own_messages(
        self, channel_id: int, *, since: datetime
    ) -> Sequence[Standing] | Sighting | Ambiguous: ...
    async def sighting(self, delivery: Delivery) -> Sent | Sighting | Ambiguous: ...
    async def mark(self, review: Review) -> None: ...
    async def entitled(
        self, review: Review, user_ids: Collection[int]
    ) -> Collection[int] | None: ...
    async def unsign(self, review: Review, *, emoji: str, user_id: int) -> None: ...
    async def ballots(self, review: Review) -> Sequence[Vote] | Unread: ...
