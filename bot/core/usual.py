"""The shape most files have: the format's own keys, each with a value of its kind.

An article of that shape is made here in a third of the time that `reader` takes, which looks for
every other name and notes what is wrong. Whatever is not of the shape is left to it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from sys import intern
from typing import TYPE_CHECKING, Any

from bot.core.article import UNKNOWN_HEAT, Article, Image, Provider, Related, id_of_page
from bot.core.fields import LARGEST, LONGEST, PICTURES
from bot.core.story import gist_of
from bot.core.url import canonical_url, is_safe
from bot.core.values import cleaned, the_provider, the_topics

if TYPE_CHECKING:
    from collections.abc import Mapping

    Record = Mapping[str, Any]

_OTHER_LINKS = ("originalUrl", "ampWebUrl", "cdnAmpWebUrl")
_WITHDRAWING = frozenset(("removed", "draft"))
_OTHER_PICTURES = frozenset(PICTURES.aliases)
_SHORT = 100  # characters of a name
_FEW = 20  # topics


class _UnusualError(Exception):
    """It is not of the shape."""


def usual_article(data: Record, *, path: str, version: str) -> Article | None:
    """Return the article, about which there is nothing to say; None where that is not plain.

    All numbers in `data` are spelt in the file as Python spells them.
    """
    try:
        return _article(data, path, version)
    except _UnusualError:
        return None


def _article(data: Record, path: str, version: str) -> Article:
    get = data.get
    published, at = get("published"), get("publishedDateTime")
    if type(published) is not bool or type(at) is not datetime or at.tzinfo is not UTC:
        raise _UnusualError
    if not _WITHDRAWING.isdisjoint(data):
        raise _UnusualError
    url = _address(get("webUrl"))
    for name in _OTHER_LINKS:
        if name in data:
            _address(data[name])
    excerpt, page = _some(_text(get("excerpt"))), canonical_url(url)
    related = _related(get("related"), own=page)
    return Article(
        id=id_of_page(page),
        path=path,
        title=_some(_text(get("title"))),
        excerpt=excerpt,
        url=url,
        published_at=at,
        draft=not published,
        quality=_number(get("quality", 0)),
        heat=_number(get("heat", UNKNOWN_HEAT)),
        provider=_provider(get("provider")),
        topics=_topics(get("topics")),
        images=_images(data),
        related=related,
        kind=intern(_some(_text(get("type")))),
        version=version,
        gist=gist_of(excerpt=excerpt, related=related),
    )


def _text(raw: object) -> str:
    if type(raw) is str and len(raw) <= LONGEST:
        return cleaned(raw)
    raise _UnusualError


def _some(text: str) -> str:
    if text:
        return text
    raise _UnusualError


def _address(raw: object) -> str:
    if is_safe(raw):
        return raw
    raise _UnusualError


def _number(raw: object) -> int:
    if type(raw) is int and -LARGEST <= raw <= LARGEST:
        return raw
    raise _UnusualError


def _provider(raw: object) -> Provider:
    if type(raw) is dict:
        found = the_provider(_name(raw.get("name")), _name(raw.get("domain", "")), _picture(raw))
        if found is not None:
            return found
    raise _UnusualError


def _topics(raw: object) -> tuple[str, ...]:
    if type(raw) is list and len(raw) <= _FEW:
        found = the_topics(tuple([_name(item) for item in raw]))
        if found:
            return found
    raise _UnusualError


def _name(raw: object) -> str:
    if type(raw) is str and len(raw) <= _SHORT:
        return raw
    raise _UnusualError


def _images(data: Record) -> tuple[Image, ...]:
    if "images" in data:
        return tuple([_image(item) for item in _records(data["images"])])
    _no_picture(data)
    return ()


def _image(item: Record) -> Image:
    width, height = item.get("width"), item.get("height")
    return Image(
        url=_address(item.get("url")),
        width=None if width is None else _number(width),
        height=None if height is None else _number(height),
    )


def _related(raw: object, *, own: str) -> tuple[Related, ...]:
    if raw is None:
        return ()
    links, seen = [], {own}
    for item in _records(raw):
        url = _address(item.get("webUrl"))
        if "originalUrl" in item:
            _address(item["originalUrl"])
        title = _some(_text(item.get("title")))
        provider, image = _provider(item.get("provider")), _picture(item)
        page = canonical_url(url)
        if page not in seen:
            seen.add(page)
            links.append(Related(title=title, url=url, provider=provider, image=image))
    return tuple(links)


def _picture(record: Record) -> str | None:
    if "images" in record:
        return _address(_records(record["images"])[0].get("url"))
    _no_picture(record)
    return None


def _no_picture(record: Record) -> None:
    if not _OTHER_PICTURES.isdisjoint(record):
        raise _UnusualError


def _records(raw: object) -> list[dict[str, Any]]:
    if type(raw) is list and set(map(type, raw)) == {dict}:
        return raw
    raise _UnusualError
