"""Running the bot: logs, signals, and what a wrong token leads to."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.app import create_bot
from bot.cli.opening import ledger_trouble
from bot.cli.options import WRONG_USE, fail
from bot.cli.reports import printable
from bot.config import LogSettings, Settings

if TYPE_CHECKING:
    from bot.adapters.chat.client import GazetteBot

_GRACE = 1.0  # seconds; the bot itself has said its goodbyes by then
log = logging.getLogger(__name__)


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


class PlainLines(logging.Formatter):
    """One line a message, whatever it quotes; where something went wrong, its trace within."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (of the base)
        """Return the line, with what would begin another or move the cursor written out."""
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 (of the base)
        """Return the trace; what it quotes can not look like a line of the log."""
        return "\n".join(
            f"    {printable(line)}" for line in super().formatException(ei).splitlines()
        )


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
        # half of a pair can be written as JSON has it alone
        return json.dumps(line, ensure_ascii=False).encode(errors="backslashreplace").decode()


def set_up_logs(settings: LogSettings, *, secret: str = "") -> None:
    """Log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    text = PlainLines("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
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

    looking: set[asyncio.Task[None]] = set()

    def look() -> None:
        if not looking:  # once is enough
            looking.add(task := asyncio.create_task(_look(bot)))
            task.add_done_callback(looking.discard)

    async with bot:
        running = asyncio.ensure_future(bot.start(token))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        if hasattr(signal, "SIGHUP"):  # it is of Unix
            loop.add_signal_handler(signal.SIGHUP, look)
        try:
            await running
        except asyncio.CancelledError:
            if not told_to_stop:
                raise
    await bot.close()  # which another may have begun
    # what is under way, such as the answer to a command, may come to its end
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_GRACE)
    return told_to_stop


async def _look(bot: GazetteBot) -> None:
    """Do what /reload does, to the log."""
    if not bot.is_ready():
        log.info("told to look at the content: it is being read already")
        return
    changes = await bot.services.attendant.look()
    if changes is not None:
        log.info(
            "looked at the content: added=%d changed=%d withdrawn=%d faults=%d",
            len(changes.added),
            len(changes.changed),
            len(changes.withdrawn),
            len(bot.services.library.catalogue.faults),
        )
