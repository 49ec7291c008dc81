"""`gazette check`: reads articles as the bot does, and tells or mends what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import assert_never

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot import errands
from bot.cli.findings import Findings, from_here, merged
from bot.cli.formats import as_github, as_record, as_sarif
from bot.cli.options import notes, print_json, print_plain, screen
from bot.cli.reports import show_findings, show_mended, show_summary
from bot.config import Settings
from bot.core.fault import Fault, Severity

_MANY = 100  # files that take long enough to be waited for
_INTERRUPTED = 130  # what shells say of a program that Ctrl-C ended


class Format(Enum):
    """How `gazette check` prints."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class Fix(Enum):
    """What becomes of faults that can be mended."""

    TELL = "tell"
    SHOW = "show"
    WRITE = "write"


def check_articles(
    settings: Settings, paths: Sequence[Path], form: Format, fix: Fix, *, strict: bool
) -> int:
    """Print what is wrong in these folders and files; return the code to exit with."""
    try:
        found = _look(settings, paths, fix)
        _tell(found, form, fix)
    except KeyboardInterrupt:
        notes.print("Stopped; every file is as it was, or mended whole.")
        return _INTERRUPTED
    failed = found.faults if strict else found.count(Severity.ERROR)
    return 1 if failed or found.unmended else 0


def _look(settings: Settings, paths: Sequence[Path], fix: Fix) -> Findings:
    files = errands.article_files(paths)
    more: list[Fault] = []  # what the bot does not mind
    fixable: list[Fault] = []
    mended: list[Fault] = []
    unmended: list[tuple[str, str]] = []
    with _progress("Looking closer", len(files)) as progress:
        for done, (file, name) in enumerate(files, start=1):
            plan = errands.plan_mending(settings, file, name=name)
            progress(done, len(files))
            if plan is None:
                continue
            more += plan.left
            reason = errands.mend_file(plan) if fix is Fix.WRITE and plan.mended else ""
            if reason is None:
                mended += plan.mended
                continue
            more += plan.mended
            fixable += plan.mended
            if reason:
                unmended.append((name, reason))
            if fix is Fix.SHOW:
                print_plain(errands.mending_shown(plan, path=from_here(file)))
    with _progress("Reading", len(files)) as progress:
        read = errands.read_articles(settings, paths, progress=progress)
    became, faults = merged(read.faults, more)
    return Findings(
        files=read.files,
        articles=len(read.published),
        drafts=len(read.drafts),
        faults=tuple(faults),
        fixable=frozenset(became[fault] for fault in fixable),
        places={name: file for file, name in files},
        mended=tuple(mended),
        unmended=tuple(unmended),
    )


def _tell(found: Findings, form: Format, fix: Fix) -> None:
    if fix is Fix.SHOW:  # the diff alone goes to standard output
        show_summary(found, notes)
        return
    if form is not Format.TEXT:
        show_mended(found, notes)
    match form:
        case Format.TEXT:
            show_mended(found, screen)
            show_findings(found, screen)
            show_summary(found, screen)
        case Format.JSON:
            print_json(as_record(found))
        case Format.GITHUB:
            print_plain("".join(f"{line}\n" for line in as_github(found)))
            show_summary(found, notes)
        case Format.SARIF:
            print_json(as_sarif(found))
        case _:
            assert_never(form)


@contextmanager
def _progress(title: str, files: int) -> Iterator[Callable[[int, int], None]]:
    """Show how far it is with many files, to people alone: on a terminal, until it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = files < _MANY or not notes.is_terminal
    with Progress(*columns, console=notes, transient=True, disable=hidden) as bar:
        task = bar.add_task(title, total=files)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show
