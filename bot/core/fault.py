"""A fault in a content file: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """Whether the file still makes an article."""

    ERROR = "error"
    WARNING = "warning"


class Rule(Enum):
    """What a fault is an instance of; the names are those of `gazette check` and never change."""

    UNREADABLE = "unreadable"  # cannot be opened, is a link, a FIFO, a folder
    TOO_LARGE = "too-large"  # bytes, depth, number of values, length of a text
    ENCODING = "encoding"  # not UTF-8, or a character no text holds
    FENCE = "fence"  # front matter missing, empty or never closed
    SYNTAX = "syntax"  # not YAML, not TOML
    ALIAS = "alias"  # anchors, aliases and merge keys
    MISSING = "missing"  # a field that is needed
    TYPE = "type"  # a value of the wrong kind
    DATE = "date"  # a date that is none, or there is none
    ADDRESS = "address"  # a link that is none, or there is none
    SURPRISE = "surprise"  # YAML reads something else than people mean: yes, 12:30, 010
    DUPLICATE_KEY = "duplicate-key"
    DUPLICATE_PAGE = "duplicate-page"  # two files that link to one page
    MOJIBAKE = "mojibake"  # decoded wrongly: doesnâ€™t
    LINE_ENDS = "line-ends"  # CRLF, a byte order mark
    TRACKING = "tracking"  # parameters that follow readers around


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong; `line` counts from 1, `field` is dotted (`related[2].webUrl`) or empty."""

    path: str
    line: int
    field: str
    message: str
    rule: Rule
    severity: Severity = Severity.ERROR


def as_record(fault: Fault) -> dict[str, object]:
    """Return the fault in the shape of `gazette check --format json`."""
    return {
        "path": fault.path,
        "line": fault.line,
        "field": fault.field,
        "message": fault.message,
        "rule": fault.rule.value,
        "severity": fault.severity.value,
    }
