"""The catalogue: every article that content/ makes, and what changed since it was last read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.core.fault import Fault, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.core.article import Article, ArticleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All articles by id, drafts too, and the faults that were found on the way."""

    articles: Mapping[ArticleId, Article] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    files: int = 0

    def get(self, article_id: str) -> Article | None:
        """Return the article of that id, draft or not."""
        return self.articles.get(article_id)  # type: ignore[call-overload,no-any-return]  # any text may be asked for

    @property
    def published(self) -> tuple[Article, ...]:
        """What the bot posts and finds."""
        return tuple(article for article in self.articles.values() if not article.draft)

    @property
    def drafts(self) -> tuple[Article, ...]:
        """What moderators alone see."""
        return tuple(article for article in self.articles.values() if article.draft)

    @property
    def topics(self) -> Mapping[str, int]:
        """Topics of published articles with their counts, the most frequent first."""
        counts = Counter(topic for article in self.published for topic in article.topics)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0].casefold())))

    @property
    def providers(self) -> Mapping[str, int]:
        """Providers of published articles with their counts, the most frequent first."""
        counts = Counter(article.source for article in self.published if article.source)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0].casefold())))

    def topic_named(self, name: str) -> str | None:
        """Return the topic of that name whatever its case, as the articles write it."""
        wanted = name.strip().casefold()
        return next((topic for topic in self.topics if topic.casefold() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a reader of the old catalogue must learn to know the new one."""

    added: tuple[Article, ...]
    changed: tuple[Article, ...]
    withdrawn: tuple[ArticleId, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.withdrawn)


def assemble(articles: Iterable[Article], *, faults: Iterable[Fault], files: int) -> Catalogue:
    """Return the catalogue; files that tell of one page become one article with all topics."""
    known: dict[ArticleId, Article] = {}
    found = list(faults)
    for article in sorted(articles, key=lambda article: article.path):
        first = known.get(article.id)
        if first is None:
            known[article.id] = article
            continue
        known[article.id] = _merged(first, article)
        found.append(
            Fault(
                path=article.path,
                line=1,
                field="webUrl",
                message=f"links to the same page as {first.path}; both count as one article",
                rule=Rule.DUPLICATE_PAGE,
                severity=Severity.WARNING,
            )
        )
    faults_in_order = sorted(found, key=lambda fault: (fault.path, fault.line, fault.field))
    return Catalogue(articles=known, faults=tuple(faults_in_order), files=files)


def changes(old: Catalogue, new: Catalogue) -> Changes:
    """Return what was added, changed and withdrawn from one reading to the next."""
    return Changes(
        added=tuple(a for key, a in new.articles.items() if key not in old.articles),
        changed=tuple(
            a for key, a in new.articles.items() if key in old.articles and old.articles[key] != a
        ),
        withdrawn=tuple(key for key in old.articles if key not in new.articles),
    )


def _merged(first: Article, second: Article) -> Article:
    """Return the published and better one, with the topics of both."""
    best = min((first, second), key=lambda article: (article.draft, -article.quality))
    return replace(best, topics=tuple(dict.fromkeys((*first.topics, *second.topics))))
