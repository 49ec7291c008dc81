"""Reading a file: from its bytes to an article, or to faults that say what to write instead."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.files.front import Lines, Unreadable, constructed, decoded, front_matter, guarded
from bot.core.fault import Fault, Severity
from bot.core.frontmatter import Reading, read_article


def read_bytes(raw: bytes, *, name: str, version: str) -> Reading:
    """Return what these bytes make; `name` is the path that faults and the article carry."""
    try:
        front, first_line = front_matter(decoded(raw))
        root = guarded(front, first_line)
    except Unreadable as error:
        fault = Fault(path=name, line=error.line, field="", message=str(error), rule=error.rule)
        return Reading(article=None, faults=(fault,))
    data, faults = constructed(root, name, first_line)
    reading = read_article(data, path=name, lines=Lines(root, first_line))
    faults += reading.faults
    whole = not any(fault.severity is Severity.ERROR for fault in faults)
    article = replace(reading.article, version=version) if reading.article and whole else None
    return Reading(article=article, faults=tuple(faults))
