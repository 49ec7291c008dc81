"""Front matter: whatever a file holds, the reader makes an article of it or names the faults."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from time import tzset
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.article import Article, Image, Provider, article_id, as_record
from bot.core.card import card_of, card_to_json
from bot.core.fault import Fault, Severity
from bot.core.frontmatter import FIELDS, Reading, json_schema, read_article
from tests.core.samples import KEYS, NOW, anything, scalars, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = "c0ffee5ecret"
GOOD: dict[str, Any] = {
    "title": "A headline",
    "webUrl": "https://example.org/a",
    "publishedDateTime": NOW,
}


def read(data: dict[Any, Any], **lines: int) -> Reading:
    return read_article(
        data, path="a.md", lines={name.replace("__", "."): n for name, n in lines.items()}
    )


def made(data: dict[Any, Any]) -> Article:
    reading = read(data)
    assert reading.article is not None, reading.faults
    return reading.article


def faults(data: dict[Any, Any]) -> list[tuple[str, str]]:
    return [(fault.field, fault.message) for fault in read(data).faults]


def as_json(value: Any) -> Any:  # noqa: ANN401
    """Return the value as a YAML schema checker sees it: dates are texts, keys too."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


validator = jsonschema.Draft202012Validator(json_schema())

# each key with a value that often fits, so that many files come out well
values_by_key: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(
        ["A headline", 7, 1.5, date(2026, 1, 2), "", " ", None, "<b></b>", True]
    ),
    "excerpt": st.sampled_from(["Text.", "", None, 3, ["x"]]),
    "publishedDateTime": st.sampled_from(
        [NOW, date(2026, 1, 2), "2026-01-02T03:04:05Z", "2026-01-02", "soon", None, "", 5]
    ),
    "webUrl": st.sampled_from(
        ["https://example.org/a", " HTTP://example.org", "", " ", "x", None, 5]
    ),
    "originalUrl": st.sampled_from(["https://example.org/b", "javascript:x", "", None]),
    "quality": st.sampled_from([0, 7, -1, 10**9, 10**9 + 1, 1.5, True, "7", None]),
    "heat": st.sampled_from([0, 7, None, "x"]),
    "published": st.sampled_from([True, False, None, "yes", 1]),
    "topics": st.sampled_from([["AI"], ["AI", None, 7, "AI"], [], "AI", [True], [[]], None]),
    "images": st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "url": st.sampled_from(["https://example.org/i.png", "", "x", None, 5]),
                "width": st.sampled_from([50, "50", None]),
            },
        )
        | st.none(),
        max_size=2,
    ),
    "provider": st.none()
    | st.just("Example")
    | st.fixed_dictionaries({}, optional={"name": st.sampled_from(["Ex", "", None, 5, {}])}),
    "related": st.none()
    | st.lists(
        st.fixed_dictionaries(
            {}, optional={"title": st.sampled_from(["Other", "", None]), "webUrl": scalars}
        ),
        max_size=2,
    ),
    "secured": st.sampled_from(["x;y", 5, None, {}]),
}
plausible = (
    st.lists(st.sampled_from(sorted(values_by_key)), max_size=4, unique=True)
    .flatmap(lambda keys: st.fixed_dictionaries({key: values_by_key[key] for key in keys}))
    .map(lambda changed: {**GOOD, **changed})
)


@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), st.none(), st.integers()), anything))
@example({None: None})
@example({"title": "x" * 10_001})
@example({"title": 10**5000})
@example({"publishedDateTime": "0001-01-01T00:00:00+23:59"})
@example({"webUrl": "https://a/\ud800"})
def test_no_mapping_makes_the_reader_raise(data: dict[Any, Any]) -> None:
    reading = read(data)
    errors = [fault for fault in reading.faults if fault.severity is Severity.ERROR]
    assert (reading.article is None) == bool(errors)


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


# the schema


def test_the_schema_is_valid_2020_12() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@given(plausible)
@example(
    {**GOOD, "excerpt": None, "images": None, "topics": None, "quality": None, "published": None}
)
@example({**GOOD, "originalUrl": " \n"})
@example({**GOOD, "topics": [None, "AI", 7]})
@example({**GOOD, "images": [{"url": ""}]})
@example({**GOOD, "quality": 10**9})
def test_what_the_reader_takes_without_a_fault_fits_the_schema(data: dict[str, Any]) -> None:
    if not read(data).faults:
        validator.validate(as_json(data))


@given(plausible)
def test_what_has_no_title_fits_neither_schema_nor_reader(data: dict[str, Any]) -> None:
    data.pop("title", None)
    assert not validator.is_valid(as_json(data))
    assert read(data).article is None


