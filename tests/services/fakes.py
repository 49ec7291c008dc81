"""A chat, content and an index that are nothing but memory, and that fail when told to."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING
from zlib import crc32

from bot.core.catalogue import Source
from bot.core.filed import Differing, FileReading
from bot.core.outbox import (
    SAME_NONCE_FOR,
    Action,
    Ambiguous,
    Deferred,
    Refused,
    Sent,
    Sighting,
    Standing,
)
from bot.core.query import Found, Hits, Marks
from bot.core.review import Unread, Verdict, Vote
from bot.core.words import fold, words_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

    from bot.core.article import Article, ArticleId, Headline
    from bot.core.card import Post
    from bot.core.catalogue import Catalogue, Changes
    from bot.core.fault import Fault
    from bot.core.filed import Stamp
    from bot.core.outbox import Answer, Delivery
    from bot.core.query import Filters, Query
    from bot.core.review import Review


class Crash(BaseException):
    """The process ends here; nothing may catch it."""


class Mood(Enum):
    """What the chat does with one request."""

    REFUSE = auto()
    REFUSE_CHANNEL = auto()
    DEFER = auto()
    LOSE = auto()  # ambiguous, and the message is not there
    TAKE_IN_SILENCE = auto()  # ambiguous, and the message is there
    TIME_OUT = auto()
    HANG = auto()
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    DELETED = auto()  # it was there under this nonce, and somebody deleted it
    SLOW = auto()  # there is an answer, once it is asked for
    BREAK = auto()  # a bug
    FINE = auto()


_ANSWERS: dict[Mood, Answer] = {
    Mood.REFUSE: Refused(reason="Missing Access"),
    Mood.REFUSE_CHANNEL: Refused(reason="Missing Access", whole_channel=True),
    Mood.DEFER: Deferred(wait=timedelta(seconds=90), reason="rate limit"),
    Mood.DELETED: Sent(message_id=None),
    Mood.LOSE: Ambiguous(reason="connection reset"),
}
_ERRORS: dict[Mood, type[BaseException]] = {
    Mood.CRASH_BEFORE: Crash,
    Mood.TIME_OUT: TimeoutError,
    Mood.BREAK: ZeroDivisionError,
}


@dataclass
class Time:
    """A clock that stands until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def go(self, by: timedelta) -> None:
        """Move on."""
        self.now += by


@dataclass
class Message:
    """What stands in a channel."""

    id: int
    channel_id: int
    nonce: str
    at: datetime
    post: Post
    votes: list[Vote] = field(default_factory=list)
    edits: int = 0
    user_id: int | None = None  # whom alone it went to
    thread_id: int | None = None  # of a forum
    crossposts: int = 0
    marked: int = 0

    @property
    def titles(self) -> list[str]:
        """What it shows of articles."""
        return [card.title for card in self.post.cards if not card.quiet]


