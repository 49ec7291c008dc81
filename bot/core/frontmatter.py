"""Reading front matter: a file's mapping becomes an article, or faults that say what to write."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING

from bot.core.article import UNKNOWN_HEAT, Article, Related, article_id
from bot.core.dates import instant_of_path
from bot.core.fault import Fault, Rule, Severity
from bot.core.fields import FIELDS
from bot.core.reader import Reader
from bot.core.story import gist_of
from bot.core.text import first_heading
from bot.core.url import canonical_url
from bot.core.values import flag_of, instant_of, named, spelt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_NAMES = {field.name: field.names for field in FIELDS}
_TITLE, _PROVIDER, _IMAGES = (_NAMES[name] for name in ("title", "provider", "images"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a file: an article or none, and every fault on the way.

    `removed` says that the file itself takes the article back, which is no fault.
    """

    article: Article | None
    faults: tuple[Fault, ...]
    removed: bool = False


def read_article(
    data: Mapping[str, object],
    *,
    path: str,
    lines: Mapping[str, int],
    written: Callable[[str, object], str] = spelt,
    version: str = "",
    body: str = "",
) -> Reading:
    """Return the article that a front matter makes, or the faults that keep it from being one.

    `lines` holds the line of each dotted field (`related[2].webUrl`) and `written` returns how the
    value of one is spelt there. A fault in a key of the format costs the article; one further in
    costs that item alone, and one in another tool's name for a key costs that key alone.
    """
    reader = Reader(path=path, lines=lines, written=written)
    if reader.value(data, ("removed",), flag_of):
        return Reading(article=None, faults=(), removed=True)
    article = _article(reader, data, path=path, version=version, body=body)
    if any(fault.severity is Severity.ERROR for fault in reader.faults):
        return Reading(article=None, faults=tuple(reader.faults))
    if not article.draft:
        _demand(reader, article)
    return Reading(article=article, faults=tuple(reader.faults))


def _article(
    reader: Reader, data: Mapping[str, object], *, path: str, version: str, body: str
) -> Article:
    title = reader.text(data, _TITLE) or first_heading(body)
    if not title and not any(fault.field == "title" for fault in reader.faults):
        reader.report(Rule.MISSING, "title", "is missing or empty; write `title:`")
    excerpt = reader.text(data, _NAMES["excerpt"])
    url = reader.link(data)
    heat = reader.integer(data, "heat")
    related = _related(reader, data.get("related"), own=url)
    return Article(
        id=article_id(url=url, path=path),
        path=path,
        title=title,
        excerpt=excerpt,
        url=url,
        published_at=_published_at(reader, data, path=path),
        draft=_is_draft(reader, data),
        quality=reader.integer(data, "quality") or 0,
        heat=UNKNOWN_HEAT if heat is None else heat,
        provider=reader.provider(data, _PROVIDER),
        topics=reader.topics(data, _NAMES["topics"]),
        images=reader.pictures(data, _IMAGES),
        related=related,
        kind=intern(reader.text(data, ("type",)) or "article"),
        version=version,
        gist=gist_of(excerpt=excerpt, related=related),
    )


def _published_at(reader: Reader, data: Mapping[str, object], *, path: str) -> datetime | None:
    told = reader.value(data, _NAMES["publishedDateTime"], instant_of)
    if told is not None:
        return told
    own = data.get("path")
    return instant_of_path(path) or (instant_of_path(own) if isinstance(own, str) else None)


def _is_draft(reader: Reader, data: Mapping[str, object]) -> bool:
    published = reader.value(data, ("published",), flag_of)
    draft = reader.value(data, ("draft",), flag_of)
    return draft is not False if published is None else not published


def _related(reader: Reader, raw: object, *, own: str | None) -> tuple[Related, ...]:
    """Return the related links, each page once and never the article itself."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        reader.report(Rule.TYPE, "related", f"should be a list of mappings, not {named(raw)}")
        return ()
    seen = {canonical_url(own)} if own else set()
    links = []
    for index, item in enumerate(raw):
        place = f"related[{index}]"
        if not isinstance(item, dict):
            reader.report(Rule.TYPE, place, f"should be a mapping, not {named(item)}")
            continue
        link = _link(reader, item, f"{place}.", seen)
        if link is not None:
            links.append(link)
    return tuple(links)


def _link(reader: Reader, item: Mapping[str, object], place: str, seen: set[str]) -> Related | None:
    known = len(reader.faults)
    title = reader.text(item, _TITLE, place)
    if not title and len(reader.faults) == known:
        reader.report(Rule.MISSING, f"{place}title", "is missing or empty; write `title:`")
    url = reader.link(item, place)
    provider = reader.provider(item, _PROVIDER, place)
    image = reader.picture(item, _IMAGES, place)
    if not title or url is None or (page := canonical_url(url)) in seen:
        return None
    seen.add(page)
    return Related(title=title, url=url, provider=provider, image=image)


def _demand(reader: Reader, article: Article) -> None:
    """Note what readers of a published article will miss."""
    if article.url is None:
        message = "there is no link: readers cannot open it; add `webUrl:`"
        reader.report(Rule.ADDRESS, "webUrl", message, severity=Severity.WARNING)
    if article.published_at is None:
        message = "there is no date: it ranks last; add `publishedDateTime:`"
        reader.report(Rule.DATE, "publishedDateTime", message, severity=Severity.WARNING)
