"""Reading front matter: a file's mapping becomes an article, or faults that say what to write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, assert_never

from bot.core.article import UNKNOWN_HEAT, Article, Image, Provider, Related, article_id
from bot.core.fault import Fault, Rule, Severity
from bot.core.fields import FIELDS, LARGEST, LONGEST, Field, Kind
from bot.core.text import clean
from bot.core.url import safe_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a file: an article or none, and every fault on the way."""

    article: Article | None
    faults: tuple[Fault, ...]


def read_article(data: Mapping[str, object], *, path: str, lines: Mapping[str, int]) -> Reading:
    """Return the article that a front matter makes, or the faults that keep it from being one.

    `lines` holds the line of each dotted field (`related[2].webUrl`). A fault inside `images`,
    `provider` or `related` costs that item; a fault at the top costs the article.
    """
    reader = _Reader(path=path, lines=lines)
    values = reader.record(data, FIELDS, prefix="")
    if not any(fault.severity is Severity.ERROR for fault in reader.faults):
        article = _article(values or {}, path=path)
        if article.url is None:
            reader.warn("webUrl", "there is no link: readers cannot open it; add `webUrl:`")
        if article.published_at is None:
            reader.warn("publishedDateTime", "there is no date: it ranks last; add one")
        return Reading(article=article, faults=tuple(reader.faults))
    return Reading(article=None, faults=tuple(reader.faults))


class _Reader:
    """Walks a mapping along the table and gathers faults as it goes."""

    def __init__(self, *, path: str, lines: Mapping[str, int]) -> None:
        self.faults: list[Fault] = []
        self._path = path
        self._lines = lines

    def record(
        self, data: Mapping[str, object], fields: tuple[Field, ...], *, prefix: str
    ) -> dict[str, Any] | None:
        """Return the values that could be read; None where a needed one is missing or wrong."""
        values: dict[str, Any] = {}
        whole = True
        for field in fields:
            where = prefix + field.name
            raw = data.get(field.name)
            known = len(self.faults)
            if raw is not None:
                values[field.name] = self._value(raw, field, where)
            if field.needed and not values.get(field.name):
                whole = False
                if len(self.faults) == known:
                    self._report(where, f"is missing or empty; write `{field.name}:`")
        return values if whole else None

    def warn(self, where: str, message: str) -> None:
        self._report(where, message, severity=Severity.WARNING)

    def _value(self, raw: object, field: Field, where: str) -> object:
        if field.kind is Kind.RECORD and isinstance(raw, dict):
            return self.record(raw, field.fields, prefix=f"{where}.")
        if field.kind is Kind.RECORDS and isinstance(raw, list):
            return self._records(raw, field, where)
        try:
            return _plain(raw, field.kind)
        except ValueError as error:
            self._report(where, str(error))
            return None

    def _records(self, raw: list[object], field: Field, where: str) -> list[dict[str, Any]]:
        found = []
        for index, item in enumerate(raw):
            place = f"{where}[{index}]"
            if not isinstance(item, dict):
                self._report(place, f"should be a mapping, not {_named(item)}")
                continue
            values = self.record(item, field.fields, prefix=f"{place}.")
            if values is not None:
                found.append(values)
        return found

    def _report(self, where: str, message: str, *, severity: Severity | None = None) -> None:
        nested = "." in where or "[" in where
        self.faults.append(
            Fault(
                path=self._path,
                line=self._line(where),
                field=where,
                message=message,
                rule=_rule(where, message),
                severity=severity or (Severity.WARNING if nested else Severity.ERROR),
            )
        )

    def _line(self, where: str) -> int:
        while where and where not in self._lines:
            where = where[: max(where.rfind("."), where.rfind("["), 0)]
        return self._lines.get(where, 1)


def _rule(where: str, message: str) -> Rule:
    if "missing" in message:
        return Rule.MISSING
    if "date" in message.lower():
        return Rule.DATE
    return Rule.ADDRESS if where.lower().endswith("url") else Rule.TYPE