class FakeChat:
    """Discord in memory; see `bot.ports.Chat` for the promises it keeps."""

    def __init__(self, clock: Time) -> None:
        self.messages: dict[int, Message] = {}
        self.posts: Counter[str] = Counter()  # requests to post by nonce
        self.looks: list[str] = []
        self.moods: deque[Mood] = deque()
        self.looking: deque[Sighting | Ambiguous | Mood] = deque()
        self.marking: deque[Mood] = deque()
        self.counting: deque[Mood] = deque()
        self.gone: set[int] = set()
        self.silent = False  # cards are not to be read just now
        self.outsiders: set[int] = set()  # who have no right to decide, or have it no more
        self.asking: deque[Mood] = deque()
        self.nobody_knows = False  # who has the right
        self.unsigning: deque[Mood] = deque()
        self.unsigned: list[tuple[int | None, str, int]] = []
        self.hanging = asyncio.Event()
        self.answering = asyncio.Event()
        self.meanwhile: Callable[[], Awaitable[None]] | None = None  # the next time it looks
        self._clock = clock
        self._ids = count(1000)

    async def post(self, delivery: Delivery) -> Answer:
        """Take a message, once for each nonce within a minute."""
        self.posts[delivery.nonce] += 1
        return await self._answer(delivery)

    async def edit(self, delivery: Delivery) -> Answer:
        """Give a message another form."""
        return await self._answer(delivery)

    async def delete(self, delivery: Delivery) -> Answer:
        """Take a message away."""
        return await self._answer(delivery)

    async def crosspost(self, delivery: Delivery) -> Answer:
        """Hand a message on to those who follow its channel."""
        return await self._answer(delivery)

    async def own_messages(
        self, channel_id: int, *, since: datetime
    ) -> Sequence[Standing] | Sighting | Ambiguous:
        """Return what was posted in a channel since an instant."""
        planned = self.looking.popleft() if self.looking else None
        if isinstance(planned, Sighting | Ambiguous):
            return planned
        return [
            Standing(
                message_id=message.id,
                thread_id=message.thread_id,
                at=message.at,
                urls=tuple(card.url for card in message.post.cards if card.url),
                titles=tuple(card.title for card in message.post.cards if not card.url),
            )
            for message in self.standing(channel_id)
            if message.at >= since
        ]

    async def sighting(self, delivery: Delivery) -> Sent | Sighting | Ambiguous:
        """Look for a message by its nonce, for memory knows it."""
        self.looks.append(delivery.key)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        planned = self.looking.popleft() if self.looking else None
        if planned is Mood.HANG:
            await self._hang()
        if isinstance(planned, Sighting | Ambiguous):
            return planned
        for message in self.messages.values():
            if (message.channel_id, message.nonce) == (delivery.channel_id, delivery.nonce):
                return Sent(message_id=message.id)
        return Sighting.ABSENT

    async def mark(self, review: Review) -> None:
        """Add the reactions people vote with."""
        if self.marking and self.marking.popleft() is Mood.HANG:
            await self._hang()
        if review.message_id in self.messages:
            self.messages[review.message_id].marked += 1

    async def entitled(self, review: Review, user_ids: Collection[int]) -> Collection[int] | None:  # noqa: ARG002 (the port)
        """Return which of these people may decide; None where nobody knows."""
        if self.asking and self.asking.popleft() is Mood.HANG:
            await self._hang()
        return None if self.nobody_knows else [one for one in user_ids if self._may_decide(one)]

    async def unsign(self, review: Review, *, emoji: str, user_id: int) -> None:
        """Take somebody's reaction away."""
        if self.unsigning and self.unsigning.popleft() is Mood.HANG:
            await self._hang()
        self.unsigned.append((review.message_id, emoji, user_id))

    async def ballots(self, review: Review) -> Sequence[Vote] | Unread:
        """Return who of the entitled voted on a card, or why it was not read."""
        if self.silent:
            return Unread.NOW
        if self.counting and self.counting.popleft() is Mood.HANG:
            await self._hang()
        if review.message_id in self.gone or review.message_id not in self.messages:
            return Unread.GONE
        votes = self.messages[review.message_id].votes
        return [vote for vote in votes if self._may_decide(vote.user_id)]

    def vote(self, message: Message, user_id: int, verdict: Verdict = Verdict.APPROVE) -> None:
        """React as a moderator."""
        message.votes.append(Vote(user_id=user_id, verdict=verdict))

    def standing(self, channel_id: int) -> list[Message]:
        """Return what stands in a channel, the oldest first."""
        return [
            each
            for each in self.messages.values()
            if each.channel_id == channel_id and each.user_id is None
        ]

    def titles(self, channel_id: int) -> list[str]:
        """Return what the messages of a channel show, the oldest first."""
        return [title for message in self.standing(channel_id) for title in message.titles]

    def _may_decide(self, user_id: int) -> bool:
        return user_id not in self.outsiders

    async def _answer(self, delivery: Delivery) -> Answer:
        mood = self.moods.popleft() if self.moods else Mood.FINE
        if mood in _ANSWERS:
            return _ANSWERS[mood]
        if mood in _ERRORS:
            raise _ERRORS[mood]
        if mood is Mood.HANG:
            await self._hang()
        if mood is Mood.SLOW:
            await self.answering.wait()
        message_id = self._done(delivery)
        if mood is Mood.CRASH_AFTER:
            raise Crash
        if mood is Mood.TAKE_IN_SILENCE:
            return Ambiguous(reason="502")
        return Sent(message_id=message_id)

    def _done(self, delivery: Delivery) -> int | None:
        match delivery.action:
            case Action.POST:
                return self._taken(delivery)
            case Action.EDIT:
                return self._changed(delivery)
            case Action.DELETE:
                self.messages.pop(delivery.message_id or 0, None)
                return delivery.message_id
            case Action.CROSSPOST:
                return self._handed_on(delivery)

    def _taken(self, delivery: Delivery) -> int:
        opens = delivery.post.opening is not None
        for message in self.messages.values():
            known = message.nonce == delivery.nonce and not opens
            if known and self._clock() - message.at < SAME_NONCE_FOR:
                return message.id
        message_id = next(self._ids)
        self.messages[message_id] = Message(
            id=message_id,
            channel_id=delivery.channel_id,
            nonce=delivery.nonce,
            at=self._clock(),
            post=delivery.post,
            user_id=delivery.user_id,
            thread_id=message_id if opens else delivery.thread_id,
        )
        return message_id

    def _handed_on(self, delivery: Delivery) -> int | None:
        message = self.messages.get(delivery.message_id or 0)
        if message is None:
            return None
        message.crossposts += 1
        return message.id

    def _changed(self, delivery: Delivery) -> int | None:
        message = self.messages.get(delivery.message_id or 0)
        if message is None:
            return None
        message.post = delivery.post
        message.edits += 1
        return message.id

    async def _hang(self) -> None:
        self.hanging.set()
        await asyncio.Event().wait()