@pytest.mark.parametrize("title", ["", " \n", None, True, [], {}, "x" * 10_001])
def test_a_title_that_is_none_fits_neither(title: object) -> None:
    assert not validator.is_valid({**as_json(GOOD), "title": title})
    assert read({**GOOD, "title": title}).article is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("excerpt", []), ("excerpt", True), ("excerpt", "x" * 10_001), ("webUrl", "example.org")],
        *[
            ("webUrl", "ftp://example.org/"),
            ("webUrl", 5),
            ("publishedDateTime", 5),
            ("quality", "7"),
        ],
        *[("quality", 10**9 + 1), ("quality", -(10**9) - 1), ("heat", 1.5), ("published", "yes")],
        *[
            ("topics", "AI"),
            ("topics", [True]),
            ("topics", [["AI"]]),
            ("provider", "Ex"),
            ("images", {}),
        ],
        *[("related", "x"), ("images", [5]), ("images", [{"url": ""}]), ("images", [{}])],
        *[("provider", {}), ("provider", {"name": " "}), ("related", [{"webUrl": "https://a.b/"}])],
        *[("related", [{"title": "x", "provider": {"name": "x", "images": [{"url": "x"}]}}])],
        *[("images", [{"url": "https://a.b/", "width": "5"}]), ("images", [None])],
    ],
)
def test_what_the_schema_refuses_is_a_fault(name: str, value: object) -> None:
    assert not validator.is_valid({**as_json(GOOD), name: value})
    assert read({**GOOD, name: value}).faults[0].field.startswith(name)


def test_the_schema_explains_every_field() -> None:
    properties: Any = json_schema()["properties"]
    assert {field.name for field in FIELDS} == set(properties)
    assert all(entry["description"].endswith(".") for entry in properties.values())
    assert properties["related"]["items"]["properties"]["provider"]["properties"]["name"][
        "description"
    ]


def test_the_schema_in_full_for_one_field_of_each_kind() -> None:
    schema: Any = json_schema()
    properties = schema["properties"]
    bare = {
        name: {key: value for key, value in properties[name].items() if key != "description"}
        for name in (
            "title",
            "excerpt",
            "webUrl",
            "publishedDateTime",
            "quality",
            "published",
            "topics",
        )
    }
    assert bare == {
        "title": {
            "type": ["string", "number"],
            "maxLength": 10_000,
            "minLength": 1,
            "pattern": r"\S",
        },
        "excerpt": {"type": ["string", "number", "null"], "maxLength": 10_000},
        "webUrl": {
            "type": ["string", "null"],
            "format": "uri",
            "pattern": r"^\s*(?:[Hh][Tt][Tt][Pp][Ss]?://|$)",
        },
        "publishedDateTime": {
            "type": ["string", "null"],
            "anyOf": [{"format": "date-time"}, {"format": "date"}],
        },
        "quality": {"type": ["integer", "null"], "minimum": -(10**9), "maximum": 10**9},
        "published": {"type": ["boolean", "null"]},
        "topics": {"type": ["array", "null"], "items": {"type": ["string", "number", "null"]}},
    }
    assert schema["required"] == ["title"]
    assert schema["type"] == "object"
    assert schema["title"] == "Gazette article"
    assert schema["description"] == "Front matter of a Markdown file in content/."
    assert properties["secured"] == {
        "description": "Opaque; never read, shown, logged or exported."
    }
    assert properties["provider"]["type"] == ["object", "null"]
    assert properties["provider"]["required"] == ["name"]
    images = properties["provider"]["properties"]["images"]
    assert images["type"] == ["array", "null"]
    assert images["items"]["required"] == ["url"]
    assert images["items"]["type"] == "object"
    url = images["items"]["properties"]["url"]
    assert (url["type"], url["pattern"]) == (["string"], r"^\s*(?:[Hh][Tt][Tt][Pp][Ss]?://)")


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
            "excerpt": "Else.",
            "webUrl": "https://example.net/b",
            "publishedDateTime": date(2026, 1, 1),
            "quality": 4,
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
                "excerpt": "Else.",
                "published_at": datetime(2026, 1, 1, tzinfo=UTC),
                "quality": 4,
            },
            {
                "title": "Third",
                "url": "https://example.net/c",
                "provider": None,
                "image": None,
                "excerpt": "",
                "published_at": None,
                "quality": 0,
            },
        ),
        "kind": "video",
    }
    assert read(FULL).faults == ()


def test_a_title_and_nothing_else_make_a_draft_with_two_warnings() -> None:
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
    )
    assert reading.faults == (
        Fault(
            path="a.md",
            line=1,
            field="webUrl",
            message="there is no link: readers cannot open it; add `webUrl:`",
            severity=Severity.WARNING,
        ),
        Fault(
            path="a.md",
            line=1,
            field="publishedDateTime",
            message="there is no date: it ranks last; add one",
            severity=Severity.WARNING,
        ),
    )


