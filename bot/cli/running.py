"""Running the bot: logs, signals, and what a wrong token leads to."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys

import aiohttp
import discord

from bot.app import create_bot
from bot.cli.opening import ledger_trouble
from bot.cli.options import WRONG_USE, fail
from bot.config import LogSettings, Settings

_GRACE = 5.0  # seconds


class Redacted(logging.Formatter):
    """Keeps a secret out of every log line, tracebacks too."""

    def __init__(self, inner: logging.Formatter, secret: str) -> None:
        super().__init__()
        self._inner = inner
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without the secret."""
        line = self._inner.format(record)
        return line.replace(self._secret, "[redacted]") if self._secret else line


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(settings: LogSettings, *, secret: str = "") -> None:
    """Log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    inner = JsonLines() if settings.format == "json" else text
    handler.setFormatter(Redacted(inner, secret))
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    # these tell every request and job at levels people read
    for name in ("alembic", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # its debug lines hold whole payloads
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))


def run_bot(settings: Settings, token: str) -> None:
    """Run the bot until SIGINT or SIGTERM."""
    set_up_logs(settings.log, secret=token)
    api = settings.discord.api_base
    try:
        told_to_stop = asyncio.run(_serve(settings, token))
    except discord.LoginFailure:
        fail("Discord refuses the token: check GAZETTE_DISCORD__TOKEN or its file", code=WRONG_USE)
    except (aiohttp.ClientConnectionError, discord.GatewayNotFound, TimeoutError) as error:
        fail(f"{api} cannot be reached: {error}")
    except discord.HTTPException as error:
        fail(f"{api} answers {error.status} where it should let a bot in: is the address right?")
    except Exception as error:
        trouble = ledger_trouble(error)
        if trouble is None:
            raise
        fail(trouble)
    if not told_to_stop:
        fail("Discord takes the token no more; the log says since when", code=WRONG_USE)


async def _serve(settings: Settings, token: str) -> bool:
    """Run the bot; answer whether it ended because it was told to."""
    bot = create_bot(settings)
    told_to_stop = False

    def stop() -> None:
        nonlocal told_to_stop
        told_to_stop = True
        running.cancel()

    async with bot:
        running = asyncio.ensure_future(bot.start(token))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            await running
        except asyncio.CancelledError:
            if not told_to_stop:
                raise
    # what is under way, such as closing the ledger, may come to its end
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_GRACE)
    return told_to_stop
