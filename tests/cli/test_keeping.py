"""`gazette db backup`, `restore` and `export`: what an operator does with the ledger."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.ledger.store import LedgerStore
from bot.config import Settings
from tests.adapters.ledger.making import add, planned, posted, release
from tests.cli.program import MODULE, gazette, process
from tests.core.samples import NOW

LEDGER = Path("state/gazette.sqlite3")
COPY = Path("copy.sqlite3")
ANOTHER = f"the ledger {LEDGER} is in use by another gazette (process {os.getpid()})"
POSTGRES = "postgresql+asyncpg://gazette:hush@db.example.org/gazette"


async def fill_ledger() -> None:
    """Make a ledger with an article that is posted and one that waits."""
    store = LedgerStore(Settings().database_url)
    await store.open(now=NOW)
    digest = await add(store, "Früh")
    await posted(store, digest, "a", message_id=501, now=NOW)
    await release(store, await planned(store, digest, "b", slot="b"), "b")
    await store.close()


@pytest.fixture
def ledger() -> Path:
    asyncio.run(fill_ledger())
    return LEDGER


def asked(file: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as raw:
        return raw.execute(question).fetchall()


@pytest.mark.parametrize("words", [["backup", "copy.sqlite3"], ["export"], ["restore", "--mark"]])
def test_without_a_ledger_there_is_nothing_to_copy(words: list[str]) -> None:
    told = gazette("db", *words)
    assert (told.code, told.out) == (1, "")
    assert told.err == "There is no ledger yet; gazette run or gazette db upgrade makes one.\n"
    assert not COPY.exists()
    assert not LEDGER.exists()


@pytest.mark.usefixtures("ledger")
def test_a_copy_is_made_and_never_over_a_file_unless_that_is_meant() -> None:
    told = gazette("db", "backup", COPY)
    assert (told.code, told.out, told.err) == (0, "The ledger is copied to copy.sqlite3.\n", "")
    assert stat.S_IMODE(COPY.stat().st_mode) == 0o600
    COPY.write_text("something else")
    told = gazette("db", "backup", COPY)
    assert (told.code, told.out) == (2, "")
    assert told.err == "there is a copy.sqlite3 already: name another file, or add --force\n"
    assert COPY.read_text() == "something else"
    assert gazette("db", "backup", "--force", COPY).code == 0
    assert asked(COPY, "SELECT name FROM digests") == [("Früh",)]


@pytest.mark.usefixtures("ledger")
def test_a_copy_that_cannot_be_made_is_told() -> None:
    told = gazette("db", "backup", "nowhere/copy.sqlite3")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("nowhere/copy.sqlite3 cannot be written: ")


def test_a_copy_is_put_back_and_what_was_there_is_kept(ledger: Path) -> None:
    gazette("db", "backup", COPY)
    with closing(sqlite3.connect(ledger)) as raw:
        raw.execute("UPDATE digests SET name = 'newer'")
        raw.commit()
    told = gazette("db", "restore", COPY)
    assert (told.code, told.err) == (0, "")
    first, second, third = told.out.splitlines()
    assert first == "copy.sqlite3 is the ledger now."
    assert second.startswith("What was the ledger is kept as state/gazette.sqlite3.before-2")
    aside = Path(second.removeprefix("What was the ledger is kept as ").removesuffix("."))
    assert asked(aside, "SELECT name FROM digests") == [("newer",)]
    assert third.startswith("It may know nothing since 2")
    assert third.endswith("it reads what stands in the channels and posts none of that again.")
    assert asked(ledger, "SELECT name FROM digests") == [("Früh",)]


@pytest.mark.parametrize("words", [[], ["copy.sqlite3", "--mark"]])
def test_what_is_to_be_put_back_must_be_said(words: list[str]) -> None:
    told = gazette("db", "restore", *words)
    assert (told.code, told.out) == (2, "")
    assert told.err == "give either the FILE to put back, or --mark\n"


def test_a_copy_that_is_not_there_is_told() -> None:
    told = gazette("db", "restore", COPY)
    assert (told.code, told.out, told.err) == (2, "", "there is no file copy.sqlite3\n")
    assert not LEDGER.parent.exists()


@pytest.mark.usefixtures("ledger")
def test_a_ledger_that_was_put_back_by_other_means_is_marked_and_says_so() -> None:
    told = gazette("db", "restore", "--mark")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(
        "The ledger is marked as put back.\nIt may know nothing since 2026-03-14 12:00 UTC. "
    )
    asyncio.run(start())
    lines = gazette("db", "check").out.splitlines()
    assert lines[1:] == [
        "It holds 1 digest, 2 editions and 2 articles in channels.",
        "Outbox: 1 message on the way, 0 in doubt, 0 held for a channel.",
        "It was put back from a backup, and the channels of 1 digest are to be read.",
    ]


async def start() -> None:
    """Open the ledger as a bot does, and close it."""
    store = LedgerStore(Settings().database_url)
    await store.open(now=NOW)
    await store.close()


def test_while_a_bot_runs_the_ledger_is_looked_at_and_copied_but_neither_changed_nor_replaced(
    ledger: Path,
) -> None:
    COPY.touch()
    store = LedgerStore(Settings().database_url)
    store.hold()
    for words in (["upgrade"], ["restore", str(COPY)], ["restore", "--mark"]):
        told = gazette("db", *words)
        assert (told.code, told.out) == (1, "")
        assert told.err.startswith(ANOTHER)
    assert gazette("db", "check").code == 0
    assert gazette("db", "backup", "--force", COPY).code == 0
    assert gazette("db", "export").code == 0
    assert gazette("search", "--misses").code == 0
    asyncio.run(store.close())
    assert gazette("db", "upgrade").code == 0
    assert asked(ledger, "SELECT name FROM digests") == [("Früh",)]


@pytest.mark.usefixtures("ledger")
def test_everything_is_exported_as_lines_of_json() -> None:
    told = gazette("db", "export")
    assert (told.code, told.err) == (0, "")
    head, *rows = [json.loads(line) for line in told.out.splitlines()]
    assert head == {"form": "0005"}
    assert [row["row"]["name"] for row in rows if row["table"] == "digests"] == ["Früh"]
    posts = [row["row"]["post"] for row in rows if row["table"] == "deliveries"]
    assert [card["title"] for post in posts for card in post["cards"]] == ["a", "b"]


@pytest.mark.usefixtures("ledger")
def test_the_export_goes_into_a_new_file_that_is_its_owners_alone() -> None:
    told = gazette("db", "export", "--output", "all.jsonl")
    assert (told.code, told.out, told.err) == (0, "", "")
    assert Path("all.jsonl").read_text() == gazette("db", "export").out
    assert stat.S_IMODE(Path("all.jsonl").stat().st_mode) == 0o600
    told = gazette("db", "export", "--output", "all.jsonl")
    assert (told.code, told.out) == (2, "")
    assert told.err == "all.jsonl is there already: name another file\n"


def test_the_export_of_a_damaged_ledger_is_told(ledger: Path) -> None:
    ledger.write_bytes(b"no database at all" * 1000)
    told = gazette("db", "export")
    assert (told.code, told.out) == (1, "")
    assert "gazette.sqlite3 is damaged: stop the bot" in told.err
    told = gazette("db", "export", "--output", "all.jsonl")
    assert (told.code, told.out) == (1, "")
    assert not Path("all.jsonl").exists()


@pytest.mark.usefixtures("ledger")
def test_an_export_that_finds_no_room_leaves_no_half_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("bot.cli.keeping.json.dumps", full)
    told = gazette("db", "export", "--output", "all.jsonl")
    assert (told.code, told.out) == (1, "")
    assert told.err == "all.jsonl cannot be written: No space left on device\n"
    assert not Path("all.jsonl").exists()


def test_the_ledger_is_never_replaced_by_its_own_backup(ledger: Path) -> None:
    before = ledger.read_bytes()
    told = gazette("db", "backup", ledger, "--force")
    assert (told.code, told.out) == (1, "")
    assert told.err == f"{ledger} is the ledger itself: name another file\n"
    assert ledger.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "tool"), [(["backup", "copy"], "pg_dump"), (["restore", "copy"], "pg_restore")]
)
def test_a_server_has_tools_of_its_own(
    monkeypatch: pytest.MonkeyPatch, words: list[str], tool: str
) -> None:
    monkeypatch.setattr("bot.config.checks.find_spec", lambda _: object())
    monkeypatch.setenv("GAZETTE_DATABASE__URL", POSTGRES)
    Path("copy").touch()
    told = gazette("db", *words, *(["--force"] if words[0] == "backup" else []))
    assert (told.code, told.out) == (1, "")
    assert told.err == f"the ledger is no file: {tool} of PostgreSQL does that\n"


@pytest.mark.usefixtures("ledger", "content")
def test_a_second_bot_on_a_ledger_is_refused() -> None:
    store = LedgerStore(Settings().database_url)
    store.hold()
    told = process(*MODULE, "db", "upgrade")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith(ANOTHER)
    assert told.err.endswith("and it is for one at a time: stop that first\n")
    asyncio.run(store.close())
