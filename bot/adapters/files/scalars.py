"""Values in one line of plain front matter, read as PyYAML reads them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import yaml

TEXT = re.compile(r"(?:[^\x00-#%&'*,:>?@\[\]`{|}-]|-[^ :#])(?:[^:#]|:(?! |$)|(?<! )#)*")
_NUMBER = re.compile(r"-?[1-9][0-9]{0,9}|0")
_INSTANT: Final = "tag:yaml.org,2002:timestamp"
IN_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
DOUBLE = re.compile(r'"(?:[^"\\]|\\["\\/nrt])*"')
SINGLE = re.compile(r"'(?:[^']|'')*'")
_ESCAPED = re.compile(r"\\(.)")
_LISTED = r"""(?>[A-Za-z][A-Za-z0-9 ./+_-]*|"[^"\\,]*"|'[^',]*')"""
_LIST = re.compile(rf"\[ *+({_LISTED}(?:, *+{_LISTED})*+)? *+\]")  # never goes back: linear
MARKS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}
_RESOLVERS: Final = yaml.SafeLoader.yaml_implicit_resolvers


class NotPlainError(ValueError):
    """Only a whole parser can tell."""


def value_of(text: str) -> object:
    """Return the value; raise NotPlainError where only a whole parser can tell."""
    text = text.strip(" ")
    if text[:1] == '"':
        if text.find('"', 1) == len(text) - 1 and "\\" not in text:
            return text[1:-1]
        if DOUBLE.fullmatch(text):
            return _ESCAPED.sub(_unescaped, text[1:-1])
        raise NotPlainError
    if text[:1] == "'":
        if SINGLE.fullmatch(text):
            return text[1:-1].replace("''", "'")
        raise NotPlainError
    return _items(text) if text[:1] == "[" else _scalar(text)


def _scalar(text: str) -> object:
    if _NUMBER.fullmatch(text):
        return int(text)
    if IN_UTC.fullmatch(text):
        return datetime.fromisoformat(text)
    if text in _WORDS:
        return _WORDS[text]
    if " #" in text:
        return _scalar(text.partition(" #")[0].rstrip(" "))
    if not TEXT.fullmatch(text):
        raise NotPlainError
    kind = kind_of(text)
    if kind is None:
        return text
    if kind == _INSTANT:
        return _instant(text)
    raise NotPlainError


def kind_of(text: str) -> str | None:
    """Return the tag of what PyYAML makes of it without quotes; None for text."""
    return next((tag for tag, form in _RESOLVERS.get(text[0], ()) if form.match(text)), None)


def _instant(text: str) -> object:
    node = yaml.ScalarNode(_INSTANT, text)
    return yaml.constructor.SafeConstructor().construct_yaml_timestamp(node)


def _items(text: str) -> list[object]:
    match = _LIST.fullmatch(text)
    if match is None:
        raise NotPlainError
    return [value_of(item) for item in match[1].split(",")] if match[1] else []


def _unescaped(match: re.Match[str]) -> str:
    return MARKS.get(match[1], match[1])
