"""The usual shape is read as the whole reader reads it, and all else is left to that."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.frontmatter import Reading, read_article
from bot.core.usual import usual_article
from tests.core.samples import NOW

_PICTURE = {"url": "https://example.org/a.png", "width": 10, "height": 20, "isCached": True}
_PROVIDER = {"name": "Example Times", "domain": "example.org"}
USUAL: dict[str, Any] = {
    "category": "news",
    "title": " A headline &amp; more ",
    "excerpt": "An excerpt with thirteen words.",
    "publishedDateTime": NOW,
    "originalUrl": "https://example.org/original",
    "webUrl": "https://www.example.org/a/",
    "ampWebUrl": "https://example.org/a/amp",
    "type": "article",
    "quality": 89,
    "heat": -1,
    "published": True,
    "provider": {**_PROVIDER, "images": [_PICTURE]},
    "topics": ["AI", "Law ", "AI"],
    "images": [_PICTURE, {"url": "https://example.org/b.png"}],
    "related": [
        {
            "title": "Other",
            "webUrl": "https://example.net/b",
            "originalUrl": "https://example.net/o",
            "provider": _PROVIDER,
            "images": [_PICTURE],
        },
        {"title": "Again", "webUrl": "http://example.net/b/", "provider": {"name": "Paper"}},
        {"title": "Itself", "webUrl": "https://example.org/a", "provider": _PROVIDER},
    ],
    "secured": "abc;def",
}
_PLACES: list[tuple[str | int, ...]] = [
    *((key,) for key in (*USUAL, "removed", "draft", "image", "name", "summary", "date", "tags")),
    *(("provider", key) for key in ("name", "domain", "images")),
    *(("images", 0, key) for key in ("url", "width", "height", "path")),
    *(("images", 0), ("related", 0), ("topics", 0)),
    *(("related", 0, key) for key in ("title", "webUrl", "originalUrl", "provider", "images")),
    *(("related", 1, key) for key in ("images", "image", "author", "featuredContent")),
]
_ODD: list[object] = [
    *(None, True, False, 0, -5, 10**12, 1.5, "", " ", "text", "&nbsp;", "x" * 101, "x" * 10_001),
    *("https://example.org/other", "/relative", "javascript:alert(1)", "https://example.org/é"),
    *([], {}, [None], ["a", 1], [[]], [{}], [{"url": "/x"}], {"url": "https://example.org/c"}),
    *(["&nbsp;"], [*"abcdefghijklmnopqrstuvwxyz"], {"name": ""}, {"name": "N", "domain": None}),
    *(NOW, NOW.replace(tzinfo=None), NOW.astimezone(timezone(timedelta(hours=2))), NOW.date()),
]


def usual(data: dict[str, Any]) -> Any:  # noqa: ANN401 (an article or none, which is compared)
    return usual_article(data, path="a.md", version="1")


def whole(data: dict[str, Any]) -> Reading:
    return read_article(data, path="a.md", lines={}, version="1")


def bent(place: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return the usual shape with one thing changed."""
    data = deepcopy(USUAL)
    into: Any = data
    for step in place[:-1]:
        into = into[step]
    into[place[-1]] = value
    return data


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in USUAL.items() if name != key}


def test_the_usual_shape_is_read() -> None:
    article = usual(USUAL)
    assert article.title == "A headline & more"
    assert Reading(article=article, faults=()) == whole(USUAL)


@pytest.mark.parametrize(
    "key",
    ["category", "originalUrl", "ampWebUrl", "quality", "heat", "images", "related", "secured"],
)
def test_what_many_files_lack_is_usual(key: str) -> None:
    assert Reading(article=usual(without(key)), faults=()) == whole(without(key))


@pytest.mark.parametrize("place", _PLACES)
def test_whatever_stands_anywhere_is_read_as_the_whole_reader_does(
    place: tuple[str | int, ...],
) -> None:
    for value in _ODD:
        data = bent(place, value)
        article = usual(data)
        assert article is None or Reading(article=article, faults=()) == whole(data), value


@given(st.lists(st.tuples(st.sampled_from(_PLACES), st.sampled_from(_ODD)), max_size=3))
@settings(max_examples=300)
def test_so_is_more_than_one_odd_thing(changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    data = deepcopy(USUAL)
    for place, value in changes:
        into: Any = data
        for step in place[:-1]:
            try:
                into = into[step]
            except (LookupError, TypeError):
                break
        else:
            if isinstance(into, dict):
                into[place[-1]] = value
    article = usual(data)
    assert article is None or Reading(article=article, faults=()) == whole(data)


def test_a_date_in_another_zone_is_left() -> None:
    assert usual(bent(("publishedDateTime",), datetime(2026, 1, 2, tzinfo=UTC)))
    assert usual(bent(("publishedDateTime",), NOW.astimezone(timezone(timedelta(hours=2))))) is None
