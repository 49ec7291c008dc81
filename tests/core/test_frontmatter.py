"""Front matter: whatever a file holds, nothing raises, and every field finds its place."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from time import tzset
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.article import Article, Image, article_id, as_record
from bot.core.card import card_of, card_to_json
from bot.core.fault import Fault, Rule, Severity
from bot.core.frontmatter import read_article
from bot.core.story import gist_of
from tests.core.matter import GOOD, MARKER, made, read
from tests.core.samples import KEYS, NOW, anything

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), st.none(), st.integers()), anything))
@example({None: None})
@example({"title": "x" * 10_001})
@example({"title": 10**5000})
@example({"publishedDateTime": "0001-01-01T00:00:00+23:59"})
@example({"webUrl": "https://a/\ud800"})
def test_no_mapping_makes_the_reader_raise(data: dict[Any, Any]) -> None:
    reading = read(data)
    errors = [fault for fault in reading.faults if fault.severity is Severity.ERROR]
    assert (reading.article is None) == (bool(errors) or reading.removed)


def test_a_mapping_that_holds_itself_is_read() -> None:
    data: dict[str, Any] = {**GOOD}
    data["related"] = [data, {"title": "x", "webUrl": "https://example.org/b", "provider": data}]
    assert [link.url for link in made(data).related] == ["https://example.org/b"]


@given(st.dictionaries(st.sampled_from(KEYS), anything), anything)
def test_what_is_secured_never_comes_out(data: dict[str, Any], rest: object) -> None:
    secret = {"secured": [MARKER, {MARKER: MARKER}, rest]}
    data = {
        **GOOD,
        "related": [{**GOOD, "webUrl": "https://example.org/b", **secret}],
        **data,
        **secret,
    }
    reading = read(data)
    assert MARKER not in repr(reading)
    if reading.article is not None:
        assert MARKER not in json.dumps(as_record(reading.article))
        assert MARKER not in repr(card_of(reading.article))
        assert MARKER not in json.dumps(card_to_json(card_of(reading.article)))


@given(st.text(alphabet="abcdef0123456789+/=;", min_size=12))
def test_no_form_of_a_secured_value_is_read(secret: str) -> None:
    for value in (secret, [secret], {secret: secret}, secret.encode()):
        assert read({**GOOD, "secured": value}) == read(GOOD)


# what is read


FULL: dict[str, Any] = {
    "category": "news",
    "title": " A <b>head</b>line &amp; more ",
    "excerpt": "An\nexcerpt.",
    "publishedDateTime": "2026-01-02T03:04:05+01:00",
    "originalUrl": "https://example.org/original",
    "webUrl": "https://example.org/web é",
    "ampWebUrl": "https://example.org/amp",
    "type": "video",
    "quality": 89,
    "heat": 12,
    "published": True,
    "provider": {
        "name": "Example Times",
        "domain": "example.org",
        "images": [
            {"url": "https://example.org/icon.png"},
            {"url": "https://example.org/other.png"},
        ],
    },
    "topics": ["AI", "Law", "AI", None, 5],
    "images": [{"url": "https://example.org/a.png", "width": 10, "height": 20, "isCached": True}],
    "related": [
        {
            "title": "Other",
            "webUrl": "https://example.net/b",
            "provider": {"name": "Paper"},
            "images": [{"url": "https://example.net/b.png"}],
        },
        {"title": "Third", "originalUrl": "https://example.net/c"},
    ],
    "secured": "abc;def",
    "unknown": object,
}


def test_every_field_finds_its_place() -> None:
    url = "https://example.org/web%20%C3%A9"
    assert asdict(made(FULL)) == {
        "id": article_id(url=url, path="a.md"),
        "path": "a.md",
        "title": "A head line & more",
        "excerpt": "An excerpt.",
        "url": url,
        "published_at": datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC),
        "draft": False,
        "quality": 89,
        "heat": 12,
        "provider": {
            "name": "Example Times",
            "domain": "example.org",
            "icon": "https://example.org/icon.png",
        },
        "topics": ("AI", "Law", "5"),
        "images": ({"url": "https://example.org/a.png", "width": 10, "height": 20},),
        "related": (
            {
                "title": "Other",
                "url": "https://example.net/b",
                "provider": {"name": "Paper", "domain": "", "icon": None},
                "image": "https://example.net/b.png",
            },
            {
                "title": "Third",
                "url": "https://example.net/c",
                "provider": None,
                "image": None,
            },
        ),
        "kind": "video",
        "version": "",
        "gist": gist_of(excerpt="An excerpt.", related=made(FULL).related),
    }
    assert read(FULL).faults == ()


def test_a_title_and_nothing_else_make_a_draft_without_a_word() -> None:
    reading = read({"title": "Alone"}, title=2)
    assert reading.article == Article(
        id=article_id(url=None, path="a.md"),
        path="a.md",
        title="Alone",
        excerpt="",
        url=None,
        published_at=None,
        draft=True,
        quality=0,
        heat=-1,
        provider=None,
        topics=(),
        images=(),
        related=(),
        kind="article",
        gist=gist_of(excerpt="", related=()),
    )
    assert reading.faults == ()


def test_what_readers_of_a_published_article_miss_is_told() -> None:
    assert read({"title": "Alone", "published": True}).faults == (
        Fault(
            path="a.md",
            line=1,
            field="webUrl",
            message="there is no link: readers cannot open it; add `webUrl:`",
            rule=Rule.ADDRESS,
            severity=Severity.WARNING,
        ),
        Fault(
            path="a.md",
            line=1,
            field="publishedDateTime",
            message="there is no date: it ranks last; add `publishedDateTime:`",
            rule=Rule.DATE,
            severity=Severity.WARNING,
        ),
    )


@pytest.mark.parametrize(
    ("published", "draft", "is_draft"),
    [
        *[(True, None, False), (False, None, True), (None, None, True)],
        *[(None, False, False), (None, True, True), (True, True, False), (False, False, True)],
    ],
)
def test_published_says_what_is_a_draft_and_else_draft_does(
    *, published: bool | None, draft: bool | None, is_draft: bool
) -> None:
    assert made({**GOOD, "published": published, "draft": draft}).draft is is_draft


def test_a_removed_article_is_none_and_no_fault() -> None:
    reading = read({"removed": True, "title": [], "quality": "x"})
    assert (reading.article, reading.faults, reading.removed) == (None, (), True)
    assert not read({**GOOD, "removed": False}).removed


def test_the_version_is_handed_on() -> None:
    reading = read_article(GOOD, path="a.md", lines={}, version="v1")
    assert reading.article is not None
    assert reading.article.version == "v1"


def test_the_original_address_serves_where_there_is_no_other() -> None:
    data = {"title": "x", "originalUrl": "https://example.org/o", "publishedDateTime": NOW}
    assert made(data).url == "https://example.org/o"
    assert read(data).faults == ()
    assert made({**data, "webUrl": " "}).url == "https://example.org/o"


def test_zero_counts_as_what_it_is() -> None:
    article = made({**GOOD, "quality": 0, "heat": 0})
    assert (article.quality, article.heat) == (0, 0)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (datetime(2026, 1, 2, 3, 4), datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),  # noqa: DTZ001
        (
            datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=-5))),
            datetime(2026, 1, 2, 8, 4, tzinfo=UTC),
        ),
        (date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)),
        (" 2026-01-02 ", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("2026-01-02 03:04:05.123Z", datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=UTC)),
        ("2026-01-02T03:04:05-05:00", datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_date_in_any_form_becomes_an_instant_in_utc(raw: object, at: datetime) -> None:
    published = made({**GOOD, "publishedDateTime": raw}).published_at
    assert published == at
    assert published.tzinfo is UTC


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_date_without_zone_is_utc_wherever_the_machine_stands(zone: str) -> None:
    raw = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001
    with machine_in(zone):
        published = made({**GOOD, "publishedDateTime": raw}).published_at
    assert published == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        tzset()


def test_what_is_just_within_the_limits_is_read() -> None:
    article = made({**GOOD, "title": "x" * 10_000, "quality": 10**9, "heat": -(10**9)})
    assert (len(article.title), article.quality, article.heat) == (10_000, 10**9, -(10**9))


def test_related_links_name_each_page_once_and_never_the_article_itself() -> None:
    urls = [
        *("https://example.org/a", "http://www.example.org/a/", "https://example.net/b"),
        *("https://example.net/b?utm_source=x", "https://example.net/c"),
    ]
    items = [{"title": "x", "webUrl": url} for url in urls]
    links = made(
        {**GOOD, "related": [*items, {"title": "none"}, {"title": "y", "webUrl": ""}]}
    ).related
    assert [link.url for link in links] == ["https://example.net/b", "https://example.net/c"]


def test_an_article_without_address_keeps_its_related_links() -> None:
    items = [{"title": "x", "webUrl": "https://example.org/a"}]
    assert len(made({"title": "t", "related": items}).related) == 1


@pytest.mark.parametrize("name", ["images", "related", "topics", "provider", "excerpt", "type"])
def test_null_is_as_good_as_absent(name: str) -> None:
    assert read({**GOOD, name: None}) == read(GOOD)


def test_a_picture_with_a_blank_in_its_address_is_shown_by_an_address_without() -> None:
    found = made({**GOOD, "images": [{"url": "https://example.org/a b.png", "width": 5}]})
    assert found.images == (Image(url="https://example.org/a%20b.png", width=5),)
