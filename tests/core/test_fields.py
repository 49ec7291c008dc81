"""The schema of front matter: it and the reader agree, on files made up and on real ones."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.article import as_record
from bot.core.card import card_of
from bot.core.fields import FIELDS, json_schema
from tests.core.matter import GOOD, MARKER, read
from tests.core.samples import NOW, scalars, shared


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
    "name": st.sampled_from(["A name", "", None, True]),
    "description": st.sampled_from(["Text.", None, 5, []]),
    "date": st.sampled_from(["December 15, 2020", "soon", NOW, None, ""]),
    "url": st.sampled_from(["/a", "https://example.org/u", "javascript:x", None, 5]),
    "featuredContent": st.sampled_from(["<iframe src='https://example.org/e'>", "x", None, 5]),
    "tags": st.sampled_from(["a b", "a, b", ["a"], None, 5, {}, True]),
    "cover": st.sampled_from(["/a.png", {"image": "https://example.org/i.png"}, False, True, {}]),
    "author": st.sampled_from(["A", ["A", {"name": "B"}], {}, {"name": "B"}, None, 5]),
    "draft": st.sampled_from([True, False, None, "x"]),
}
plausible = (
    st.lists(st.sampled_from(sorted(values_by_key)), max_size=4, unique=True)
    .flatmap(lambda keys: st.fixed_dictionaries({key: values_by_key[key] for key in keys}))
    .map(lambda changed: {**GOOD, **changed})
)


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
@example({**GOOD, "title": None, "name": "x"})
@example({**GOOD, "images": "/a.png", "cover": False})
@example({**GOOD, "images": False})
@example({**GOOD, "images": [{"url": "x", "width": "50"}]})
@example({**GOOD, "provider": "Ex", "author": [{"name": "A"}, {}]})
@example({**GOOD, "quality": 10**9})
def test_what_the_reader_takes_without_a_fault_fits_the_schema(data: dict[str, Any]) -> None:
    if not read(data).faults:
        validator.validate(as_json(data))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("title", []), ("title", True), ("title", "x" * 10_001)],
        *[("excerpt", []), ("excerpt", True), ("excerpt", "x" * 10_001), ("webUrl", "example.org")],
        *[("webUrl", "ftp://example.org/"), ("webUrl", 5), ("publishedDateTime", 5)],
        *[("quality", "7"), ("quality", 10**9 + 1), ("quality", -(10**9) - 1), ("heat", 1.5)],
        *[("published", "yes"), ("draft", 1), ("removed", "x"), ("topics", {}), ("topics", [True])],
        *[("topics", [["AI"]]), ("provider", 5), ("images", 5), ("related", "x"), ("images", [5])],
        *[
            ("provider", {}),
            ("related", [{"webUrl": "https://a.b/"}]),
        ],
        *[
            ("related", [{"title": "x", "provider": {}, "webUrl": "https://a.b/"}]),
        ],
        *[
            ("images", [{"url": "https://a.b/", "width": "5"}]),
            ("images", [True]),
        ],
    ],
)
def test_what_the_schema_refuses_is_a_fault(name: str, value: object) -> None:
    assert not validator.is_valid({**as_json(GOOD), name: value})
    assert read({**GOOD, name: value}).faults[0].field.startswith(name)


def test_the_schema_explains_every_key() -> None:
    properties: Any = json_schema()["properties"]
    assert {name for field in FIELDS for name in field.names} == set(properties)
    assert all(entry["description"].endswith(".") for entry in properties.values())
    assert (
        properties["date"]["description"] == "Another name of `publishedDateTime`: a date and time."
    )
    assert properties["related"]["items"]["properties"]["provider"]["properties"]["name"][
        "description"
    ]


def test_no_key_means_two_things() -> None:
    for fields in (FIELDS, *(field.fields for field in FIELDS)):
        names = [name for field in fields for name in field.names]
        assert len(names) == len(set(names))


def test_the_schema_in_full_for_one_key_of_each_kind() -> None:
    schema: Any = json_schema()
    properties = schema["properties"]
    bare = {
        name: {key: value for key, value in properties[name].items() if key != "description"}
        for name in (
            *("title", "webUrl", "url", "featuredContent", "publishedDateTime", "quality"),
            *("published", "topics", "secured"),
        )
    }
    assert bare == {
        "title": {"type": ["string", "number", "null"], "maxLength": 10_000},
        "webUrl": {
            "type": ["string", "null"],
            "pattern": r"^\s*(?:[Hh][Tt][Tt][Pp][Ss]?://|$)",
        },
        "url": {},
        "featuredContent": {},
        "publishedDateTime": {"type": ["string", "null"], "examples": ["2025-12-31T09:00:00Z"]},
        "quality": {"type": ["integer", "null"], "minimum": -(10**9), "maximum": 10**9},
        "published": {"type": ["boolean", "null"]},
        "topics": {
            "type": ["array", "string", "number", "null"],
            "items": {"type": ["string", "number", "null"]},
        },
        "secured": {},
    }
    assert "required" not in schema
    assert schema["type"] == "object"
    assert schema["title"] == "Gazette article"
    assert schema["description"] == "Front matter of a Markdown file in content/."
    assert properties["provider"]["type"] == ["object", "string", "array", "null"]
    assert properties["provider"]["items"]["type"] == ["object", "string", "null"]
    assert properties["provider"]["anyOf"] == [{"required": ["name"]}]
    assert "anyOf" not in properties["author"]
    related = properties["related"]
    assert related["type"] == ["array", "null"]
    assert related["items"]["type"] == "object"
    assert related["items"]["anyOf"] == [{"required": ["title"]}, {"required": ["name"]}]
    pictures = properties["images"]
    assert pictures["type"] == ["object", "string", "array", "null", "boolean"]
    assert pictures["items"]["type"] == ["object", "string"]
    assert "pattern" not in pictures["items"]["properties"]["url"]


def test_the_table_in_the_docs_names_the_same_keys() -> None:
    docs = Path(__file__).parents[2] / "docs" / "articles.md"
    told = {}
    for line in docs.read_text(encoding="utf-8").split("## ")[0].splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `"):
            told[cells[1].strip("`")] = tuple(re.findall(r"`(.+?)`", cells[2]))
    assert told == {field.name: field.aliases for field in FIELDS}


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
