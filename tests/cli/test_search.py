"""`gazette search`: one query, many of them, and those that found nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.ledger.store import LedgerStore
from bot.config import Settings
from tests.cli.program import MODULE, environment, gazette, process
from tests.cli.test_articles import ARTICLE_KEYS, LIGHTHOUSE, without

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = ["query", "total", "results", "meant", "filters", "hindered", "nearest"]
BATCH = ("search", "--batch", "-", "--json")
LAST = datetime(2026, 3, 14, 12, tzinfo=UTC)


def titles(*words: str | Path) -> list[str]:
    return [each["title"] for each in gazette("search", *words, "--json").json["results"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["search"], "QUERY"),
        (["search", "x", "--misses"], "QUERY"),
        (["search", "x", "--batch", "-", "--json"], "QUERY"),
        (["search", "--misses", "--batch", "-"], "--misses"),
        (["search", "--batch", "-"], "add --json"),
        (["search", "--batch", "nowhere", "--json"], "--batch: nowhere cannot be read: No such"),
        (["search", "--batch", ".", "--json"], "--batch: . cannot be read: Is a directory"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["search", "x", "--limit", "many"], "--limit"),
    ],
)
@pytest.mark.usefixtures("content")
def test_wrong_use_is_told_and_exits_2(words: list[str], said: str) -> None:
    told = gazette(*words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


# one query


@pytest.mark.usefixtures("content")
def test_search_prints_what_it_found_in_the_agreed_shape() -> None:
    told = gazette("search", "lighthose keepers", "--json")
    assert told.code == 0
    assert told.err == ""
    assert list(told.json) == KEYS
    assert told.json["query"] == "lighthose keepers"
    best = told.json["results"][0]
    assert list(best) == [*ARTICLE_KEYS, "score"]
    assert 0 < best["score"] <= 1
    assert len(best["id"]) == 10
    assert without(best, "id", "score") == LIGHTHOUSE
    assert "hush" not in told.out
    assert "🦀" in told.out


@pytest.mark.usefixtures("content")
def test_search_finds_no_draft_and_says_what_is_nearest() -> None:
    assert titles("nobody may see this draft") == []
    told = gazette("search", "zzzzzzzz")
    assert told.code == 0
    assert "Nothing found.\n" in told.out
    found = gazette("search", "zzzzzzzz", "--json").json
    assert without(found, "nearest", "meant") == {
        "query": "zzzzzzzz",
        "total": 0,
        "results": [],
        "filters": [],
        "hindered": [],
    }
    for near in found["nearest"]:
        assert list(near) == ["id", "title", "url"]


@pytest.mark.usefixtures("content")
def test_search_can_be_narrowed_and_cut() -> None:
    found = gazette("search", "", "--json").json
    assert (found["total"], len(found["results"])) == (3, 3)
    found = gazette("search", "", "--limit", "2", "--json").json
    assert (found["total"], len(found["results"])) == (3, 2)
    assert titles("", "--topic", "climate") == ["Glaciers melt faster"]
    found = gazette("search", "", "--topic", "Gardening", "--json").json
    assert (found["total"], found["hindered"]) == (0, ["topic Gardening"])


@pytest.mark.usefixtures("content")
def test_search_understands_operators() -> None:
    assert titles("topic:climat") == ["Glaciers melt faster"]
    assert titles("site:harbour.example") == ["Lighthouse keepers trade notes"]
    assert len(titles("after:2026")) == 3
    assert titles("before:2026") == []
    found = gazette("search", "topic:climat before:2026", "--json").json
    assert found["filters"] == ["topic Climate", "before 1 Jan 2026"]
    assert found["hindered"] == ["before 1 Jan 2026"]
    told = gazette("search", "glaciers before:2026")
    assert told.out.startswith("Nothing found.\nWhat keeps articles out: before 1 Jan 2026\n")


@pytest.mark.usefixtures("content")
def test_nothing_is_posted_where_there_is_no_server() -> None:
    found = gazette("search", "is:posted", "--json").json
    assert (found["total"], found["hindered"]) == (0, ["posted here"])


@pytest.mark.usefixtures("content")
def test_search_says_the_same_to_people() -> None:
    told = gazette("search", "lighthouse")
    assert told.code == 0
    assert "Harbour Review" in told.out
    assert "Lighthouse keepers trade notes" in told.out
    assert told.out.splitlines()[-1] == "1 of 1"


# many queries


def answers(out: str) -> list[tuple[str, int]]:
    found = [json.loads(line) for line in out.splitlines()]
    assert all(list(each) == KEYS for each in found)
    return [(each["query"], len(each["results"])) for each in found]


def test_each_line_of_a_file_is_answered_by_a_line(content: Path, place: Path) -> None:
    file = place / "queries"
    file.write_bytes("\ufefflighthouse\r\n\ntopic:climate\n🦀 caf\xe9".encode() + b"\xff\n\xff")
    told = gazette("search", "--batch", file, "--json", "--content", content)
    assert (told.code, told.err) == (0, "")
    found = answers(told.out)
    assert found[:3] == [("lighthouse", 1), ("", 3), ("topic:climate", 1)]
    assert [query for query, _ in found[3:]] == ["🦀 café\ufffd", "\ufffd"]


@pytest.mark.usefixtures("content")
def test_every_line_is_narrowed_and_cut_alike(place: Path) -> None:
    (place / "queries").write_text('"open\n\n')
    told = gazette("search", "--batch", "queries", "--json", "--topic", "AI", "--limit", "1")
    assert answers(told.out)[1] == ("", 1)
    assert all(json.loads(line)["filters"] == ["topic AI"] for line in told.out.splitlines())


@pytest.mark.usefixtures("content")
def test_no_line_is_no_answer(place: Path) -> None:
    (place / "queries").write_bytes(b"")
    told = gazette("search", "--batch", "queries", "--json")
    assert (told.code, told.out) == (0, "")


@contextmanager
def running() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 (our own program)
        [*MODULE, *BATCH],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        yield program


@pytest.mark.usefixtures("content")
def test_an_answer_comes_before_the_next_query_is_asked() -> None:
    with running() as program:
        assert program.stdin
        assert program.stdout
        for query in ("lighthouse", "glaciers"):
            program.stdin.write(f"{query}\n".encode())
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["query"] == query
        program.stdin.close()
        assert program.wait(60) == 0


@pytest.mark.usefixtures("content")
def test_who_reads_no_further_hears_no_complaint() -> None:
    with running() as program:
        assert program.stdin
        assert program.stdout
        assert program.stderr
        program.stdin.write(b"lighthouse\n")
        program.stdin.flush()
        program.stdout.readline()
        program.stdout.close()
        program.stdin.write(b"glaciers\n" * 3)
        program.stdin.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 0


# what found nothing


async def write_misses(*texts: str) -> None:
    ledger = LedgerStore(Settings().database_url)
    await ledger.open(now=LAST)
    for text in texts:
        await ledger.count_miss(text, now=LAST)
    await ledger.close()


def test_misses_need_a_ledger() -> None:
    told = gazette("search", "--misses")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("There is no ledger yet; ")
    assert not Path("state").exists()


def test_misses_are_listed_the_most_frequent_first() -> None:
    asyncio.run(write_misses("zebras", "moon \x1b[31mbase", "zebras"))
    told = gazette("search", "--misses")
    assert told.code == 0
    assert told.out.splitlines() == [
        "    2  2026-03-14  zebras",
        r"    1  2026-03-14  moon \x1b[31mbase",
    ]
    told = gazette("search", "--misses", "--limit", "1", "--json")
    assert told.json == {
        "misses": [{"text": "zebras", "times": 2, "last_at": "2026-03-14T12:00:00+00:00"}]
    }


def test_no_misses_are_said_to_be_none() -> None:
    asyncio.run(write_misses())
    assert gazette("search", "--misses").out == "Every search found something.\n"
    assert gazette("search", "--misses", "--json").json == {"misses": []}


def test_a_broken_ledger_is_told() -> None:
    Path("state").mkdir()
    Path("state/gazette.sqlite3").write_text("no database " * 100)
    told = process(*MODULE, "search", "--misses")
    assert (told.code, told.out) == (1, "")
    assert f"{Path('state/gazette.sqlite3').absolute()} is damaged: stop the bot" in told.err
