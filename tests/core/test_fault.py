"""Faults: how they read in `gazette check --format json`."""

from __future__ import annotations

from bot.core.fault import Fault, Rule, Severity, as_record


def test_a_fault_is_an_error_unless_said_otherwise() -> None:
    fault = Fault(path="a.md", line=3, field="title", message="is missing", rule=Rule.MISSING)
    assert as_record(fault) == {
        "path": "a.md",
        "line": 3,
        "field": "title",
        "message": "is missing",
        "rule": "missing",
        "severity": "error",
    }


def test_a_warning_says_so() -> None:
    fault = Fault(
        path="a.md", line=1, field="", message="m", rule=Rule.DATE, severity=Severity.WARNING
    )
    assert as_record(fault)["severity"] == "warning"
