"""Searches on the command line: one, many, and those that found nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import BinaryIO

import typer
from rich.markup import escape
from rich.table import Table

from bot import errands
from bot.cli.opening import NO_LEDGER, ledger_at_hand
from bot.cli.options import WRONG_USE, fail, print_json, print_line, screen
from bot.cli.reports import printable
from bot.config import Settings
from bot.core.article import Headline, as_record
from bot.core.asking import narrowed
from bot.core.saved import Miss
from bot.services.find import Findings

_STANDARD = "-"


def answer(settings: Settings, query: str, *, topic: str | None, limit: int, as_json: bool) -> None:
    """Print what one search finds."""
    text = narrowed(query, topic=topic)
    findings = asyncio.run(errands.search_once(settings, text, limit=limit))
    if as_json:
        print_json(_record(query, findings))
    else:
        _show(findings)


def answer_each(settings: Settings, lines: Iterable[str], *, topic: str | None, limit: int) -> None:
    """Print a line of JSON for each line, as soon as it is read, until nobody reads on."""
    try:
        asyncio.run(_answer_each(settings, lines, topic=topic, limit=limit))
    except BrokenPipeError:
        # else the interpreter would complain when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def lines_of(name: str) -> Iterator[Iterable[str]]:
    """Open a file, or standard input for -, and give its lines one by one as they come.

    What is no UTF-8 is replaced. Exit 2 where there is no such file.
    """
    if name == _STANDARD:
        yield _decoded(typer.get_binary_stream("stdin"))
        return
    try:
        file = open(name, "rb")  # noqa: PTH123, SIM115 (closed below, and only opening may fail)
    except OSError as error:
        fail(f"--batch: {name} cannot be read: {error.strerror}", code=WRONG_USE)
    with closing(file):
        yield _decoded(file)


def show_misses(settings: Settings, *, limit: int, as_json: bool) -> None:
    """Print what found nothing in the servers of the bot, the most frequent first."""
    with ledger_at_hand():
        if errands.ledger_missing(settings):
            fail(NO_LEDGER)
        misses = asyncio.run(errands.missed_searches(settings, limit=limit))
    if as_json:
        print_json({"misses": [_missed(miss) for miss in misses]})
    else:
        _show_misses(misses)


async def _answer_each(
    settings: Settings, lines: Iterable[str], *, topic: str | None, limit: int
) -> None:
    asked: list[str] = []

    def texts() -> Iterator[str]:
        for line in lines:
            asked.append(line)
            yield narrowed(line, topic=topic)

    async for findings in errands.search_each(settings, texts(), limit=limit):
        print_line(_record(asked.pop(), findings))


def _decoded(stream: BinaryIO) -> Iterator[str]:
    # not by iterating: that would read ahead, and who waits for an answer writes no more
    while line := stream.readline():
        yield line.decode("utf-8-sig", errors="replace").rstrip("\r\n")


def _record(query: str, findings: Findings) -> dict[str, object]:
    return {
        "query": query,
        "total": findings.total,
        "results": [
            {**as_record(hit.article), "score": round(hit.score, 4)} for hit in findings.hits
        ],
        "meant": findings.meant,
        "filters": list(findings.filters),
        "hindered": list(findings.hindered),
        "nearest": [_named(headline) for headline in findings.nearest],
    }


def _named(headline: Headline) -> dict[str, object]:
    return {"id": headline.id, "title": headline.title, "url": headline.url}


def _missed(miss: Miss) -> dict[str, object]:
    return {"text": miss.text, "times": miss.times, "last_at": miss.last_at.isoformat()}


def _show(findings: Findings) -> None:
    if findings.meant is not None:
        _say(f"Did you mean: {findings.meant}")
    if not findings.total:
        _say("Nothing found.")
        if findings.hindered:
            _say(f"What keeps articles out: {', '.join(findings.hindered)}")
        for article in findings.nearest:
            _say(f"The nearest: {article.title}")
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for hit in findings.hits:
        date = f"{hit.article.published_at:%Y-%m-%d}" if hit.article.published_at else ""
        table.add_row(
            f"{hit.score:.2f}", date, escape(hit.article.source), escape(hit.article.title)
        )
    screen.print(table)
    screen.print(f"{len(findings.hits)} of {findings.total}")


def _show_misses(misses: Sequence[Miss]) -> None:
    for miss in misses:
        _say(f"{miss.times:>5,}  {miss.last_at:%Y-%m-%d}  {miss.text}")
    if not misses:
        _say("Every search found something.")


def _say(text: str) -> None:
    screen.print(printable(text), markup=False, soft_wrap=True)
