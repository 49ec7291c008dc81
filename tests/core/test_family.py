"""The family of the format: elder forms of it, and what other tools call the same things."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.core.article import Image, Provider
from bot.core.fault import Rule, Severity
from bot.core.frontmatter import Reading, read_article
from tests.core.matter import GOOD, made, read

WEB = "https://example.org/a"
OTHER = "https://example.org/b"
TITLE = {"title": "One"}
RELATED = {"title": "x", "webUrl": OTHER}


@pytest.mark.parametrize(
    ("data", "url"),
    [
        ({"sourceUrl": WEB, "ampUrl": OTHER, "cdnAmpUrl": OTHER}, WEB),
        ({"webUrl": WEB, "ampWebUrl": OTHER, "cdnAmpWebUrl": OTHER}, WEB),
        ({"originalUrl": OTHER, "webUrl": WEB}, WEB),
        ({"originalUrl": WEB}, WEB),
        ({"ampWebUrl": WEB}, WEB),
        ({"cdnAmpUrl": WEB}, WEB),
        ({"link": WEB}, WEB),
        ({"url": "/a/b", "canonical_url": WEB}, WEB),
        ({"url": "a.html", "external_url": WEB}, WEB),
        ({"url": "/a/b"}, None),
        ({"canonical": "//example.org/a"}, None),
        ({"webUrl": "https://example.org/a b\tc"}, "https://example.org/a%20bc"),
        ({"featuredContent": f'<iframe width="5" src="{WEB}"></iframe>'}, WEB),
        ({"featuredContent": f"<IFRAME SRC={WEB} allow>"}, WEB),
        ({"featuredContent": "<iframe src='//example.org/a'>"}, WEB),
        ({"featuredContent": '<iframe src="https://example.org/?a&amp;b">'}, f"{WEB[:-1]}?a&b"),
        (
            {"featuredContent": '<iframe src="https://www.youtube.com/embed/abcdefghi-_?rel=0">'},
            "https://youtube.com/watch?v=abcdefghi-_",
        ),
        ({"featuredContent": f'<iframe src="{OTHER}">', "originalUrl": WEB}, WEB),
        ({"featuredContent": "<iframe>"}, None),
        ({"featuredContent": "<iframe src='javascript:x'>"}, None),
        ({"featuredContent": 5}, None),
    ],
)
def test_the_link_stands_under_many_names(data: dict[str, Any], url: str | None) -> None:
    reading = read({**TITLE, **data})
    assert reading.article is not None
    assert (reading.article.url, reading.faults) == (url, ())
    related = made({**TITLE, "related": [{**TITLE, **data}]}).related
    if "amp" not in str(data).lower():
        assert [link.url for link in related] == ([url] if url else [])


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ({"name": "One"}, "One"),
        ({"title": "One", "name": "Two"}, "One"),
        ({"title": " ", "name": "Two"}, "Two"),
        ({"title": None, "name": "Two"}, "Two"),
        ({"title": 2023}, "2023"),
        ({"title": 1.5}, "1.5"),
    ],
)
def test_the_title_may_be_called_name(data: dict[str, Any], title: str) -> None:
    reading = read(data)
    assert reading.article is not None
    assert (reading.article.title, reading.faults) == (title, ())


@pytest.mark.parametrize("name", ["excerpt", "description", "summary", "subtitle"])
def test_the_excerpt_stands_under_many_names(name: str) -> None:
    assert made({**GOOD, name: "Two <b>words</b>"}).excerpt == "Two words"


@pytest.mark.parametrize(
    "name", ["publishedDateTime", "date", "pubDate", "publishDate", "published_at", "publishedAt"]
)
def test_the_date_stands_under_many_names(name: str) -> None:
    assert made({**TITLE, name: date(2025, 12, 31)}).published_at == datetime(
        2025, 12, 31, tzinfo=UTC
    )


def test_a_date_in_the_path_counts_where_there_is_no_other() -> None:
    def published(data: dict[str, Any], path: str) -> datetime | None:
        article = read_article({**TITLE, **data}, path=path, lines={}).article
        assert article is not None
        return article.published_at

    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    assert published({}, "2025-01-01-a.md") == new_year
    assert published({"date": "2024-01-01"}, "2025-01-01-a.md") == datetime(2024, 1, 1, tzinfo=UTC)
    assert published({"date": ""}, "2025-01-01-a.md") == new_year
    assert published({"path": "2025/01/01/a"}, "a.md") == new_year
    assert published({"path": ["2025/01/01/a"]}, "a.md") is None
    assert published({}, "a.md") is None


@pytest.mark.parametrize(
    ("data", "topics"),
    [
        ({"topics": ["AI", None, "", 7, "AI"]}, ("AI", "7")),
        ({"topics": "Computer Vision"}, ("Computer Vision",)),
        ({"topics": "Computer Vision, AI,"}, ("Computer Vision", "AI")),
        ({"tags": "one two"}, ("one", "two")),
        ({"tags": "one two, three"}, ("one two", "three")),
        ({"categories": "one two"}, ("one", "two")),
        ({"category": "one two"}, ("one two",)),
        ({"category": 5}, ("5",)),
        ({"tags": None, "category": "one"}, ("one",)),
        ({"topics": [], "tags": ["one"]}, ("one",)),
        ({"topics": ["AI"], "tags": ["us"], "category": "news"}, ("AI",)),
        ({"tags": ""}, ()),
    ],
)
def test_topics_stand_under_many_names_and_in_many_forms(
    data: dict[str, Any], topics: tuple[str, ...]
) -> None:
    reading = read({**GOOD, **data})
    assert reading.article is not None
    assert (reading.article.topics, reading.faults) == (topics, ())


@pytest.mark.parametrize(
    ("data", "urls"),
    [
        ({"images": [{"url": WEB, "title": "x", "isCached": 1}, {"url": OTHER}]}, [WEB, OTHER]),
        ({"images": [WEB, "/b.png"]}, [WEB]),
        ({"images": WEB}, [WEB]),
        ({"image": WEB}, [WEB]),
        ({"image": "/assets/a.png"}, []),
        ({"image": "../a.png", "thumbnail": WEB}, [WEB]),
        ({"cover": {"image": WEB, "alt": "x", "relative": False}}, [WEB]),
        ({"cover": {"image": "a.png", "relative": True}}, []),
        ({"cover": {"src": WEB}}, [WEB]),
        ({"image": {"path": "/a.png", "alt": "x"}}, []),
        ({"image": {}}, []),
        ({"image": False, "cover": None}, []),
        ({"images": [], "cover": WEB}, [WEB]),
        ({"featured_image": WEB}, [WEB]),
    ],
)
def test_pictures_stand_under_many_names_and_relative_ones_are_left_out(
    data: dict[str, Any], urls: list[str]
) -> None:
    reading = read({**GOOD, **data})
    assert reading.article is not None
    assert ([image.url for image in reading.article.images], reading.faults) == (urls, ())
    [link] = made({**GOOD, "related": [{**RELATED, **data}]}).related
    assert link.image == (urls[0] if urls else None)


def test_a_picture_may_tell_its_size() -> None:
    data = {**GOOD, "cover": {"image": WEB, "width": 5, "height": 6}}
    assert made(data).images == (Image(url=WEB, width=5, height=6),)


@pytest.mark.parametrize(
    ("data", "provider"),
    [
        ({"provider": {"name": "Ex", "domain": "ex.org"}}, Provider(name="Ex", domain="ex.org")),
        ({"provider": "Ex"}, Provider(name="Ex")),
        ({"author": "Ada"}, Provider(name="Ada")),
        ({"provider": None, "author": "Ada"}, Provider(name="Ada")),
        ({"provider": {"name": "Ex"}, "author": "Ada"}, Provider(name="Ex")),
        ({"authors": ["Ada", {"name": "Ben"}, {"login": "x"}, 5]}, Provider(name="Ada, Ben")),
        ({"author": {"name": "Ada", "email": "x"}}, Provider(name="Ada")),
        ({"author": {"login": "x"}}, None),
        ({"author": []}, None),
        ({"author": ""}, None),
        (
            {"author": "[Ada](https://example.org/ada) (Ex), [Ben](https://example.org/ben)"},
            Provider(name="Ada (Ex), Ben"),
        ),
        (
            {"provider": {"name": "Ex", "images": [{"url": "/i.png"}, {"url": WEB}]}},
            Provider(name="Ex", icon=WEB),
        ),
    ],
)
def test_who_wrote_it_stands_in_for_who_published_it(
    data: dict[str, Any], provider: Provider | None
) -> None:
    reading = read({**GOOD, **data})
    assert reading.article is not None
    assert (reading.article.provider, reading.faults) == (provider, ())


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("\n# One `two`\n\ntext", "One `two`"),
        ("text\n\n## One ##\n", "One"),
        ("One\n===\n", "One"),
        ("\nOne\n---\ntext", "One"),
        ("```\n# no\n```\n# One", "One"),
        ("~~~ sh\n# no\n```\n~~~\n# One", "One"),
        ("#no\n#\n\n---\n# One", "One"),
        ("    # code\n# One", "One"),
    ],
)
def test_the_first_heading_stands_in_for_a_title(body: str, title: str) -> None:
    article = read_article({}, path="a.md", lines={}, body=body).article
    assert article is not None
    assert article.title == title


@pytest.mark.parametrize("body", ["", "text", "---\n", "```\n# no\n", "#no"])
def test_a_body_without_heading_names_nothing(body: str) -> None:
    reading = read_article({}, path="a.md", lines={}, body=body)
    assert [fault.rule for fault in reading.faults] == [Rule.MISSING]


def test_what_is_wrong_under_another_tools_name_costs_that_key_alone() -> None:
    data = {"title": "One", "date": "soon", "url": "javascript:x", "cover": 5, "author": 5}
    data |= {"description": [], "tags": {"a": 1}, "name": []}
    reading = read(data)
    assert reading.article is not None
    assert {fault.field for fault in reading.faults} == {
        *("date", "url", "cover", "author", "description", "tags")
    }
    assert {fault.severity for fault in reading.faults} == {Severity.WARNING}


def test_what_yaml_misreads_is_shown_as_it_is_written() -> None:
    def reading(data: dict[str, Any], **spelt: str) -> Reading:
        return read_article(
            {**GOOD, **data},
            path="a.md",
            lines={},
            written=lambda where, value: spelt.get(where, str(value)),
        )

    found = reading({"title": False}, title="no")
    assert found.article is not None
    assert found.article.title == "no"
    assert [(fault.rule, fault.severity, fault.message) for fault in found.faults] == [
        (Rule.SURPRISE, Severity.WARNING, "YAML reads no as a truth value; put it in quotes")
    ]
    found = reading({"title": 8, "quality": 8}, title="010", quality="010")
    assert found.article is not None
    assert (found.article.title, found.article.quality) == ("010", 8)
    assert [fault.message for fault in found.faults] == [
        "YAML reads 010 as a number; put it in quotes",
        "YAML reads 010 as 8; write 8",
    ]
    assert reading({"quality": 8}, quality="8").faults == ()
    found = reading({"title": date(2026, 1, 2)}, title="2026-1-2")
    assert found.article is not None
    assert (found.article.title, found.faults) == ("2026-1-2", ())
    assert made({**GOOD, "title": True}).title == "true"


def test_what_many_articles_share_is_held_once() -> None:
    data = {**GOOD, "provider": {"name": "Ex", "domain": "a"}, "topics": ["A", "B"]}
    one, two = made({**data}), made({**data, "topics": ["A", "B"]})
    assert one.provider is two.provider
    assert one.topics is two.topics
