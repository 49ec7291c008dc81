"""`gazette sandbox`: the story at once, and the page until it is interrupted."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import aiohttp

from tests.cli.program import MODULE, PATIENCE, article, environment, gazette, process

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = ["channel", "author", "content", "embeds", "reactions"]


def test_the_whole_story_is_told_in_json_and_nothing_else_is(place: Path) -> None:
    told = process(*MODULE, "sandbox", "--once", "--json")
    assert told.err == ""
    assert list(told.json) == ["steps", "ok"]
    assert told.json["ok"] is True
    assert told.code == 0
    steps = told.json["steps"]
    assert [list(step) for step in steps] == [["name", "ok", "messages"]] * len(steps)
    assert all(step["ok"] is True for step in steps)
    assert {tuple(message) for step in steps for message in step["messages"]} == {tuple(MESSAGE)}
    assert list(place.iterdir()) == []  # its ledger was thrown away


def test_the_story_is_told_to_people_too(place: Path) -> None:
    told = gazette("sandbox", "--once", "--state", place / "kept")
    assert told.code == 0
    assert all(line.startswith("ok   ") for line in told.out.splitlines())
    assert "ok   digest at its time" in told.out
    assert (place / "kept" / "gazette.sqlite3").stat().st_size > 0
    again = gazette("sandbox", "--once", "--state", place / "kept")
    assert again.code == 2
    assert "holds a ledger already; name an empty folder" in again.err


def test_a_story_that_cannot_be_told_fails_and_is_still_json(content: Path) -> None:
    for file in content.rglob("*.md"):
        file.unlink()
    article(content, "only a draft", published=False)
    told = gazette("sandbox", "--once", "--json", "--content", content)
    assert told.code == 1
    assert told.json["ok"] is False
    assert {"name": "digest at its time", "ok": False, "messages": []} in told.json["steps"]
    people = gazette("sandbox", "--once", "--content", content)
    assert people.code == 1
    assert "FAIL digest at its time" in people.out


def test_a_state_that_is_no_folder_is_told(place: Path) -> None:
    (place / "file").touch()
    for words in (["--once"], []):
        told = gazette("sandbox", "--state", place / "file", *words)
        assert told.code == 2
        assert told.err.startswith("--state: ")
        assert told.err.replace("\n", "").endswith("file is not a folder")


def test_a_ledger_that_cannot_be_used_is_told_in_a_line(place: Path) -> None:
    (place / "kept").mkdir()
    (place / "kept/gazette.sqlite3").write_bytes(b"no database at all" * 1000)
    told = gazette("sandbox", "--state", place / "kept", "--port", "0")
    assert (told.code, told.out) == (1, "")
    assert told.err.splitlines()[-1].startswith(
        f"the ledger {place}/kept/gazette.sqlite3 is damaged"
    )
    assert "Traceback" not in told.err


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = gazette("sandbox", "--port", str(taken.getsockname()[1]))
    assert told.code == 1
    assert "cannot be used" in told.err
    assert "or 0 for any" in told.err


async def test_the_page_is_served_until_it_is_interrupted() -> None:
    page = await asyncio.create_subprocess_exec(
        *MODULE,
        "sandbox",
        "--port",
        "0",
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert page.stdout is not None
    try:
        line = await asyncio.wait_for(page.stdout.readline(), PATIENCE)
        found = re.fullmatch(rb"The sandbox is open at (http://\S+) .*\n", line)
        assert found, line
        async with aiohttp.ClientSession() as session, session.get(found[1].decode()) as answer:
            assert answer.status == 200
            assert "Gazette" in await answer.text()
        page.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(page.communicate(), PATIENCE)
    finally:
        if page.returncode is None:
            page.kill()
            await page.communicate()
    assert page.returncode == 0
    assert err.decode() == "The sandbox is closed.\n"


def test_without_its_extra_it_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['simcord'] = None; from bot.cli import main; main()"
    told = process(sys.executable, "-c", hidden, "sandbox")
    assert (told.code, told.out) == (2, "")
    assert told.err == "The sandbox needs simcord: pip install 'gazette[sandbox]'\n"
