"""The catalogue: every article that content/ makes, and what changed since it was last read."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from bot.core.fault import Fault, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.core.article import ArticleId, Headline

_MANY = 1_000  # changes from which sorting anew is quicker than inserting one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of `content/` as it was last read; without a headline no article came of it."""

    path: str
    headline: Headline | None
    faults: tuple[Fault, ...] = ()


class Timeline:
    """Articles in the order of their dates, sorted when somebody first asks."""

    def __init__(self, articles: Iterable[Headline]) -> None:
        self._articles: Iterable[Headline] | None = articles
        self._order: list[Headline] = []

    @property
    def in_order(self) -> Sequence[Headline]:
        """All of them, from the oldest to the newest."""
        if self._articles is not None:
            self._order, self._articles = sorted(self._articles, key=date_order), None
        return self._order

    def revised(
        self,
        articles: Mapping[ArticleId, Headline],
        *,
        gone: Sequence[Headline],
        come: Sequence[Headline],
    ) -> Timeline:
        """Return the order without those that are gone and with those that have come."""
        if self._articles is not None or len(gone) + len(come) > _MANY:
            return Timeline(articles.values())
        order = list(self._order)
        for headline in gone:
            del order[bisect_left(order, date_order(headline), key=date_order)]
        for headline in come:
            order.insert(bisect_left(order, date_order(headline), key=date_order), headline)
        new = Timeline(())
        new._order, new._articles = order, None
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All articles by id, drafts too, and the faults that were found on the way.

    `paths` says what each file came to, `twins` holds the files that link to one page. Topics and
    providers are those of published articles with their counts, the most frequent first.
    """

    articles: Mapping[ArticleId, Headline] = field(default_factory=dict)
    paths: Mapping[str, ArticleId | None] = field(default_factory=dict)
    twins: Mapping[ArticleId, tuple[Headline, ...]] = field(default_factory=dict)
    faulty: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    timeline: Timeline = field(default_factory=lambda: Timeline(()), compare=False)
    topics: Mapping[str, int] = field(default_factory=dict)
    providers: Mapping[str, int] = field(default_factory=dict)

    def get(self, article_id: str) -> Headline | None:
        """Return the article of that id, draft or not."""
        return self.articles.get(article_id)  # type: ignore[call-overload,no-any-return]  # any text may be asked for

    def headline_of(self, path: str) -> Headline | None:
        """Return what a file says of its article, whatever its twins say."""
        article_id = self.paths.get(path)
        group = _files_of(self, article_id) if article_id is not None else ()
        return next((one for one in group if one.path == path), None)

    def source_of(self, path: str) -> Source:
        """Return what a file came to."""
        return Source(path=path, headline=self.headline_of(path), faults=self.faulty.get(path, ()))

    @property
    def files(self) -> int:
        """How many files were read."""
        return len(self.paths)

    @property
    def published(self) -> tuple[Headline, ...]:
        """What the bot posts and finds."""
        return tuple(article for article in self.articles.values() if not article.draft)

    @property
    def drafts(self) -> tuple[Headline, ...]:
        """What moderators alone see."""
        return tuple(article for article in self.articles.values() if article.draft)

    @property
    def by_date(self) -> Sequence[Headline]:
        """All articles from the oldest to the newest, those without a date first."""
        return self.timeline.in_order

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, in the order of files and lines."""
        found = [fault for faults in self.faulty.values() for fault in faults]
        found += [fault for twins in self.twins.values() for fault in _shared_page(twins)]
        return tuple(sorted(found, key=lambda fault: (fault.path, fault.line, fault.field)))

    def topic_named(self, name: str) -> str | None:
        """Return the topic of that name whatever its case, as the articles write it."""
        wanted = name.strip().casefold()
        return next((topic for topic in self.topics if topic.casefold() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a reader of the old catalogue must learn to know the new one.

    `withdrawn` are those that were published and are no more: gone, or drafts again. `removed` are
    those that are gone, drafts too.
    """

    added: tuple[ArticleId, ...] = ()
    changed: tuple[ArticleId, ...] = ()
    removed: tuple[ArticleId, ...] = ()
    withdrawn: tuple[ArticleId, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def assemble(
    headlines: Sequence[Headline],
    *,
    files: Iterable[str] = (),
    faulty: Mapping[str, tuple[Fault, ...]] | None = None,
) -> Catalogue:
    """Return the catalogue of many files at once; an article came of some of them."""
    articles = {one.id: one for one in headlines}
    groups: dict[ArticleId, list[Headline]] = {}
    if len(articles) < len(headlines):
        for one in headlines:
            groups.setdefault(one.id, []).append(one)
    twins: dict[ArticleId, tuple[Headline, ...]] = {}
    for article_id, group in groups.items():
        if len(group) > 1:
            _settle(article_id, group, articles=articles, twins=twins)
    paths: dict[str, ArticleId | None] = dict.fromkeys(files)
    paths.update({one.path: one.id for one in headlines})
    return Catalogue(
        articles=articles,
        paths=paths,
        twins=twins,
        faulty=dict(faulty or {}),
        timeline=Timeline(articles.values()),
        topics=_recounted({}, gone=(), come=_topics(articles.values())),
        providers=_recounted({}, gone=(), come=_sources(articles.values())),
    )


def revised(
    old: Catalogue, sources: Iterable[Source], *, gone: Iterable[str] = ()
) -> tuple[Catalogue, Changes]:
    """Return the catalogue after these files were read and those are gone, and what changed.

    Files that tell of one page are one article with the topics of all. The work grows with the
    number of files that changed, and copying the rest is quick.
    """
    news = {source.path: source for source in sources}
    paths = dict(old.paths)
    faulty = dict(old.faulty)
    touched: dict[ArticleId, None] = {}
    for path in (*gone, *news):
        faulty.pop(path, None)
        if (before := paths.pop(path, None)) is not None:
            touched[before] = None
    for path, source in news.items():
        paths[path] = source.headline.id if source.headline else None
        if source.headline:
            touched[source.headline.id] = None
        if source.faults:
            faulty[path] = source.faults
    articles, twins = dict(old.articles), dict(old.twins)
    left = {*gone, *news}
    arrived: dict[ArticleId, list[Headline]] = {}
    for source in news.values():
        if source.headline:
            arrived.setdefault(source.headline.id, []).append(source.headline)
    for article_id in touched:
        group = [one for one in _files_of(old, article_id) if one.path not in left]
        _settle(article_id, group + arrived.get(article_id, []), articles=articles, twins=twins)
    changes = _changes(old, articles, touched)
    return _with_views(old, articles, paths, twins, faulty, changes), changes


def _files_of(catalogue: Catalogue, article_id: ArticleId) -> tuple[Headline, ...]:
    """Return what each file says of an article."""
    if article_id in catalogue.twins:
        return catalogue.twins[article_id]
    known = catalogue.articles.get(article_id)
    return (known,) if known else ()


def _settle(
    article_id: ArticleId,
    group: list[Headline],
    *,
    articles: dict[ArticleId, Headline],
    twins: dict[ArticleId, tuple[Headline, ...]],
) -> None:
    twins.pop(article_id, None)
    if not group:
        articles.pop(article_id, None)
    elif len(group) == 1:
        articles[article_id] = group[0]
    else:
        in_order = tuple(sorted(group, key=attrgetter("path")))
        twins[article_id] = in_order
        articles[article_id] = _merged(in_order)


def _merged(group: Sequence[Headline]) -> Headline:
    """Return the published and better one, with the topics of all."""
    best = min(group, key=lambda one: (one.draft, -one.quality))
    topics = dict.fromkeys(topic for one in group for topic in one.topics)
    version = "+".join(one.version for one in group)
    return replace(best, topics=tuple(topics), version=version)


def _changes(
    old: Catalogue, articles: Mapping[ArticleId, Headline], touched: Mapping[ArticleId, None]
) -> Changes:
    added, changed, removed, withdrawn = [], [], [], []
    for article_id in touched:
        before, after = old.articles.get(article_id), articles.get(article_id)
        if before is None and after is not None:
            added.append(article_id)
        elif before is not None and after is None:
            removed.append(article_id)
        elif before != after:
            changed.append(article_id)
        if before and not before.draft and (after is None or after.draft):
            withdrawn.append(article_id)
    return Changes(
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(removed),
        withdrawn=tuple(withdrawn),
    )


def _with_views(
    old: Catalogue,
    articles: Mapping[ArticleId, Headline],
    paths: Mapping[str, ArticleId | None],
    twins: Mapping[ArticleId, tuple[Headline, ...]],
    faulty: Mapping[str, tuple[Fault, ...]],
    changes: Changes,
) -> Catalogue:
    ids = (*changes.added, *changes.changed, *changes.removed)
    gone = [old.articles[key] for key in ids if key in old.articles]
    come = [articles[key] for key in ids if key in articles]
    return Catalogue(
        articles=articles,
        paths=paths,
        twins=twins,
        faulty=faulty,
        timeline=old.timeline.revised(articles, gone=gone, come=come),
        topics=_recounted(old.topics, gone=_topics(gone), come=_topics(come)),
        providers=_recounted(old.providers, gone=_sources(gone), come=_sources(come)),
    )


def date_order(headline: Headline) -> tuple[float, int, ArticleId]:
    """Return what articles are sorted by, from the oldest to the newest and better."""
    at = headline.published_at
    return (at.timestamp() if at else float("-inf"), headline.quality, headline.id)


def _recounted(
    before: Mapping[str, int], *, gone: Iterable[str], come: Iterable[str]
) -> Mapping[str, int]:
    counts = Counter(before)
    counts.update(come)
    counts.subtract(Counter(gone))
    left = ((name, count) for name, count in counts.items() if count > 0)
    return dict(sorted(left, key=lambda item: (-item[1], item[0].casefold())))


def _topics(headlines: Iterable[Headline]) -> Iterator[str]:
    return (topic for one in headlines if not one.draft for topic in one.topics)


def _sources(headlines: Iterable[Headline]) -> Iterator[str]:
    return (one.source for one in headlines if not one.draft and one.source)


def _shared_page(twins: Sequence[Headline]) -> Iterator[Fault]:
    for other in twins[1:]:
        yield Fault(
            path=other.path,
            line=1,
            field="webUrl",
            message=f"links to the same page as {twins[0].path}; both count as one article",
            rule=Rule.DUPLICATE_PAGE,
            severity=Severity.WARNING,
        )
