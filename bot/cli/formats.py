"""What a check found, in the forms that other programs read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

from bot import __version__
from bot.cli.findings import Findings
from bot.cli.rules import EXPLAINED, MILD
from bot.core import fault as faults
from bot.core.fault import Fault, Rule

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_RULES = tuple(Rule)
_BASE = "%SRCROOT%"  # the name that code scanning gives the top of a repository


def as_record(found: Findings) -> dict[str, object]:
    """Return the shape of `gazette check --format json` (docs/json.md)."""
    return {
        "files": found.files,
        "articles": found.articles,
        "drafts": found.drafts,
        "faults": [
            {**faults.as_record(fault), "fixable": fault in found.fixable} for fault in found.faults
        ],
        "mended": [faults.as_record(fault) for fault in found.mended],
        "unmended": [{"path": path, "message": message} for path, message in found.unmended],
    }


def as_github(found: Findings) -> Iterator[str]:
    """Yield the workflow commands that make annotations.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    for fault in found.faults:
        place = _property(found.place(fault.path))
        title = _property(f"{fault.rule.value} {fault.field}".strip())
        yield (
            f"::{fault.severity.value} file={place},line={fault.line},title={title}"
            f"::{_data(fault.message)}"
        )


def as_sarif(found: Findings) -> dict[str, object]:
    """Return a log in SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""
    driver = {"name": "gazette", "version": __version__, "rules": [_rule(rule) for rule in _RULES]}
    times: Counter[str] = Counter()
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(fault, found, times) for fault in found.faults],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, object]:
    text = EXPLAINED[rule]
    sentence = f"{text[0].upper()}{text[1:]}."
    return {
        "id": rule.value,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {"text": f"{sentence} The message says what to write instead."},
        "defaultConfiguration": {"level": "warning" if rule in MILD else "error"},
    }


def _result(fault: Fault, found: Findings, times: Counter[str]) -> dict[str, object]:
    key = f"{fault.path}\0{fault.rule.value}\0{fault.field}"
    times[key] += 1
    print_ = sha256(f"{key}\0{times[key]}".encode(errors="surrogatepass")).hexdigest()
    return {
        "ruleId": fault.rule.value,
        "ruleIndex": _RULES.index(fault.rule),
        "level": fault.severity.value,
        "message": {"text": f"{fault.field} {fault.message}".strip()},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(found.place(fault.path)),
                    "region": {"startLine": max(fault.line, 1)},
                }
            }
        ],
        "partialFingerprints": {"placeOfFault/v1": print_},  # lines move, so they do not count
    }


def _artifact(place: str) -> dict[str, str]:
    uri = quote(place.encode(errors="surrogateescape"))
    if PurePosixPath(place).is_absolute():
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": _BASE}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
