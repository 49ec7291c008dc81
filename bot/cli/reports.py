"""What commands print for people."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from bot.cli.options import screen
from bot.core.catalogue import Catalogue
from bot.core.fault import Severity
from bot.core.picking import Pick
from bot.services.find import Findings

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def show_faults(found: Catalogue) -> None:
    """Print a line for each fault and a summary."""
    for fault in found.faults:
        place = escape(f"{fault.path}:{fault.line}")
        style = _STYLE[fault.severity]
        field = f"[bold]{escape(fault.field)}[/] " if fault.field else ""
        line = f"{place}: [{style}]{fault.severity.value}[/] {field}{escape(fault.message)}"
        screen.print(line, soft_wrap=True)
    broken = {fault.path for fault in found.faults if fault.severity is Severity.ERROR}
    screen.print(
        f"{found.files} files: {len(found.published)} articles, {len(found.drafts)} drafts, "
        f"{len(broken)} with errors, "
        f"{sum(fault.severity is Severity.WARNING for fault in found.faults)} warnings"
    )


def show_results(findings: Findings) -> None:
    """Print what a search found."""
    if not findings.total:
        screen.print("Nothing found.")
        for article in findings.nearest:
            screen.print(f"The nearest: {article.title}", markup=False)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for hit in findings.hits:
        date = f"{hit.article.published_at:%Y-%m-%d}" if hit.article.published_at else ""
        table.add_row(
            f"{hit.score:.2f}", date, escape(hit.article.source), escape(hit.article.title)
        )
    screen.print(table)
    screen.print(f"{len(findings.hits)} of {findings.total}")


def show_pick(picked: Pick) -> None:
    """Print what an edition would hold, and what it would not."""
    for choice in picked.chosen:
        screen.print(f"+ {choice.article.title} ({choice.reason})", markup=False, soft_wrap=True)
    for item in picked.left_out:
        screen.print(f"- {item.article.title} ({item.reason})", markup=False, soft_wrap=True)