class FakeContent:
    """Articles and faults in memory; a file's stamp changes with what it holds."""

    def __init__(self, articles: Iterable[Article] = ()) -> None:
        self.articles = list(articles)
        self.faults: list[Fault] = []
        self.read_paths: list[str] = []
        self.broken = False

    async def survey(self) -> dict[str, Stamp]:
        """Return the stamps of all files."""
        await asyncio.sleep(0)  # files take their time too
        if self.broken:
            raise OSError("the disk went away")
        paths = [article.path for article in self.articles] + [f.path for f in self.faults]
        return {path: self._stamp(path) for path in paths}

    async def differing(self, known: Mapping[str, Stamp]) -> Differing:
        """Return the files that are not as they were known, and those that are gone."""
        there = await self.survey()
        stale = sorted(path for path, stamp in there.items() if known.get(path) != stamp)
        return Differing(stale=tuple(stale), gone=tuple(sorted(known.keys() - there.keys())))

    async def mark(self) -> int:
        """Return what changes whenever the survey would."""
        return sum(map(hash, (await self.survey()).items()))

    async def stamps(self, paths: Iterable[str]) -> dict[str, Stamp]:
        """Return the stamps of those files that are there."""
        there = await self.survey()
        return {path: there[path] for path in paths if path in there}

    async def read(self, paths: Sequence[str], *, versions: Mapping[str, str]) -> list[FileReading]:
        """Return what these files hold."""
        there = await self.survey()
        self.read_paths += paths
        return [self._reading(path, versions.get(path)) for path in paths if path in there]

    def put(self, *articles: Article) -> None:
        """Write articles, in place of those with the same id."""
        new = {article.id: article for article in articles}
        self.articles = [old for old in self.articles if old.id not in new] + list(articles)

    def drop(self, *articles: Article) -> None:
        """Delete the files of these articles."""
        gone = {article.id for article in articles}
        self.articles = [old for old in self.articles if old.id not in gone]

    def _reading(self, path: str, version: str | None) -> FileReading:
        article = next((one for one in self.articles if one.path == path), None)
        if article is not None and article.version and article.version == version:
            return FileReading(path=path, source=None, article=None, stamp=self._stamp(path))
        source = Source(
            path=path,
            headline=article.headline if article else None,
            faults=tuple(fault for fault in self.faults if fault.path == path),
        )
        return FileReading(path=path, source=source, article=article, stamp=self._stamp(path))

    def _stamp(self, path: str) -> Stamp:
        held = [repr(one) for one in self.articles if one.path == path]
        held += [repr(one) for one in self.faults if one.path == path]
        return (crc32("".join(held).encode()), 0, 0)


