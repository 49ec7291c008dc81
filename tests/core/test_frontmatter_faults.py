"""Faults in front matter: each is named where it stands, and costs no more than it must."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.core.article import Image, Provider
from bot.core.fault import Severity
from bot.core.frontmatter import read_article
from tests.core.matter import GOOD, faults, made, read
from tests.core.samples import NOW

NOT = "should be"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, [("title", "is missing or empty; write `title:`")]),
        ({"title": "\u200b"}, [("title", "is missing or empty; write `title:`")]),
        ({"title": []}, [("title", "should be text, not a list; put it in quotes")]),
        ({"title": {}}, [("title", "should be text, not a mapping; put it in quotes")]),
        ({"title": {1}}, [("title", "should be text, not a set; put it in quotes")]),
        ({"title": "x" * 10_001}, [("title", "is 10,001 characters long; 10,000 are allowed")]),
        ({"webUrl": 5}, [("webUrl", "should be an http or https address, not a number")]),
        (
            {"webUrl": "javascript:x"},
            [
                (
                    "webUrl",
                    "should be an address that starts with http:// or https:// and has a host",
                )
            ],
        ),
        (
            {"publishedDateTime": "x"},
            [
                (
                    "publishedDateTime",
                    "should be a date like 2025-12-31T09:00:00Z, and one that exists",
                )
            ],
        ),
        (
            {"publishedDateTime": 1.5},
            [
                (
                    "publishedDateTime",
                    "should be a date like 2025-12-31T09:00:00Z, not a number with a point",
                )
            ],
        ),
        (
            {"publishedDateTime": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
            [("publishedDateTime", "is a date outside the years 1 to 9999")],
        ),
        ({"quality": "7"}, [("quality", "should be a whole number without quotes, not text")]),
        (
            {"quality": True},
            [("quality", "should be a whole number without quotes, not a truth value")],
        ),
        ({"quality": 10**9 + 1}, [("quality", "is out of range; a thousand million is the most")]),
        ({"published": "yes"}, [("published", "should be true or false without quotes, not text")]),
        ({"topics": {}}, [("topics", "should be a list of texts, not a mapping")]),
        (
            {"provider": 5},
            [("provider", "should be a mapping with `name`, or a name, not a number")],
        ),
        (
            {"images": 5},
            [("images", "should be a mapping with `url`, or an address, not a number")],
        ),
        ({"related": {}}, [("related", "should be a list of mappings, not a mapping")]),
        (
            {"title": 10**5000},
            [
                ("title", "is too long a number; put it in quotes"),
            ],
        ),
    ],
)
def test_a_fault_at_the_top_costs_the_article(data: dict[str, Any], expected: list[object]) -> None:
    base = {} if "title" in data or not data else {"title": "x"}
    reading = read({**base, **data})
    assert reading.article is None
    assert [(fault.field, fault.message) for fault in reading.faults] == expected
    assert {fault.severity for fault in reading.faults} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"images": [{}]}, [("images[0].url", "is missing or empty; write `url:`")]),
        ({"images": [{"url": ""}]}, [("images[0].url", "is missing or empty; write `url:`")]),
        (
            {"images": [{"url": "ftp://x/"}]},
            [
                (
                    "images[0].url",
                    "should be an address that starts with http:// or https:// and has a host",
                )
            ],
        ),
        (
            {"images": [None]},
            [("images[0]", "should be a mapping with `url`, or an address, not nothing")],
        ),
        (
            {"images": ["ftp://x/"]},
            [
                (
                    "images[0]",
                    "should be an address that starts with http:// or https:// and has a host",
                )
            ],
        ),
        ({"topics": [[]]}, [("topics[0]", "should be text, not a list; put it in quotes")]),
        ({"related": [5]}, [("related[0]", "should be a mapping, not a number")]),
        ({"provider": {}}, [("provider.name", "is missing or empty; write `name:`")]),
        ({"related": [{}]}, [("related[0].title", "is missing or empty; write `title:`")]),
        (
            {"related": [{"title": []}]},
            [("related[0].title", f"{NOT} text, not a list; put it in quotes")],
        ),
        (
            {"related": [{"title": "x", "webUrl": "https://a.b/", "provider": {}}]},
            [("related[0].provider.name", "is missing or empty; write `name:`")],
        ),
    ],
)
def test_a_fault_further_in_costs_that_item_alone(
    data: dict[str, Any], expected: list[object]
) -> None:
    reading = read({**GOOD, **data})
    assert [(fault.field, fault.message) for fault in reading.faults] == expected
    assert {fault.severity for fault in reading.faults} == {Severity.WARNING}
    assert reading.article is not None
    assert (reading.article.images, reading.article.provider) == ((), None)


def test_items_after_a_faulty_one_are_read() -> None:
    data = {**GOOD, "images": [5, {"url": "a:b"}, {"url": "https://a.example/i.png", "width": "5"}]}
    assert made(data).images == (Image(url="https://a.example/i.png"),)
    assert [field for field, _ in faults(data)] == ["images[0]", "images[1].url", "images[2].width"]


def test_a_faulty_icon_leaves_the_provider() -> None:
    data = {**GOOD, "provider": {"name": "x", "images": [{"url": "a:b"}]}}
    assert made(data).provider == Provider(name="x")
    assert [field for field, _ in faults(data)] == ["provider.images[0].url"]


def test_all_faults_are_told_at_once() -> None:
    data = {"title": [], "quality": "x", "published": 1, "images": [{}]}
    assert [field for field, _ in faults(data)] == [
        "title",
        "published",
        "quality",
        "images[0].url",
    ]


def test_no_warning_about_missing_fields_where_there_is_an_error() -> None:
    assert [field for field, _ in faults({"title": []})] == ["title"]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ({"related[1].images[0].url": 9, "related[1].images[0]": 8}, 9),
        ({"related[1].images[0]": 8, "related[1].images": 7}, 8),
        ({"related[1].images": 7, "related[1]": 6}, 7),
        ({"related[1]": 6, "related": 5}, 6),
        ({"related": 5, "related[0]": 4}, 5),
        ({"related[0]": 4}, 1),
        ({}, 1),
    ],
)
def test_a_fault_points_to_the_nearest_line_that_is_known(lines: dict[str, int], line: int) -> None:
    good = {"title": "x", "webUrl": "https://example.org/b"}
    other = {"title": "y", "webUrl": "https://example.org/c", "images": [{"url": 5}]}
    data = {**GOOD, "related": [good, other]}
    [fault] = read_article(data, path="b.md", lines=lines).faults
    assert (fault.field, fault.line, fault.path) == ("related[1].images[0].url", line, "b.md")


def test_a_missing_field_is_not_looked_for_under_the_name_of_another() -> None:
    [fault] = read_article(
        {"title": "x", "publishedDateTime": NOW, "published": True}, path="a.md", lines={"web": 7}
    ).faults
    assert (fault.field, fault.line) == ("webUrl", 1)
