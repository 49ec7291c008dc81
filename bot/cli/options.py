"""Options that commands share, and how a wrong configuration is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bot.config import ConfigError, Settings, load_settings

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; ./config.toml where there is one."),
]
ContentOption = Annotated[
    Path | None,
    typer.Option("--content", metavar="DIR", help="Folder of articles, instead of the set one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

screen = Console(highlight=False)
notes = Console(stderr=True, highlight=False)
WRONG_USE = 2


def settings_from(config: Path | None, content: Path | None = None) -> Settings:
    """Return the settings, or tell every fault and exit 2."""
    try:
        return load_settings(config, content=content)
    except ConfigError as error:
        fail_config(error)


def articles_from(config: Path | None, content: Path | None) -> Settings:
    """Return the settings of a command that reads articles; exit 2 where their folder is not."""
    settings = settings_from(config, content)
    if not settings.content.path.is_dir():
        fail(f"content.path: there is no folder {settings.content.path}", code=WRONG_USE)
    return settings


def fail_config(error: ConfigError) -> NoReturn:
    """Tell every fault of the configuration and exit 2."""
    for fault in error.faults:
        notes.print(f"{fault.key}: {fault.message}", markup=False, soft_wrap=True)
    raise typer.Exit(WRONG_USE)


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Tell what is wrong and exit."""
    notes.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(code)


def print_json(data: Mapping[str, object]) -> None:
    """Print data as JSON to standard output, as UTF-8 whatever the terminal.

    Half a surrogate, as in the name of a file that is no UTF-8, is written as JSON escapes it.
    """
    text = json.dumps(data, ensure_ascii=False, indent=2)
    typer.echo(text.encode(errors="backslashreplace"))


def print_line(data: Mapping[str, object]) -> None:
    """Print data as one line of JSON, at once, for a program that waits for it."""
    text = json.dumps(data, ensure_ascii=False)
    typer.echo(text.encode(errors="backslashreplace"))  # which flushes


def print_plain(text: str) -> None:
    """Print a text for other programs as it is, as UTF-8 whatever the terminal."""
    typer.echo(text.encode(errors="backslashreplace"), nl=False)


def instant(text: str | None, default: datetime) -> datetime:
    """Return the instant of an ISO 8601 text, in UTC where it names no zone; exit 2 otherwise."""
    if text is None:
        return default
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"--at: “{text}” is not an instant like 2026-01-01T09:00:00Z", code=WRONG_USE)