class FakeIndex:
    """Finds articles whose title holds every word, in the order of their arrival.

    A word that `spellings` holds is met by what it is there.
    """

    def __init__(self, generation: str = "") -> None:
        self.articles: dict[ArticleId, Article] = {}
        self.asked: list[tuple[Query, int, int, datetime]] = []
        self.generation = generation
        self.commits = 0
        self.spellings: dict[str, str] = {}
        self.among: list[Collection[ArticleId] | None] = []
        self._staged: dict[ArticleId, Article | None] = {}

    async def examine(self) -> str:
        """Return the generation of what an earlier run left."""
        return self.generation

    async def open(self, catalogue: Catalogue, *, anew: bool) -> None:  # noqa: ARG002 (the port)
        """Take it up, or begin anew."""
        if anew:
            self.articles = {}

    async def stage(self, arrived: Sequence[Article], *, gone: Iterable[ArticleId]) -> None:
        """Learn for the next commit; drafts must not come here."""
        await asyncio.sleep(0)  # indexing takes its time
        self._staged.update(dict.fromkeys(gone))
        for article in arrived:
            assert not article.draft
            self._staged[article.id] = article

    async def commit(self, catalogue: Catalogue, changes: Changes, *, generation: str) -> None:
        """Let searches see it, which must be what the catalogue says is published."""
        for article_id, article in self._staged.items():
            self.articles.pop(article_id, None)
            if article is not None:
                self.articles[article_id] = article
        self._staged = {}
        self.generation = generation
        self.commits += bool(changes)
        published = {one.id: one for one in catalogue.published}
        assert {key: one.headline for key, one in self.articles.items()} == published

    async def search(
        self,
        query: Query,
        *,
        limit: int,
        offset: int,
        now: datetime,
        among: Collection[ArticleId] | None = None,
    ) -> Hits:
        """Return a page of what matches, and how many do."""
        self.asked.append((query, limit, offset, now))
        self.among.append(among)
        meant = tuple(self.spellings.get(word, word) for word in query.words)
        found = [
            Found(article=article.headline, score=0.5)
            for article in self.articles.values()
            if {*meant} <= {*words_of(article.title)}
            and (among is None or article.id in among)
            and passes(article, query.filters, now=now)
        ]
        return Hits(
            found=tuple(found[offset : offset + limit]),
            total=len(found),
            whole=not query.phrases,
            meant=() if meant == query.words else meant,
            marks=Marks(words=frozenset(meant)),
        )

    async def warm(self) -> None:
        """Have nothing to make."""

    async def nearest(self, query: Query, *, limit: int, now: datetime) -> Sequence[Headline]:
        """Return whatever there is."""
        self.asked.append((query, limit, 0, now))
        return [each.headline for each in self.articles.values()][:limit]


def passes(article: Article, filters: Filters, *, now: datetime) -> bool:
    """Tell whether the filters let it pass, but for where it stands."""
    at = article.published_at or datetime.min.replace(tzinfo=UTC)
    names = (article.source, article.provider.domain if article.provider else "")
    return (
        at <= now
        and (filters.topic is None or fold(filters.topic) in map(fold, article.topics))
        and (filters.provider is None or filters.provider in names)
        and (filters.after is None or at >= filters.after)
        and (filters.before is None or at < filters.before)
        and (not filters.related or bool(article.related))
    )


def renamed(article: Article, title: str) -> Article:
    """Return the article under another title."""
    return replace(article, title=title)
