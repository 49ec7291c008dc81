"""The catalogue: every article that content/ makes, and what changed since it was last read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from bot.core.article import ArticleId
from bot.core.fault import Fault, Rule, Severity
from bot.core.layered import Layered
from bot.core.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.core.article import Headline

NO_ARTICLE = ArticleId("")  # what a file comes to of which no article comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of `content/` as it was last read; without a headline no article came of it."""

    path: str
    headline: Headline | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All articles by id, drafts too, and the faults that were found on the way.

    `paths` says what each file came to, `twins` holds the files that link to one page. Topics and
    providers are those of published articles with their counts, the most frequent first.
    """

    articles: Layered[ArticleId, Headline] = field(default_factory=Layered)
    paths: Layered[str, ArticleId] = field(default_factory=Layered)
    twins: Layered[ArticleId, tuple[Headline, ...]] = field(default_factory=Layered)
    faulty: Layered[str, tuple[Fault, ...]] = field(default_factory=Layered)
    timeline: Timeline = field(default_factory=lambda: Timeline(()), compare=False)
    topics: Mapping[str, int] = field(default_factory=dict)
    providers: Mapping[str, int] = field(default_factory=dict)

    def get(self, article_id: str) -> Headline | None:
        """Return the article of that id, draft or not."""
        return self.articles.get(article_id)  # type: ignore[call-overload,no-any-return]  # any text may be asked for

    def headline_of(self, path: str) -> Headline | None:
        """Return what a file says of its article, whatever its twins say."""
        group = _files_of(self, self.paths.get(path, NO_ARTICLE))
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
    def dated(self) -> Sequence[Headline]:
        """Those articles that have a date, from the oldest to the newest."""
        return self.timeline.dated

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
    twins: dict[ArticleId, tuple[Headline, ...]] = {}
    if len(articles) < len(headlines):
        twins = _twins(headlines)
        articles.update((key, _merged(group)) for key, group in twins.items())
    paths = {one.path: one.id for one in headlines}
    paths |= {path: NO_ARTICLE for path in files if path not in paths}
    return Catalogue(
        articles=Layered(articles),
        paths=Layered(paths),
        twins=Layered(twins),
        faulty=Layered(dict(faulty or {})),
        timeline=Timeline(articles.values()),
        topics=_ordered(_counted_topics(articles.values())),
        providers=_ordered(_counted_sources(articles.values())),
    )


def revised(
    old: Catalogue, sources: Iterable[Source], *, gone: Iterable[str] = ()
) -> tuple[Catalogue, Changes]:
    """Return the catalogue after these files were read and those are gone, and what changed.

    Files that tell of one page are one article with the topics of all. The work grows with the
    files that changed, not with the others.
    """
    news = {source.path: source for source in sources}
    left = dict.fromkeys((*gone, *news))
    groups: dict[ArticleId, list[Headline]] = {}
    for path in left:
        if before := old.paths.get(path):
            groups[before] = [one for one in _files_of(old, before) if one.path not in left]
    for source in news.values():
        if one := source.headline:
            known = (other for other in _files_of(old, one.id) if other.path not in left)
            groups.setdefault(one.id, list(known)).append(one)
    return _with(
        old,
        articles={key: _merged(group) if group else None for key, group in groups.items()},
        twins={key: _in_order(group) if len(group) > 1 else None for key, group in groups.items()},
        paths=left | {path: _article_of(source) for path, source in news.items()},
        faulty=left | {path: s.faults for path, s in news.items() if s.faults},
    )


def _with(
    old: Catalogue,
    *,
    articles: Mapping[ArticleId, Headline | None],
    twins: Mapping[ArticleId, tuple[Headline, ...] | None],
    paths: Mapping[str, ArticleId | None],
    faulty: Mapping[str, tuple[Fault, ...] | None],
) -> tuple[Catalogue, Changes]:
    """Return the catalogue with these in place of what they were; None is what is there no more."""
    gone = [before for key in articles if (before := old.articles.get(key))]
    come = [after for after in articles.values() if after]
    every = old.articles.changed(articles)
    found = Catalogue(
        articles=every,
        paths=old.paths.changed(paths),
        twins=old.twins.changed(twins),
        faulty=old.faulty.changed(faulty),
        timeline=old.timeline.revised(every, gone=gone, come=come),
        topics=_recounted(old.topics, gone=_topics(gone), come=_topics(come)),
        providers=_recounted(old.providers, gone=_sources(gone), come=_sources(come)),
    )
    return found, _changes(old.articles, articles)


def _files_of(catalogue: Catalogue, article_id: ArticleId) -> tuple[Headline, ...]:
    """Return what each file says of an article."""
    if article_id in catalogue.twins:
        return catalogue.twins[article_id]
    known = catalogue.articles.get(article_id)
    return (known,) if known else ()


def _twins(headlines: Iterable[Headline]) -> dict[ArticleId, tuple[Headline, ...]]:
    groups: dict[ArticleId, list[Headline]] = {}
    for one in headlines:
        groups.setdefault(one.id, []).append(one)
    return {key: _in_order(group) for key, group in groups.items() if len(group) > 1}


def _in_order(group: Iterable[Headline]) -> tuple[Headline, ...]:
    return tuple(sorted(group, key=attrgetter("path")))


def _article_of(source: Source) -> ArticleId:
    return source.headline.id if source.headline else NO_ARTICLE


def _merged(group: Sequence[Headline]) -> Headline:
    """Return what files of one page say together: the published and better, the topics of all."""
    if len(group) == 1:
        return group[0]
    in_order = _in_order(group)
    best = min(in_order, key=lambda one: (one.draft, -one.quality))
    topics = dict.fromkeys(topic for one in in_order for topic in one.topics)
    version = "+".join(one.version for one in in_order)
    return replace(best, topics=tuple(topics), version=version)


def _changes(
    old: Mapping[ArticleId, Headline], touched: Mapping[ArticleId, Headline | None]
) -> Changes:
    added, changed, removed, withdrawn = [], [], [], []
    for article_id, after in touched.items():
        before = old.get(article_id)
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


def _recounted(
    before: Mapping[str, int], *, gone: Iterable[str], come: Iterable[str]
) -> Mapping[str, int]:
    counts = Counter(before)
    counts.update(come)
    counts.subtract(Counter(gone))
    return _ordered(counts)


def _counted_topics(headlines: Iterable[Headline]) -> Counter[str]:
    """Count topics, of many articles with few lists of them."""
    counts: Counter[str] = Counter()
    for topics, times in Counter([one.topics for one in headlines if not one.draft]).items():
        for topic in topics:
            counts[topic] += times
    return counts


def _counted_sources(headlines: Iterable[Headline]) -> Counter[str]:
    """Count the names of providers, of many articles with few of them."""
    found = [one.provider for one in headlines if not one.draft and one.provider]
    by_place = {id(provider): provider for provider in found}  # quicker than by what they hold
    counts: Counter[str] = Counter()
    for place, times in Counter(map(id, found)).items():
        if name := by_place[place].name:
            counts[name] += times
    return counts


def _ordered(counts: Counter[str]) -> Mapping[str, int]:
    left = ((name, count) for name, count in counts.items() if count > 0)
    return dict(sorted(left, key=lambda item: (-item[1], item[0].casefold(), item[0])))


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
