"""Reading a front matter key by key: what it tells under any of its names, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, TypeGuard, TypeVar

from bot.core.article import Image, Provider
from bot.core.fault import Fault, Rule, Severity
from bot.core.fields import (
    LARGEST,
    LINKS,
    LONGEST,
    PICTURES,
    PROVIDER,
    RELATED_LINKS,
    Field,
    Kind,
    is_minor,
)
from bot.core.url import is_safe
from bot.core.values import (
    WrongError,
    any_link_of,
    cleaned,
    framed_link_of,
    integer_of,
    link_of,
    named,
    spelt,
    split,
    text_of,
    the_provider,
    the_topics,
    without_links,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Record = Mapping[str, object]
_SHORT = 100  # characters of a name
_FEW = 20  # topics
_Ways = tuple[tuple[str, bool, Callable[[object], str | None]], ...]


def _ways(fields: tuple[Field, ...]) -> _Ways:
    """Return the keys of links: name, whether it is the format's own, how its address is read."""
    return tuple(
        (name, name == field.name, framed_link_of if field.kind is Kind.FRAME else make)
        for field in fields
        for name in field.names
        for make in (link_of if name == field.name else any_link_of,)
    )


_LINKS, _RELATED_LINKS = _ways(LINKS), _ways(RELATED_LINKS)
_ADDRESSES = next(field.names for field in PICTURES.fields if field.name == "url")
_ICONS = next(field.names for field in PROVIDER if field.name == "images")
_SPLIT_AT_BLANKS = ("tags", "categories")  # as Jekyll does


