"""The article format: one table of fields, from which files are read and the schema is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, assert_never

LONGEST = 10_000  # characters of a text
LARGEST = 10**9  # whole numbers


class Kind(Enum):
    """What a field may hold."""

    TEXT = "text"
    LINK = "an http or https address"
    INSTANT = "a date and time"
    INTEGER = "a whole number"
    FLAG = "true or false"
    TEXTS = "a list of texts"
    RECORD = "a mapping"
    RECORDS = "a list of mappings"
    OPAQUE = "anything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of the front matter."""

    name: str
    kind: Kind
    doc: str
    needed: bool = False
    fields: tuple[Field, ...] = ()


IMAGE = (
    Field(name="url", kind=Kind.LINK, doc="Where the picture is.", needed=True),
    Field(name="width", kind=Kind.INTEGER, doc="Width in pixels."),
    Field(name="height", kind=Kind.INTEGER, doc="Height in pixels."),
    Field(name="isCached", kind=Kind.FLAG, doc="Kept by other tools; Gazette makes no use of it."),
    Field(name="title", kind=Kind.TEXT, doc="Kept by other tools; Gazette makes no use of it."),
)
PROVIDER = (
    Field(name="name", kind=Kind.TEXT, doc="The provider as readers know it.", needed=True),
    Field(name="domain", kind=Kind.TEXT, doc="Its domain, without `www.`."),
    Field(name="images", kind=Kind.RECORDS, doc="Its icon: the first is shown.", fields=IMAGE),
)
_SHARED = (
    Field(name="title", kind=Kind.TEXT, doc="The headline.", needed=True),
    Field(name="excerpt", kind=Kind.TEXT, doc="Two or three sentences that make one want to read."),
    Field(
        name="publishedDateTime",
        kind=Kind.INSTANT,
        doc="When it was published, ISO 8601; without a zone it is taken as UTC.",
    ),
    Field(name="originalUrl", kind=Kind.LINK, doc="Where it first appeared."),
    Field(name="webUrl", kind=Kind.LINK, doc="Where it is read; the title links there."),
    Field(name="ampWebUrl", kind=Kind.LINK, doc="Its AMP form."),
    Field(name="cdnAmpWebUrl", kind=Kind.LINK, doc="Its AMP form on a cache."),
    Field(name="type", kind=Kind.TEXT, doc="article, video, ..."),
    Field(name="quality", kind=Kind.INTEGER, doc="How good it is; 0 where nobody judged."),
    Field(name="provider", kind=Kind.RECORD, doc="Who published it.", fields=PROVIDER),
    Field(name="images", kind=Kind.RECORDS, doc="Pictures; the first is shown.", fields=IMAGE),
)
FIELDS = (
    *_SHARED,
    Field(name="category", kind=Kind.TEXT, doc="Kept by other tools; Gazette makes no use of it."),
    Field(name="heat", kind=Kind.INTEGER, doc="How much it is talked of; -1 where unknown."),
    Field(
        name="published",
        kind=Kind.FLAG,
        doc="true: posted and found. false or absent: a draft, seen by moderators alone.",
    ),
    Field(name="topics", kind=Kind.TEXTS, doc="What it is about; digests choose by topic."),
    Field(name="related", kind=Kind.RECORDS, doc="Links to what else was written.", fields=_SHARED),
    Field(name="secured", kind=Kind.OPAQUE, doc="Opaque; never read, shown, logged or exported."),
)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of the front matter, made from the same table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gazette article",
        "description": "Front matter of a Markdown file in content/.",
        **_schema_of(FIELDS),
    }


def _schema_of(fields: tuple[Field, ...]) -> dict[str, object]:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {field.name: _schema_of_field(field) for field in fields},
    }
    needed = [field.name for field in fields if field.needed]
    return {**schema, "required": needed} if needed else schema


def _schema_of_field(field: Field) -> dict[str, Any]:
    shape = {"description": field.doc, **_schema_of_kind(field)}
    if field.needed or "type" not in shape:
        return shape
    return {**shape, "type": [*shape["type"], "null"]}  # `webUrl:` with nothing behind it is null


def _schema_of_kind(field: Field) -> dict[str, Any]:  # noqa: PLR0911 (one line a kind)
    match field.kind:
        case Kind.TEXT:
            shape = {"type": ["string", "number"], "maxLength": LONGEST}
            return {**shape, "minLength": 1, "pattern": r"\S"} if field.needed else shape
        case Kind.LINK:
            nothing = "" if field.needed else "|$"
            pattern = rf"^\s*(?:[Hh][Tt][Tt][Pp][Ss]?://{nothing})"
            return {"type": ["string"], "format": "uri", "pattern": pattern}
        case Kind.INSTANT:
            return {"type": ["string"], "anyOf": [{"format": "date-time"}, {"format": "date"}]}
        case Kind.INTEGER:
            return {"type": ["integer"], "minimum": -LARGEST, "maximum": LARGEST}
        case Kind.FLAG:
            return {"type": ["boolean"]}
        case Kind.TEXTS:
            return {"type": ["array"], "items": {"type": ["string", "number", "null"]}}
        case Kind.RECORD:
            return {**_schema_of(field.fields), "type": ["object"]}
        case Kind.RECORDS:
            return {"type": ["array"], "items": _schema_of(field.fields)}
        case Kind.OPAQUE:
            return {}
        case _:
            assert_never(field.kind)