@pytest.mark.parametrize(("published", "draft"), [(True, False), (False, True), (None, True)])
def test_only_published_true_is_published(published: bool | None, draft: bool) -> None:  # noqa: FBT001
    assert made({**GOOD, "published": published}).draft is draft


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


# faults

NOT = "should be"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, [("title", "is missing or empty; write `title:`")]),
        ({"title": "\u200b"}, [("title", "is missing or empty; write `title:`")]),
        ({"title": True}, [("title", "should be text, not a truth value; put it in quotes")]),
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
            [("publishedDateTime", "should be a date like 2025-12-31T09:00:00Z")],
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
            {"publishedDateTime": "0001-01-01T00:00:00+23:59"},
            [("publishedDateTime", "is a date outside the years 1 to 9999")],
        ),
        ({"quality": "7"}, [("quality", "should be a whole number without quotes, not text")]),
        (
            {"quality": True},
            [("quality", "should be a whole number without quotes, not a truth value")],
        ),
        ({"quality": 10**9 + 1}, [("quality", "is out of range; a thousand million is the most")]),
        ({"published": "yes"}, [("published", "should be true or false without quotes, not text")]),
        ({"topics": "AI"}, [("topics", "should be a list of texts, not text")]),
        ({"topics": [[]]}, [("topics", "should be text, not a list; put it in quotes")]),
        ({"provider": "x"}, [("provider", "should be a mapping, not text")]),
        ({"images": {}}, [("images", "should be a list of mappings, not a mapping")]),
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
            {"images": [{"url": "x"}]},
            [
                (
                    "images[0].url",
                    "should be an address that starts with http:// or https:// and has a host",
                )
            ],
        ),
        ({"images": [None]}, [("images[0]", "should be a mapping, not nothing")]),
        ({"images": ["x"]}, [("images[0]", "should be a mapping, not text")]),
        ({"provider": {}}, [("provider.name", "is missing or empty; write `name:`")]),
        ({"related": [{}]}, [("related[0].title", "is missing or empty; write `title:`")]),
        (
            {"related": [{"title": []}]},
            [("related[0].title", f"{NOT} text, not a list; put it in quotes")],
        ),
        (
            {"related": [{"title": "x", "provider": {}}]},
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
    data = {**GOOD, "images": [5, {"url": "x"}, {"url": "https://a.example/i.png", "width": "5"}]}
    assert made(data).images == (Image(url="https://a.example/i.png"),)
    assert [field for field, _ in faults(data)] == ["images[0]", "images[1].url", "images[2].width"]


def test_a_faulty_icon_leaves_the_provider() -> None:
    data = {**GOOD, "provider": {"name": "x", "images": [{"url": "x"}]}}
    assert made(data).provider == Provider(name="x")


def test_all_faults_are_told_at_once() -> None:
    data = {"title": [], "quality": "x", "published": 1, "images": [{}]}
    assert [field for field, _ in faults(data)] == [
        "title",
        "quality",
        "images[0].url",
        "published",
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
    data = {**GOOD, "related": [good, {**good, "images": [{"url": 5}]}]}
    [fault] = read_article(data, path="b.md", lines=lines).faults
    assert (fault.field, fault.line, fault.path) == ("related[1].images[0].url", line, "b.md")


def test_a_missing_field_is_not_looked_for_under_the_name_of_another() -> None:
    [fault] = read_article(
        {"title": "x", "publishedDateTime": NOW}, path="a.md", lines={"web": 7}
    ).faults
    assert (fault.field, fault.line) == ("webUrl", 1)


# real data


def front_matters(*parts: str) -> list[Any]:
    """Return the front matters of a folder's files, of those that hold one in YAML."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for file in sorted(shared("corpora", *parts).rglob("*.md")):
        fenced = (
            file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").split("\n---")
        )
        try:
            data = yaml.load(fenced[0].removeprefix("---"), Loader=loader)  # noqa: S506 (a safe one)
        except (yaml.YAMLError, ValueError):
            continue
        if isinstance(data, dict):
            found.append(data)
    return found


def test_real_news_make_articles_whose_texts_and_cards_are_fit() -> None:
    news = front_matters("smartable", "coronavirus", "_news")
    assert len(news) > 100
    for data in news:
        reading = read(data)
        assert reading.article is not None, reading.faults
        record = json.dumps(as_record(reading.article))
        assert str(data.get("secured", MARKER)) not in record + repr(card_of(reading.article))
        if not reading.faults:
            validator.validate(as_json(data))


@pytest.mark.parametrize("folder", ["18f", "ember-blog", "jekyll", "homebrew-blog"])
def test_front_matter_of_other_makers_is_read_or_explained(folder: str) -> None:
    matters = front_matters(folder)
    assert matters
    for data in matters:
        reading = read(data)
        assert reading.article is not None or reading.faults
        if not reading.faults:
            validator.validate(as_json(data))
