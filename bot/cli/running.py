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
from bot.cli.options import WRONG_USE, fail
from bot.config import LogSettings, Settings


class Redacted(logging.Filter):
    """Keeps a secret out of every log line."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the secret; let every line through."""
        text = record.getMessage()
        if self._secret and self._secret in text:
            record.msg, record.args = text.replace(self._secret, "[redacted]"), ()
        return True


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
    handler.addFilter(Redacted(secret))
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if settings.format == "json" else text)
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    # these tell every request and job at levels people read
    for name in ("alembic", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # its debug lines hold whole payloads
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))


def run_bot(settings: Settings, token: str) -> None:
    """Run the bot until SIGINT or SIGTERM."""
    set_up_logs(settings.log, secret=token)
    try:
        asyncio.run(_serve(settings, token))
    except discord.LoginFailure:
        fail("Discord refuses the token: check GAZETTE_DISCORD__TOKEN or its file", code=WRONG_USE)
    except (aiohttp.ClientConnectionError, discord.GatewayNotFound) as error:
        fail(f"{settings.discord.api_base} cannot be reached: {error}")


async def _serve(settings: Settings, token: str) -> None:
    bot = create_bot(settings)
    loop = asyncio.get_running_loop()
    async with bot:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: asyncio.ensure_future(bot.close()))
        await bot.start(token)