def _plain(raw: object, kind: Kind) -> object:  # noqa: PLR0911 (one line a kind)
    match kind:
        case Kind.TEXT:
            return _text(raw)
        case Kind.LINK:
            return _link(raw)
        case Kind.INSTANT:
            return _instant(raw)
        case Kind.INTEGER:
            return _integer(raw)
        case Kind.FLAG:
            return _flag(raw)
        case Kind.TEXTS:
            return _texts(raw)
        case Kind.OPAQUE:
            return None
        case Kind.RECORD | Kind.RECORDS:
            raise ValueError(f"should be {kind.value}, not {_named(raw)}")
        case _:
            assert_never(kind)


def _text(raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | date):
        raise ValueError(f"should be text, not {_named(raw)}; put it in quotes")  # noqa: TRY004
    text = str(raw)
    if len(text) > LONGEST:
        raise ValueError(f"is {len(text):,} characters long; {LONGEST:,} are allowed")
    return clean(text)


def _link(raw: object) -> str | None:
    if not isinstance(raw, str):
        raise ValueError(f"should be an http or https address, not {_named(raw)}")  # noqa: TRY004
    if not raw.strip():
        return None
    url = safe_url(raw)
    if url is None:
        raise ValueError("should be an address that starts with http:// or https:// and has a host")
    return url


def _instant(raw: object) -> datetime:
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw.strip())
        except ValueError:
            raise ValueError("should be a date like 2025-12-31T09:00:00Z") from None
    if isinstance(raw, datetime):
        try:
            return raw.replace(tzinfo=UTC) if raw.tzinfo is None else raw.astimezone(UTC)
        except OverflowError:
            raise ValueError("is a date outside the years 1 to 9999") from None
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    raise ValueError(f"should be a date like 2025-12-31T09:00:00Z, not {_named(raw)}")


def _integer(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError(f"should be a whole number without quotes, not {_named(raw)}")  # noqa: TRY004
    if abs(raw) > LARGEST:
        raise ValueError("is out of range; a thousand million is the most")
    return raw


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"should be true or false without quotes, not {_named(raw)}")  # noqa: TRY004
    return raw


def _texts(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise ValueError(f"should be a list of texts, not {_named(raw)}")  # noqa: TRY004
    texts = (_text(item) for item in raw if item is not None)
    return tuple(dict.fromkeys(text for text in texts if text))


def _named(raw: object) -> str:
    names = {
        bool: "a truth value",
        str: "text",
        dict: "a mapping",
        list: "a list",
        int: "a number",
        float: "a number with a point",
        type(None): "nothing",
    }
    return names.get(type(raw), f"a {type(raw).__name__}")


def _article(values: Mapping[str, Any], *, path: str) -> Article:
    url = values.get("webUrl") or values.get("originalUrl")
    return Article(
        id=article_id(url=url, path=path),
        path=path,
        title=values["title"],
        excerpt=values.get("excerpt") or "",
        url=url,
        published_at=values.get("publishedDateTime"),
        draft=values.get("published") is not True,
        quality=values.get("quality") or 0,
        heat=UNKNOWN_HEAT if values.get("heat") is None else values["heat"],
        provider=_provider(values.get("provider")),
        topics=values.get("topics") or (),
        images=tuple(_image(item) for item in values.get("images") or ()),
        related=_related(values.get("related") or (), own=url),
        kind=values.get("type") or "article",
    )


def _image(values: Mapping[str, Any]) -> Image:
    return Image(url=values["url"], width=values.get("width"), height=values.get("height"))


def _provider(values: Mapping[str, Any] | None) -> Provider | None:
    if values is None:
        return None
    icons = values.get("images") or ()
    return Provider(
        name=values["name"],
        domain=values.get("domain") or "",
        icon=icons[0]["url"] if icons else None,
    )


def _related(items: Iterable[Mapping[str, Any]], *, own: str | None) -> tuple[Related, ...]:
    """Return the related links, each page once and never the article itself."""
    seen = {article_id(url=own, path="")} if own else set()
    links = []
    for values in items:
        url = values.get("webUrl") or values.get("originalUrl")
        if url is None or (key := article_id(url=url, path="")) in seen:
            continue
        seen.add(key)
        images = values.get("images") or ()
        links.append(
            Related(
                title=values["title"],
                url=url,
                provider=_provider(values.get("provider")),
                image=images[0]["url"] if images else None,
                excerpt=values.get("excerpt") or "",
                published_at=values.get("publishedDateTime"),
                quality=values.get("quality") or 0,
            )
        )
    return tuple(links)
