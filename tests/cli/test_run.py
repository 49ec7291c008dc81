"""`gazette run` as a real process, and the real program's exit codes and streams."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.ledger.store import LedgerStore
from bot.cli.running import set_up_logs
from bot.config import LogSettings
from bot.core.days import EVERY_DAY
from bot.core.digest import DigestDraft
from bot.core.rules import Rule, parse_times
from tests.cli.program import (
    GAZETTE,
    MODULE,
    PATIENCE,
    TOKEN,
    article,
    gazette,
    process,
    running,
)
from tests.faults.loopback import Fault, Loopback
from tests.faults.world import GUILD_ID, MODERATOR_ID, NEWS_ID

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def state(place: Path) -> Path:
    folder = place / "state"
    folder.mkdir()
    return folder


@pytest.fixture
async def due(state: Path) -> None:
    """Make a ledger in which an edition waits since yesterday."""
    ledger = LedgerStore(f"sqlite+aiosqlite:///{state}/gazette.sqlite3")
    then = datetime(2026, 1, 1, tzinfo=UTC)
    await ledger.open(now=then)
    draft = DigestDraft(
        guild_id=GUILD_ID,
        channel_id=NEWS_ID,
        name="Morning",
        topics=(),
        rule=Rule(times=parse_times("09:00"), days=EVERY_DAY, zone="UTC"),
        limit=2,
        created_by=MODERATOR_ID,
    )
    assert await ledger.add_digest(draft, now=then + timedelta(hours=1))
    await ledger.close()


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.usefixtures("content")
def test_without_a_token_it_exits_2_and_says_where_to_put_one() -> None:
    told = gazette("run")
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        "discord.token: set GAZETTE_DISCORD__TOKEN, or GAZETTE_DISCORD__TOKEN_FILE\n"
    )


def test_without_content_it_exits_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    told = gazette("run")
    assert (told.code, told.out) == (2, "")
    assert told.err == "content.path: there is no folder content\n"


@pytest.mark.usefixtures("content")
async def test_where_nobody_answers_it_exits_1_and_says_so() -> None:
    async with running(f"http://127.0.0.1:{closed_port()}/api/v10") as bot:
        assert await bot.end() == 1
    assert bot.out == ""
    last = bot.err.splitlines()[-1]
    assert last.startswith("http://127.0.0.1:")
    assert "cannot be reached: " in last
    assert "Traceback" not in bot.err
    assert TOKEN not in bot.err


@pytest.mark.usefixtures("content")
async def test_a_token_that_is_refused_exits_2_and_is_not_repeated() -> None:
    async with Loopback() as discord, running(discord.api_base) as bot:
        discord.fail("GET", "/users/@me", Fault.UNAUTHORIZED)
        assert await bot.end() == 2
    assert bot.err.splitlines()[-1] == (
        "Discord refuses the token: check GAZETTE_DISCORD__TOKEN or its file"
    )
    assert "Traceback" not in bot.err
    assert TOKEN not in bot.err


@pytest.mark.usefixtures("content")
async def test_a_server_that_is_no_discord_exits_1_and_says_so() -> None:
    async with Loopback(checked=False) as discord, running(f"{discord.api_base}/elsewhere") as bot:
        assert await bot.end() == 1
    assert "answers 404 where it should let a bot in" in bot.err.splitlines()[-1]
    assert "Traceback" not in bot.err


@pytest.mark.usefixtures("content")
async def test_a_ledger_that_cannot_be_opened_exits_1_and_says_so(state: Path) -> None:
    (state / "gazette.sqlite3").write_text("no database, but long enough to be one " * 40)
    async with Loopback() as discord, running(discord.api_base) as bot:
        assert await bot.end() == 1
    last = bot.err.splitlines()[-1]
    assert "gazette.sqlite3 is damaged: stop the bot and put the newest backup back" in last
    assert "Traceback" not in bot.err


@pytest.mark.usefixtures("content")
async def test_a_connected_bot_stops_on_an_interrupt_with_exit_code_0() -> None:
    async with Loopback() as discord, running(discord.api_base) as bot:
        await bot.until_said("ready: user=gazette")
        assert await bot.stop(signal.SIGINT) == 0
    assert bot.out == ""
    assert "Traceback" not in bot.err
    assert TOKEN not in bot.err


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
async def test_sighup_looks_at_the_content_and_says_what_it_found(content: Path) -> None:
    async with (
        Loopback() as discord,
        running(discord.api_base, GAZETTE_CONTENT__WATCH="false") as bot,
    ):
        await bot.until_said("ready: user=gazette")
        article(content, "Herons arrive")
        bot.process.send_signal(signal.SIGHUP)
        await bot.until_said("looked at the content: added=1 changed=0 withdrawn=0 faults=0")
        assert await bot.stop(signal.SIGTERM) == 0
    assert "Traceback" not in bot.err


@pytest.mark.usefixtures("content")
async def test_a_bot_stops_while_discord_lets_it_wait() -> None:
    async with Loopback() as discord:
        discord.fail("GET", "/users/@me", Fault.HANG)
        async with running(discord.api_base) as bot:
            await bot.until_said("logging in")
            async with asyncio.timeout(PATIENCE):
                while not discord.requests:  # noqa: ASYNC110 (the server tells of answers alone)
                    await asyncio.sleep(0.02)
            assert await bot.stop(signal.SIGTERM) == 0
    assert "Traceback" not in bot.err


async def test_a_connected_bot_stops_on_sigterm_and_its_json_logs_are_an_object_a_line(
    content: Path,
) -> None:
    (content / "broken\nname.md").write_text("nothing")
    async with (
        Loopback() as discord,
        running(discord.api_base, GAZETTE_LOG__FORMAT="json", GAZETTE_LOG__LEVEL="debug") as bot,
    ):
        await bot.until_said("ready: user=gazette")
        assert await bot.stop(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in bot.err.splitlines()]
    assert {frozenset(line) for line in lines} == {frozenset({"at", "level", "logger", "message"})}
    assert any("broken\nname.md:1" in line["message"] for line in lines)
    assert any(line["level"] == "debug" for line in lines)
    assert datetime.fromisoformat(lines[0]["at"]).tzinfo is not None
    assert TOKEN not in bot.err


@pytest.mark.usefixtures("content", "due")
async def test_it_posts_what_is_due_and_stops_with_code_2_where_the_token_is_taken_back() -> None:
    async with Loopback() as discord:
        discord.fail("POST", rf"/channels/{NEWS_ID}/messages", Fault.UNAUTHORIZED)
        async with running(discord.api_base) as bot:
            assert await bot.end() == 2
        assert not discord.world.messages
        assert "Discord takes the token no more" in bot.err.splitlines()[-1]
        assert "Traceback" not in bot.err


@pytest.mark.usefixtures("content", "due")
async def test_it_posts_what_is_due_once_and_not_again_after_a_restart() -> None:
    async with Loopback() as discord:
        for _ in range(2):
            async with running(discord.api_base) as bot:
                await bot.until_said("ready: user=gazette")
                if not discord.world.messages:
                    await asyncio.wait_for(
                        discord.answered("POST", rf"/channels/{NEWS_ID}/messages"), PATIENCE
                    )
                assert await bot.stop(signal.SIGTERM) == 0
        posted = [
            embed for message in discord.world.messages[NEWS_ID] for embed in message["embeds"]
        ]
    assert len(posted) == 2
    assert posted[0]["title"] == "Lighthouse keepers trade notes"


@pytest.mark.usefixtures("content", "due")
@pytest.mark.parametrize("accepted", [True, False])
async def test_it_stops_in_time_while_a_request_hangs_and_posts_once_after_the_next_start(
    *,
    accepted: bool,
) -> None:
    posting = rf"/channels/{NEWS_ID}/messages"
    async with Loopback() as discord:
        discord.fail("POST", posting, Fault.HANG, accepted=accepted)
        async with running(discord.api_base) as bot:
            async with asyncio.timeout(PATIENCE):
                while not any(each.method == "POST" for each in discord.requests):  # noqa: ASYNC110 (the server tells of answers alone)
                    await asyncio.sleep(0.02)
            assert await bot.stop(signal.SIGTERM) == 0
        assert "Traceback" not in bot.err
        assert len(discord.world.messages.get(NEWS_ID, [])) == accepted
        async with running(discord.api_base) as bot:
            await bot.until_said("delivery sent: key=edition:")
            assert await bot.stop(signal.SIGTERM) == 0
        assert "Traceback" not in bot.err
        (message,) = discord.world.messages[NEWS_ID]
    assert len(message["embeds"]) == 2


def test_a_secret_is_kept_out_of_messages_and_tracebacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for form in ("text", "json"):
        set_up_logs(LogSettings.model_validate({"format": form}), secret=TOKEN)
        log = logging.getLogger("bot.somewhere")
        log.info("sent with %s", TOKEN)
        try:
            int(f"Authorization: Bot {TOKEN}")
        except ValueError:
            log.exception("refused")
    shown = capsys.readouterr().err
    assert TOKEN not in shown
    assert shown.count("[redacted]") >= 4
    assert json.loads(shown.splitlines()[-1])["exception"].endswith("Bot [redacted]'")


def test_what_others_say_is_kept_short(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogSettings(level="debug"))
    logging.getLogger("discord.http").debug("a payload")
    logging.getLogger("apscheduler.scheduler").info("a job")
    logging.getLogger("bot.app").debug("our own")
    assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()] == ["own"]


def test_the_module_is_the_program_and_prints_json_alone(content: Path) -> None:
    (content / "broken.md").write_text("nothing")
    told = process(*MODULE, "check", "--format", "json")
    assert told.code == 1
    assert told.err == ""
    assert told.json["files"] == 5
    told = process(*MODULE, "search", "lighthouse", "--json", PYTHONIOENCODING="ascii")
    assert told.code == 0
    assert told.json["results"][0]["excerpt"].endswith("🦀.")
    assert "broken.md:1" in told.err  # a log line


def test_the_console_script_is_the_program() -> None:
    told = process(GAZETTE, "--version")
    assert told.code == 0
    assert told.out.startswith("gazette ")
    assert told.err == ""


def test_a_poor_terminal_is_written_to_all_the_same(content: Path) -> None:
    (content / "“broken”.md").write_text("nothing")
    told = process(*MODULE, "check", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert told.code == 1
    assert told.out.startswith("\\u201cbroken\\u201d.md:1: error fence has no front matter")


def test_without_words_it_prints_its_help() -> None:
    told = process(sys.executable, "-m", "bot")
    assert told.code == 2
    for command in ("run", "sandbox", "check", "search", "digest", "config", "db", "doctor"):
        assert command in told.out + told.err
