"""A fault in a content file: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """Whether the file still makes an article."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong; `line` counts from 1, `field` is dotted (`related[2].webUrl`) or empty."""

    path: str
    line: int
    field: str
    message: str
    severity: Severity = Severity.ERROR


def as_record(fault: Fault) -> dict[str, object]:
    """Return the fault in the shape of `gazette check --format json`."""
    return {
        "path": fault.path,
        "line": fault.line,
        "field": fault.field,
        "message": fault.message,
        "severity": fault.severity.value,
    }
