"""The article format: one table of fields, from which files are read and the schema is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

LONGEST = 10_000  # characters of a text
LARGEST = 10**9  # whole numbers


class Kind(Enum):
    """What a field may hold."""

    TEXT = "text"
    LINK = "an http or https address"
    FRAME = "an <iframe> of HTML"
    INSTANT = "a date and time"
    INTEGER = "a whole number"
    FLAG = "true or false"
    TEXTS = "a list of texts"
    SOURCE = "a mapping with `name`, or a name"
    PICTURES = "a list of mappings with `url`, or addresses"
    RECORDS = "a list of mappings"
    OPAQUE = "anything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing an article may tell, and the keys it stands under; the first that tells it counts.

    `name` is the format's own; `aliases` are those of its elder forms and of other tools. Where a
    link may be `relative`, as it may under an alias, one that is leads nowhere from here.
    """

    name: str
    kind: Kind
    doc: str
    aliases: tuple[str, ...] = ()
    needed: bool = False
    relative: bool = False
    fields: tuple[Field, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every key it stands under."""
        return (self.name, *self.aliases)


_UNUSED = "Kept by other tools; Gazette makes no use of it."
IMAGE = (
    Field(
        name="url",
        kind=Kind.LINK,
        doc="Where the picture is; a relative one is left out.",
        aliases=("src", "image", "path"),
        relative=True,
    ),
    Field(name="width", kind=Kind.INTEGER, doc="Width in pixels."),
    Field(name="height", kind=Kind.INTEGER, doc="Height in pixels."),
    Field(name="isCached", kind=Kind.OPAQUE, doc=_UNUSED),
    Field(name="title", kind=Kind.OPAQUE, doc=_UNUSED, aliases=("alt", "caption")),
)
PROVIDER = (
    Field(name="name", kind=Kind.TEXT, doc="The provider as readers know it.", needed=True),
    Field(name="domain", kind=Kind.TEXT, doc="Its domain, without `www.`."),
    Field(name="images", kind=Kind.PICTURES, doc="Its icon: the first is shown.", fields=IMAGE),
)
TITLE = Field(name="title", kind=Kind.TEXT, doc="The headline.", aliases=("name",), needed=True)
RELATED_LINKS = (
    Field(
        name="webUrl",
        kind=Kind.LINK,
        doc="Where it is read; the title links there.",
        aliases=("sourceUrl", "canonical_url", "canonical", "external_url", "link", "url"),
    ),
    Field(name="originalUrl", kind=Kind.LINK, doc="Where it first appeared."),
    Field(
        name="featuredContent",
        kind=Kind.FRAME,
        doc="A video in an `<iframe>`; its address is the link where there is no other.",
    ),
)
_AMP_LINKS = (
    Field(
        name="ampWebUrl",
        kind=Kind.LINK,
        doc="Its AMP form; the link where there is no other.",
        aliases=("ampUrl",),
    ),
    Field(
        name="cdnAmpWebUrl",
        kind=Kind.LINK,
        doc="Its AMP form on a cache; the link where there is no other.",
        aliases=("cdnAmpUrl",),
    ),
)
LINKS = (*RELATED_LINKS, *_AMP_LINKS)
SOURCE = Field(
    name="provider",
    kind=Kind.SOURCE,
    doc="Who published it.",
    aliases=("author", "authors"),
    fields=PROVIDER,
)
PICTURES = Field(
    name="images",
    kind=Kind.PICTURES,
    doc="Pictures; the first is shown.",
    aliases=("image", "cover", "thumbnail", "featured_image"),
    fields=IMAGE,
)
RELATED = (
    TITLE,
    *RELATED_LINKS,
    SOURCE,
    PICTURES,
    *(
        Field(name=name, kind=Kind.OPAQUE, doc=_UNUSED)
        for name in (
            *("excerpt", "publishedDateTime", "type", "quality"),
            *("ampWebUrl", "cdnAmpWebUrl", "ampUrl", "cdnAmpUrl"),
        )
    ),
)
FIELDS = (
    TITLE,
    Field(
        name="excerpt",
        kind=Kind.TEXT,
        doc="Two or three sentences that make one want to read.",
        aliases=("description", "summary", "subtitle"),
    ),
    Field(
        name="publishedDateTime",
        kind=Kind.INSTANT,
        doc="When it was published, ISO 8601; without a zone it is taken as UTC.",
        aliases=(
            *("date", "pubDate", "publishDate", "published_at", "publishedAt", "datePublished"),
        ),
    ),
    *LINKS,
    Field(name="type", kind=Kind.TEXT, doc="article, video, ..."),
    Field(name="quality", kind=Kind.INTEGER, doc="How good it is; 0 where nobody judged."),
    Field(name="heat", kind=Kind.INTEGER, doc="How much it is talked of; -1 where unknown."),
    Field(
        name="published",
        kind=Kind.FLAG,
        doc="true: posted and found. false or absent: a draft, seen by moderators alone.",
    ),
    Field(
        name="draft",
        kind=Kind.FLAG,
        doc="Where `published` is absent, false says that it is no draft.",
    ),
    Field(name="removed", kind=Kind.FLAG, doc="true: withdrawn; the file makes no article."),
    SOURCE,
    PICTURES,
    Field(
        name="topics",
        kind=Kind.TEXTS,
        doc="What it is about; digests choose by topic.",
        aliases=("tags", "categories", "category"),
    ),
    Field(name="related", kind=Kind.RECORDS, doc="Links to what else was written.", fields=RELATED),
    Field(
        name="path",
        kind=Kind.OPAQUE,
        doc="An address of the site's own, of which only a date at its beginning is read.",
    ),
    Field(name="secured", kind=Kind.OPAQUE, doc="Opaque; never read, shown, logged or exported."),
)

_ALIASES = frozenset(alias for field in FIELDS for alias in field.aliases)

Known = dict[str, Any]  # keys that are read, each with those inside


def _known(fields: tuple[Field, ...]) -> Known:
    return {
        name: _known(field.fields)
        for field in fields
        if field.kind is not Kind.OPAQUE or field.name == "path"  # of which the date is read
        for name in field.names
    }


KNOWN = _known(FIELDS)


def is_minor(where: str) -> bool:
    """Tell whether a fault in that dotted field leaves the file an article.

    It does further in, and under another tool's name for a key: that tool may mean something else.
    """
    return "." in where or "[" in where or where in _ALIASES


def json_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of the front matter, made from the same table.

    A title is not demanded of it, for the first heading of the body may stand in.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gazette article",
        "description": "Front matter of a Markdown file in content/.",
        "type": "object",
        "properties": _properties(FIELDS),
    }


def _properties(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return what each key may hold; another name may hold anything, for it may go unread."""
    own = {field.name: {"description": field.doc, **_shape(field)} for field in fields}
    others = {
        alias: {"description": f"Another name of `{field.name}`: {field.kind.value}."}
        for field in fields
        for alias in field.aliases
    }
    return own | others


def _record(fields: tuple[Field, ...]) -> dict[str, Any]:
    needed = [name for field in fields if field.needed for name in field.names]
    shape: dict[str, Any] = {"properties": _properties(fields)}
    return {**shape, "anyOf": [{"required": [name]} for name in needed]} if needed else shape


def _shape(field: Field) -> dict[str, Any]:
    match field.kind:
        case Kind.SOURCE | Kind.PICTURES | Kind.RECORDS:
            return _nested_shape(field)
        case Kind.TEXTS:
            items = {"type": ["string", "number", "null"]}
            return {"type": ["array", "string", "number", "null"], "items": items}
        case Kind.LINK if not field.relative:
            web = r"^\s*(?:[Hh][Tt][Tt][Pp][Ss]?://|$)"
            return {"type": ["string", "null"], "pattern": web}
        case Kind.INTEGER:
            return {"type": ["integer", "null"], "minimum": -LARGEST, "maximum": LARGEST}
        case _:
            return _SHAPES[field.kind]


_SHAPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": ["string", "number", "null"], "maxLength": LONGEST},
    Kind.LINK: {"type": ["string", "null"]},
    Kind.INSTANT: {"type": ["string", "null"], "examples": ["2025-12-31T09:00:00Z"]},
    Kind.FLAG: {"type": ["boolean", "null"]},
    Kind.FRAME: {},
    Kind.OPAQUE: {},
}


def _nested_shape(field: Field) -> dict[str, Any]:
    record = _record(field.fields)
    if field.kind is Kind.RECORDS:
        return {"type": ["array", "null"], "items": {"type": "object", **record}}
    kinds = ["object", "string", "array", "null"]
    if field.kind is Kind.PICTURES:
        items = {"type": ["object", "string"], **record}
        return {"type": [*kinds, "boolean"], **record, "items": items}  # false: there is none
    items = {"type": ["object", "string", "null"], "properties": record["properties"]}
    return {"type": kinds, **record, "items": items}
