"""The program `gazette`, called in this process or as a real one, and small folders of articles."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from bot.cli.commands import app

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Mapping

APPLICATION = "123456789012345678"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.hush.hush"  # noqa: S105 (nobody's; begins with the id above)
GAZETTE = Path(sys.executable).with_name("gazette")
MODULE = (sys.executable, "-m", "bot")
PATIENCE = 60  # seconds for a process on a slow machine
STOPS_WITHIN = 10  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 (whatever was printed)
        return json.loads(self.out)


def gazette(*words: str | Path) -> Outcome:
    """Call the program in this process."""
    result = CliRunner().invoke(app, [str(word) for word in words], prog_name="gazette")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(code=result.exit_code, out=result.stdout, err=result.stderr)


def environment(**changes: str) -> Mapping[str, str]:
    """Return this environment without what is meant for a bot, but with the changes."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GAZETTE_")}
    return clean | {"PYTHONPATH": str(Path(__file__).parents[2])} | changes


def process(*command: str | Path, **variables: str) -> Outcome:
    """Run a real process to its end."""
    done = subprocess.run(  # noqa: S603 (our own program)
        [str(word) for word in command],
        env=environment(**variables),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def article(folder: Path, name: str, **keys: object) -> Path:
    """Write an article; JSON is YAML."""
    file = folder / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    usual = {
        "title": name,
        "webUrl": f"https://example.org/{name.replace(' ', '-')}",
        "publishedDateTime": "2026-01-01T06:00:00Z",
        "published": True,
        "topics": ["AI"],
    }
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in (usual | keys).items()
    ]
    file.write_text("\n".join(["---", *lines, "---", ""]), encoding="utf-8")
    return file


@dataclass(slots=True, kw_only=True)
class Running:
    """A bot in a process of its own."""

    process: asyncio.subprocess.Process
    out: str = ""
    err: str = ""

    async def until_said(self, text: str) -> None:
        """Read its log until something is said."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while text not in self.err:
                line = await self.process.stderr.readline()
                assert line, f"it ended before it said {text!r}: {self.err}"
                self.err += line.decode()

    async def end(self) -> int:
        """Wait until it ended; return its exit code."""
        out, err = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        self.out += out.decode()
        self.err += err.decode()
        assert self.process.returncode is not None
        return self.process.returncode

    async def stop(self, number: signal.Signals) -> int:
        """Send a signal; return its exit code."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.end(), STOPS_WITHIN)


@asynccontextmanager
async def running(api_base: str, **variables: str) -> AsyncIterator[Running]:
    """Run the bot in a process of its own; it is gone on leaving."""
    variables = {"GAZETTE_DISCORD__TOKEN": TOKEN} | variables
    bot = await asyncio.create_subprocess_exec(
        *MODULE,
        "run",
        env=environment(GAZETTE_DISCORD__API_BASE=api_base, **variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Running(process=bot)
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.communicate()
