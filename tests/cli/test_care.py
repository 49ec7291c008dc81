"""`gazette config check`, `db` and `doctor`: what an operator looks after."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.program import APPLICATION, MODULE, TOKEN, gazette, process

LEDGER = Path("state/gazette.sqlite3")
INVITE = "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&"


def execute(*statements: str) -> None:
    with closing(sqlite3.connect(LEDGER)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_fine_configuration_is_said_to_be() -> None:
    told = gazette("config", "check")
    assert (told.code, told.out, told.err) == (0, "The configuration is fine.\n", "")


def test_every_fault_of_the_configuration_is_a_line_and_exits_2(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "my.toml").write_text(f'[discord]\ntoken = "{TOKEN}"\n[digest]\nlimit = 0\nlmit = 1\n')
    monkeypatch.setenv("GAZETTE_LOG__FORMAT", "xml")
    told = gazette("config", "check", "--config", "my.toml")
    assert told.code == 2
    assert told.out == ""
    keys = [line.partition(": ")[0] for line in told.err.splitlines()]
    assert sorted(keys) == ["digest.limit", "digest.lmit", "discord.token", "log.format"]
    assert TOKEN not in told.err


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["check"],
        ["search", "x"],
        ["digest", "preview", "--topic", "all"],
        ["db", "upgrade"],
        ["db", "check"],
        ["db", "backup", "copy"],
        ["db", "restore", "copy"],
        ["db", "export"],
        ["doctor"],
        ["doctor", "--live"],
        ["sandbox", "--once"],
    ],
)
def test_no_command_works_on_a_wrong_configuration(place: Path, words: list[str]) -> None:
    (place / "my.toml").write_text("[digest]\nlimit = 0\n")
    told = gazette(*words, "--config", "my.toml", "--content", place)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("digest.limit: ")
    assert list(place.iterdir()) == [place / "my.toml"]


def test_a_ledger_that_is_not_there_is_told_and_none_is_made() -> None:
    told = gazette("db", "check")
    assert (told.code, told.out) == (1, "")
    assert told.err == "There is no ledger yet; gazette run or gazette db upgrade makes one.\n"
    assert not LEDGER.exists()


def test_upgrade_makes_a_ledger_for_its_owner_alone_and_may_be_repeated() -> None:
    for _ in range(2):
        told = gazette("db", "upgrade")
        assert (told.code, told.out, told.err) == (0, "The ledger is up to date.\n", "")
        told = gazette("db", "check")
        assert (told.code, told.err) == (0, "")
        assert told.out.splitlines() == [
            "The ledger is sound. Its form is 0005.",
            "It holds 0 digests, 0 editions and 0 articles in channels.",
            "Outbox: 0 messages on the way, 0 in doubt, 0 held for a channel.",
        ]
    assert LEDGER.stat().st_mode & 0o777 == 0o600
    assert LEDGER.parent.stat().st_mode & 0o777 == 0o700


def test_a_ledger_without_its_tables_is_told_and_upgraded() -> None:
    LEDGER.parent.mkdir()
    LEDGER.touch()
    told = gazette("db", "check")
    assert told.code == 1
    assert "gazette db upgrade" in told.err
    assert gazette("db", "upgrade").code == 0
    assert gazette("db", "check").code == 0


def test_a_ledger_of_a_newer_program_is_left_alone() -> None:
    gazette("db", "upgrade")
    execute("UPDATE alembic_version SET version_num = '9999'")
    told = gazette("db", "check")
    assert told.code == 1
    assert "its form is 9999" in told.err
    told = process(*MODULE, "db", "upgrade")
    assert told.code == 1
    assert told.err.startswith(f"the ledger {LEDGER} was written by a newer version: ")
    assert "9999" in told.err


def test_a_row_that_points_nowhere_is_told() -> None:
    gazette("db", "upgrade")
    execute(
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO placements VALUES (7, 'x', 7, 7, 'title', '2026-01-01 00:00:00', 'article')",
    )
    told = gazette("db", "check")
    assert told.code == 1
    assert "a row of placements points to a row of deliveries that does not exist" in told.err


@pytest.mark.parametrize("words", [["db", "check"], ["db", "upgrade"], ["doctor"]])
def test_a_file_that_is_no_ledger_is_told_plainly(content: Path, words: list[str]) -> None:
    assert content.is_dir()
    LEDGER.parent.mkdir()
    LEDGER.write_text("no database at all, but long enough to be taken for one " * 40)
    told = gazette(*words)
    assert told.code == 1
    assert f"the ledger {LEDGER} is damaged: stop the bot" in told.out + told.err
    assert "file is not a database" in told.out + told.err
    assert "Traceback" not in told.err


def test_a_damaged_ledger_is_told() -> None:
    gazette("db", "upgrade")
    with closing(sqlite3.connect(LEDGER)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    raw = bytearray(LEDGER.read_bytes())
    raw[size * 4 : size * 8] = b"\x55" * size * 4
    LEDGER.write_bytes(raw)
    told = gazette("db", "check")
    assert told.code == 1
    assert told.out == ""
    assert told.err


def test_a_state_folder_that_cannot_be_made_is_told_plainly(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "file").touch()
    monkeypatch.setenv("GAZETTE_STATE__DIR", "file/state")
    told = gazette("db", "upgrade")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("the ledger file/state/gazette.sqlite3 cannot be opened: its folder")


@pytest.mark.usefixtures("content")
def test_the_doctor_finds_everything_and_prints_the_invitation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    told = gazette("doctor", "--offline")
    assert told.code == 0
    assert told.err == ""
    lines = told.out.splitlines()
    assert lines[:3] == [
        "ok   content: 3 articles, 1 draft in content",
        "ok   ledger: none yet; gazette run makes one",
        "ok   token: there is one",
    ]
    assert lines[3].startswith("note SQLite ")
    assert lines[4] == "Invite the bot with:"
    assert lines[5].startswith(INVITE.format(APPLICATION))
    assert TOKEN not in told.out
    gazette("db", "upgrade")
    assert "ok   ledger: sound\n" in gazette("doctor", "--offline").out


@pytest.mark.parametrize(
    ("version", "warned"),
    [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 53, 0), False)],
)
@pytest.mark.usefixtures("content")
def test_the_doctor_tells_who_may_write_a_ledger_with_this_sqlite(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], *, warned: bool
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version", ".".join(map(str, version)))
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    told = gazette("doctor")
    assert f"note SQLite {'.'.join(map(str, version))}" in told.out
    assert ("before 3.51.3 a ledger can be damaged where two connections" in told.out) is warned


@pytest.mark.usefixtures("content")
def test_the_doctor_tells_what_others_may_look_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    gazette("db", "upgrade")
    assert "others than its owner" not in gazette("doctor", "--offline").out
    LEDGER.chmod(0o640)
    LEDGER.parent.chmod(0o755)
    told = gazette("doctor", "--offline")
    assert told.code == 0
    assert "note others than its owner may look into state: chmod 700 state\n" in told.out
    assert f"note others than its owner may look into {LEDGER}: chmod 600 {LEDGER}\n" in told.out


def test_the_doctor_counts_broken_files(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    (content / "broken.md").touch()
    told = gazette("doctor", "--offline")
    assert told.code == 0
    assert "content: 3 articles, 1 draft in content, 1 error (gazette check)" in told.out


@pytest.mark.usefixtures("content")
def test_the_doctor_misses_a_token() -> None:
    told = gazette("doctor")
    assert told.code == 1
    assert "FAIL token: set GAZETTE_DISCORD__TOKEN, or GAZETTE_DISCORD__TOKEN_FILE" in told.out
    assert INVITE.format("YOUR_APPLICATION_ID") in told.out


@pytest.mark.parametrize(
    "token", ["hush", "aHVzaA.hush.hush", "Z-_.x.x", "ü.x.x", "!.x", "Bot hush"]
)
@pytest.mark.usefixtures("content")
def test_the_doctor_knows_what_is_no_token_of_a_bot(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", token)
    told = gazette("doctor")
    assert told.code == 1
    assert "FAIL token: it is not a bot's" in told.out
    assert "hush" not in told.out + told.err
    assert INVITE.format("YOUR_APPLICATION_ID") in told.out


def test_the_doctor_misses_articles(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    told = gazette("doctor", "--offline")
    assert told.code == 1
    assert "FAIL content: there is no folder content" in told.out
    (place / "content").mkdir()
    told = gazette("doctor", "--offline")
    assert told.code == 1
    assert "FAIL content: 0 articles, 0 drafts in content" in told.out


def test_without_a_sign_of_life_the_bot_is_not_alive() -> None:
    told = gazette("doctor", "--live")
    assert (told.code, told.out) == (1, "")
    assert told.err == "no sign of life: there is no state/alive\n"


@pytest.mark.parametrize(("age", "code"), [(0, 0), (170, 0), (190, 1), (86_400, 1)])
def test_a_sign_of_life_counts_for_three_minutes(place: Path, age: float, code: int) -> None:
    sign = place / "state" / "alive"
    sign.parent.mkdir()
    sign.touch()
    then = time.time() - age  # noqa: TID251 (a file's age is in real time)
    os.utime(sign, (then, then))
    told = gazette("doctor", "--live")
    assert told.code == code
    if code:
        assert told.err.startswith("the last sign of life is ")
    else:
        assert told.out == "alive\n"


def test_a_sign_of_life_that_cannot_be_looked_at_counts_as_none(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "file").touch()
    monkeypatch.setenv("GAZETTE_STATE__DIR", "file")
    told = gazette("doctor", "--live")
    assert told.code == 1
    assert "cannot be looked at: Not a directory" in told.err