class Reader:
    """Reads one file; `faults` grows as it does."""

    def __init__(
        self, *, path: str, lines: Mapping[str, int], written: Callable[[str, object], str]
    ) -> None:
        self.faults: list[Fault] = []
        self._path = path
        self._lines = lines
        self._written = written

    def report(
        self, rule: Rule, where: str, message: str, *, severity: Severity | None = None
    ) -> None:
        """Note a fault; unless told otherwise it costs the article if it is no minor one."""
        self.faults.append(
            Fault(
                path=self._path,
                line=self._line(where),
                field=where,
                message=message,
                rule=rule,
                severity=severity or (Severity.WARNING if is_minor(where) else Severity.ERROR),
            )
        )

    def value(
        self, data: Record, names: tuple[str, ...], make: Callable[[object], T | None]
    ) -> T | None:
        """Return what the first key that tells it tells."""
        for name in names:
            raw = data.get(name)
            if raw is not None:
                value = self._made(raw, name, make)
                if value is not None:
                    return value
        return None

    def text(self, data: Record, names: tuple[str, ...], prefix: str = "") -> str:
        """Return the first text under one of the names, clean; empty where there is none."""
        for name in names:
            raw = data.get(name)
            if raw is not None:
                if type(raw) is str and len(raw) <= LONGEST:
                    text = cleaned(raw)
                else:
                    text = self._text(raw, prefix + name)
                if text:
                    return text
        return ""

    def integer(self, data: Record, name: str, prefix: str = "") -> int | None:
        """Return the whole number of that name."""
        raw = data.get(name)
        if raw is None:
            return None
        if self._written is spelt and type(raw) is int and abs(raw) <= LARGEST:
            return raw
        number = self._made(raw, prefix + name, integer_of)
        if number is not None:
            text = self._written(prefix + name, raw)
            if text != str(number):
                message = f"YAML reads {text} as {number}; write {number}"
                self.report(Rule.SURPRISE, prefix + name, message, severity=Severity.WARNING)
        return number

    def link(self, data: Record, prefix: str = "") -> str | None:
        """Return the address of the page; every key of the format is looked at, for faults."""
        found = None
        for name, own, make in _RELATED_LINKS if prefix else _LINKS:
            raw = data.get(name)
            if raw is not None and (own or found is None):
                url = raw if is_safe(raw) else self._made(raw, prefix + name, make)
                found = found or url
        return found

    def topics(self, data: Record, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return each topic once, from the first key that names any."""
        for name in names:
            raw = data.get(name)
            if raw is None:
                continue
            if isinstance(raw, str):
                items: list[object] = [*split(raw, at_blanks=name in _SPLIT_AT_BLANKS)]
            elif isinstance(raw, list):
                items = raw
            elif isinstance(raw, dict):
                self.report(Rule.TYPE, name, f"should be a list of texts, not {named(raw)}")
                continue
            else:
                items = [raw]
            texts = [
                item if _is_short(item) else self._text(item, f"{name}[{index}]")
                for index, item in enumerate(items)
                if item is not None
            ]
            unite = the_topics if len(texts) <= _FEW else the_topics.__wrapped__
            if topics := unite(tuple(texts)):
                return topics
        return ()

    def provider(self, data: Record, names: tuple[str, ...], prefix: str = "") -> Provider | None:
        """Return who published it, or else who wrote it."""
        for name in names:
            raw = data.get(name)
            where = prefix + name
            if isinstance(raw, dict):
                found = self._provider(raw, where)
                if found is None and name == names[0] and not self._is_told(where):
                    self.report(Rule.MISSING, f"{where}.name", "is missing or empty; write `name:`")
            elif isinstance(raw, str | list):
                found = self._byline(raw, where)
            else:
                found = None
                if raw is not None:
                    message = f"should be a mapping with `name`, or a name, not {named(raw)}"
                    self.report(Rule.TYPE, where, message)
            if found is not None:
                return found
        return None

    def picture(self, data: Record, names: tuple[str, ...], prefix: str) -> str | None:
        """Return the address of the first picture under the first key that names any."""
        for name in names:
            raw = data.get(name)
            if raw is not None:
                if type(raw) is list and raw and type(raw[0]) is dict:
                    url = raw[0].get("url")
                    if is_safe(url):
                        return url
                for place, item in _listed(raw, prefix + name):
                    url = self._address(item, place, own=name == names[0])
                    if url:
                        return url
        return None

    def pictures(self, data: Record, names: tuple[str, ...]) -> tuple[Image, ...]:
        """Return all pictures of the first key that names any."""
        for name in names:
            raw = data.get(name)
            if raw is None:
                continue
            pictures = []
            for place, item in _listed(raw, name):
                url = self._address(item, place, own=name == names[0])
                sizes = item if isinstance(item, dict) else {}
                width = self.integer(sizes, "width", f"{place}.")
                height = self.integer(sizes, "height", f"{place}.")
                if url:
                    pictures.append(Image(url=url, width=width, height=height))
            if pictures:
                return tuple(pictures)
        return ()

    def _made(self, raw: object, where: str, make: Callable[[object], T]) -> T | None:
        try:
            return make(raw)
        except WrongError as error:
            self.report(error.rule, where, str(error))
            return None

    def _text(self, raw: object, where: str) -> str:
        if type(raw) is not str:
            raw = self._as_written(raw, where)
        return self._made(raw, where, text_of) or ""

    def _as_written(self, raw: object, where: str) -> object:
        """Return a value as it is spelt, for where a text belongs nothing else was meant."""
        if isinstance(raw, date):
            return self._written(where, raw)
        if not isinstance(raw, int | float):
            return raw
        try:
            text, read = self._written(where, raw), spelt(where, raw)
        except ValueError:  # Python spells no number of more than 4,300 digits
            return raw
        if isinstance(raw, bool) or text != read:
            message = f"YAML reads {text} as {named(raw)}; put it in quotes"
            self.report(Rule.SURPRISE, where, message, severity=Severity.WARNING)
        return text

    def _provider(self, raw: Record, where: str) -> Provider | None:
        place = f"{where}."
        icon = self.picture(raw, _ICONS, place) if "images" in raw else None
        name, domain = raw.get("name"), raw.get("domain")
        if _is_short(name) and _is_short(domain):
            return the_provider(name, domain, icon)
        name, domain = self.text(raw, ("name",), place), self.text(raw, ("domain",), place)
        return the_provider.__wrapped__(name, domain, icon)

    def _byline(self, raw: object, where: str) -> Provider | None:
        items = raw if isinstance(raw, list) else [raw]
        names = [item.get("name") if isinstance(item, dict) else item for item in items]
        texts = [self._text(without_links(name), where) for name in names if isinstance(name, str)]
        byline = ", ".join(text for text in texts if text)
        return the_provider.__wrapped__(byline, "", None)

    def _address(self, raw: object, where: str, *, own: bool) -> str | None:
        if isinstance(raw, str):
            return self._made(raw, where, any_link_of)
        if not isinstance(raw, dict):
            message = f"should be a mapping with `url`, or an address, not {named(raw)}"
            self.report(Rule.TYPE, where, message)
            return None
        for name in _ADDRESSES:
            address = raw.get(name)
            if is_safe(address):
                return address
            url = None if address is None else self._made(address, f"{where}.{name}", any_link_of)
            if url:
                return url
        if own and not any(raw.get(name) for name in _ADDRESSES):
            self.report(Rule.MISSING, f"{where}.url", "is missing or empty; write `url:`")
        return None

    def _is_told(self, where: str) -> bool:
        return any(fault.field.startswith(where) for fault in self.faults)

    def _line(self, where: str) -> int:
        while where and where not in self._lines:
            where = where[: max(where.rfind("."), where.rfind("["), 0)]
        return self._lines.get(where, 1)


def _is_short(raw: object) -> TypeGuard[str]:
    return type(raw) is str and len(raw) <= _SHORT


def _listed(raw: object, where: str) -> Sequence[tuple[str, object]]:
    """Return the items of a list, or what stands there without one, each with its place."""
    if isinstance(raw, list):
        return [(f"{where}[{index}]", item) for index, item in enumerate(raw)]
    return [] if raw is False else [(where, raw)]  # as some say that there is no picture
