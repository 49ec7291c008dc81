"""The program `gazette`, called in this process or as a real one, and small folders of articles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from bot.cli.commands import app

if TYPE_CHECKING:
    from collections.abc import Mapping

APPLICATION = "123456789012345678"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.hush.hush"  # noqa: S105 (nobody's; begins with the id above)
GAZETTE = Path(sys.executable).with_name("gazette")
MODULE = (sys.executable, "-m", "bot")
PATIENCE = 60  # seconds for a process on a slow machine


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
