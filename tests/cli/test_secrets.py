"""The token is nowhere but where it was put, whatever is logged, asked or goes wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

import pytest

from bot.cli.running import set_up_logs
from bot.config import LogSettings, load_settings
from tests.cli.program import TOKEN, gazette, running
from tests.faults.loopback import Fault, Loopback
from tests.hostile import ALL_TEXTS

LEVELS = ("debug", "info", "warning", "error")
FORMS = ("text", "json")


@pytest.fixture
def token_file(place: Path) -> Path:
    file = place / "token"
    file.write_text(f"{TOKEN}\n")
    return file


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_no_level_and_no_form_of_logs_tells_the_token(
    level: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = LogSettings.model_validate({"level": level, "format": form})
    set_up_logs(settings, secret=TOKEN)
    for name in ("bot.app", "discord.http", "discord.gateway", "aiohttp", "asyncio"):
        log = logging.getLogger(name)
        for number in range(logging.DEBUG, logging.CRITICAL + 1, 10):
            log.log(number, "Authorization: Bot %s", TOKEN)
            log.log(number, {"token": TOKEN}, stack_info=True)
        try:
            int(TOKEN)
        except ValueError as error:
            error.add_note(f"with {TOKEN}")
            log.exception("refused")
    assert TOKEN not in (shown := capsys.readouterr().err)
    assert "[redacted]" in shown


@pytest.mark.parametrize("level", LEVELS)
def test_discords_payloads_are_logged_at_no_level(
    level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(LogSettings.model_validate({"level": level}))
    for name in ("discord.http", "discord.gateway", "discord.client", "discord.webhook.async_"):
        logging.getLogger(name).debug("a payload")
    assert "a payload" not in capsys.readouterr().err


def test_no_text_begins_a_line_of_the_log_or_moves_the_cursor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for text in (text for text in ALL_TEXTS if not text.isprintable()):
        for form in FORMS:
            set_up_logs(LogSettings.model_validate({"format": form}))
            logging.getLogger("bot").warning("%s: not read", text)
            error = ValueError(text)
            logging.getLogger("bot").error("of %s", text, exc_info=error)
            lines = capsys.readouterr().err.split("\n")[:-1]
            if form == "json":
                assert [json.loads(line)["level"] for line in lines] == ["warning", "error"]
            else:
                began = [line for line in lines if not line.startswith("    ")]
                assert [line.split()[2] for line in began] == ["WARNING", "ERROR"]
                assert all(line.isprintable() for line in lines)


def test_settings_are_shown_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    settings = load_settings()
    assert settings.discord.token.get_secret_value() == TOKEN
    shown = (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json())
    assert TOKEN not in "".join(shown)


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    "words",
    [
        ("config", "show"),
        ("config", "check"),
        ("doctor",),
        ("check",),
        ("digest", "preview"),
        ("db", "check"),
        ("db", "export"),
        ("run", "--token", "x"),
        ("run", "--help"),
        ("nonsense",),
    ],
)
def test_no_command_tells_the_token(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", TOKEN)
    monkeypatch.setenv("GAZETTE_DISCORD__API_BASE", "http://127.0.0.1:9/api")
    told = gazette(*words)
    assert TOKEN not in told.out + told.err


def test_no_command_takes_the_token_for_an_option() -> None:
    for words in (("run",), ("doctor",), ("config", "show"), ("sandbox",), ("db", "export")):
        assert "token" not in gazette(*words, "--help").out.casefold(), words


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    "wrong", ["GAZETTE_DISCORD__REQUESTS_PER_SECOND", "GAZETTE_DISCORD__COMMAND_SYNC"]
)
def test_a_token_put_in_the_wrong_place_is_not_repeated(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(wrong, TOKEN)
    told = gazette("run")
    assert told.code == 2
    assert TOKEN not in told.out + told.err


@pytest.mark.usefixtures("content")
def test_a_token_given_for_the_name_of_its_file_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN_FILE", TOKEN)
    told = gazette("run")
    assert told.code == 2
    assert TOKEN not in told.out + told.err


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    ("fault", "form"),
    [(Fault.UNAUTHORIZED, "json"), (Fault.ERROR, "text"), (Fault.GARBLED, "json")],
)
async def test_a_wrong_answer_tells_the_token_to_no_log(
    fault: Fault, form: str, token_file: Path
) -> None:
    said = {"GAZETTE_LOG__LEVEL": "debug", "GAZETTE_LOG__FORMAT": form, "PYTHONASYNCIODEBUG": "1"}
    said |= {"GAZETTE_DISCORD__TOKEN": "", "GAZETTE_DISCORD__TOKEN_FILE": str(token_file)}
    async with Loopback(checked=False) as server:
        server.fail("GET", "/users/@me", fault)
        async with running(server.api_base, **said) as bot:
            if fault is Fault.ERROR:  # which is asked again
                await bot.until_said("ready: user=gazette")
                assert await bot.stop(signal.SIGTERM) == 0
            else:
                assert await bot.end() in {1, 2}
    assert TOKEN not in bot.out + bot.err
    assert not server.unmet


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("odd", ["\n", "ü", "\ud83e", "\x00"])
async def test_a_token_that_no_header_takes_is_not_repeated(odd: str, token_file: Path) -> None:
    text = f"{TOKEN}{odd}{TOKEN}".encode(errors="surrogatepass")
    await asyncio.to_thread(token_file.write_bytes, text)
    said = {"GAZETTE_DISCORD__TOKEN": "", "GAZETTE_DISCORD__TOKEN_FILE": str(token_file)}
    async with Loopback(checked=False) as server:
        server.fail("GET", "/users/@me", Fault.UNAUTHORIZED)
        async with running(server.api_base, **said) as bot:
            assert await bot.end() in {1, 2}
    assert TOKEN not in bot.out + bot.err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
@pytest.mark.usefixtures("content")
async def test_a_bot_that_runs_shows_its_token_to_nobody() -> None:
    async with Loopback() as server:
        async with running(server.api_base, GAZETTE_LOG__LEVEL="debug") as bot:
            await bot.until_said("ready: user=gazette")
            asked = await asyncio.to_thread(Path(f"/proc/{bot.process.pid}/cmdline").read_text)
            assert await bot.stop(signal.SIGTERM) == 0
        sent = json.dumps([[each.path, each.query, each.json] for each in server.requests])
    assert "run" in asked
    assert TOKEN not in asked + sent + bot.out + bot.err
