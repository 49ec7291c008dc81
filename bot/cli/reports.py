"""What commands print for people."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape

from bot.cli.findings import Findings
from bot.cli.options import screen
from bot.cli.rules import EXPLAINED
from bot.core.fault import Fault, Severity
from bot.core.picking import Pick
from bot.core.wording import counted

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_MANY = 10  # faults that are still seen at once


def show_findings(found: Findings, console: Console) -> None:
    """Print a line for each fault; on a terminal the files stand apart."""
    before = None
    for fault in found.faults:
        if console.is_terminal and before not in {None, fault.path}:
            console.print()
        before = fault.path
        style = _STYLE[fault.severity]
        mark = " [green](--fix)[/]" if fault in found.fixable else ""
        _print_fault(console, fault, f"[{style}]{fault.severity.value}[/]", mark)


def show_mended(found: Findings, console: Console) -> None:
    """Print what was mended and what could not be, a line each."""
    for fault in found.mended:
        _print_fault(console, fault, "[green]mended[/]")
    for path, reason in found.unmended:
        line = f"{escape(printable(path))}: [bold red]not mended[/] {escape(reason)}"
        console.print(line, soft_wrap=True)


def show_summary(found: Findings, console: Console) -> None:
    """Print how many faults there are: of each rule where they are many, and in all."""
    if len(found.faults) > _MANY:
        console.print()
        for rule, number in Counter(fault.rule for fault in found.faults).most_common():
            console.print(f"{number:>7,} {rule.value:<15} {EXPLAINED[rule]}", soft_wrap=True)
    parts = [
        counted(found.articles, "article"),
        counted(found.drafts, "draft"),
        counted(found.count(Severity.ERROR), "error"),
        counted(found.count(Severity.WARNING), "warning"),
    ]
    fixes = f"; --fix mends {len(found.fixable):,}" if found.fixable else ""
    mended = f"; mended {len(found.mended):,}" if found.mended else ""
    console.print(f"{counted(found.files, 'file')}: {', '.join(parts)}{fixes}{mended}")


def printable(text: str) -> str:
    """Return the text with what would move the cursor or hide letters written out."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _print_fault(console: Console, fault: Fault, what: str, mark: str = "") -> None:
    place = f"{escape(printable(fault.path))}:{fault.line}"
    field = f"[bold]{escape(printable(fault.field))}[/] " if fault.field else ""
    said = f"{field}{escape(printable(fault.message))}{mark}"
    console.print(f"{place}: {what} [cyan]{fault.rule.value}[/] {said}", soft_wrap=True)


def show_pick(picked: Pick) -> None:
    """Print what an edition would hold, and what it would not."""
    for choice in picked.chosen:
        screen.print(f"+ {choice.article.title} ({choice.reason})", markup=False, soft_wrap=True)
    for item in picked.left_out:
        screen.print(f"- {item.article.title} ({item.reason})", markup=False, soft_wrap=True)
