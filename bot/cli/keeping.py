"""`gazette db`: looking after the ledger."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from bot import errands
from bot.cli.opening import NO_LEDGER, ledger_at_hand
from bot.cli.options import WRONG_USE, ConfigOption, ContentOption, fail, screen, settings_from
from bot.config import Settings
from bot.core.wording import counted

db_app = typer.Typer(help="Look after the ledger.", no_args_is_help=True)


@db_app.command("upgrade")
def db_upgrade(config: ConfigOption = None, content: ContentOption = None) -> None:
    """Bring the ledger to the form this version needs."""
    settings = settings_from(config, content)
    with ledger_at_hand():
        asyncio.run(errands.upgrade_ledger(settings))
    screen.print("The ledger is up to date.")


@db_app.command("check")
def db_check(config: ConfigOption = None, content: ContentOption = None) -> None:
    """Tell what the ledger holds and what is wrong with it; exit 1 where something is."""
    settings = _with_ledger(config, content)
    with ledger_at_hand():
        found = asyncio.run(errands.examine_ledger(settings))
    if found.problems:
        fail("\n".join(found.problems))
    kinds = [
        counted(found.digests, "digest"),
        counted(found.editions, "edition"),
        counted(found.placements, "article"),
    ]
    waiting = counted(found.outbox["pending"] + found.outbox["sending"], "message")
    doubtful, held = found.outbox["unknown"], found.outbox["held"]
    lines = [
        f"The ledger is sound. Its form is {found.form}.",
        f"It holds {kinds[0]}, {kinds[1]} and {kinds[2]} in channels.",
        f"Outbox: {waiting} on the way, {doubtful} in doubt, {held} held for a channel.",
    ]
    if found.unsure:
        told = counted(found.unsure, "digest")
        lines.append(f"It was put back from a backup, and the channels of {told} are to be read.")
    screen.print("\n".join(lines), markup=False, soft_wrap=True)


@db_app.command("backup")
def db_backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file there is.")] = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Copy the ledger, also while the bot runs, and see that the copy is sound."""
    settings = _with_ledger(config, content)
    if file.exists() and not force:
        fail(f"there is a {file} already: name another file, or add --force", code=WRONG_USE)
    with ledger_at_hand():
        errands.back_up_ledger(settings, file)
    screen.print(f"The ledger is copied to {file}.", markup=False, soft_wrap=True)


@db_app.command("restore")
def db_restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", show_default=False, help="The copy.")
    ] = None,
    *,
    mark: Annotated[
        bool,
        typer.Option(
            "--mark", help="Only say that the present ledger was put back, by other means."
        ),
    ] = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Put a copy in the ledger's place while no bot runs, and keep what was there."""
    settings = settings_from(config, content)
    if (file is not None) == mark:
        fail("give either the FILE to put back, or --mark", code=WRONG_USE)
    with ledger_at_hand():
        if file is None:
            if errands.ledger_missing(settings):
                fail(NO_LEDGER)
            since = asyncio.run(errands.mark_ledger(settings))
            screen.print("The ledger is marked as put back.")
        else:
            if not file.is_file():
                fail(f"there is no file {file}", code=WRONG_USE)
            restored = asyncio.run(errands.restore_ledger(settings, file))
            since = restored.since
            screen.print(f"{file} is the ledger now.", markup=False, soft_wrap=True)
            if restored.aside:
                told = f"What was the ledger is kept as {restored.aside}."
                screen.print(told, markup=False, soft_wrap=True)
    screen.print(
        f"It may know nothing since {since:%Y-%m-%d %H:%M} UTC. When the bot starts, it reads "
        "what stands in the channels and posts none of that again.",
        soft_wrap=True,
    )


@db_app.command("export")
def db_export(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Into a new file, its owner's alone."),
    ] = None,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Print everything the ledger holds as JSON, a line a row, also while the bot runs."""
    settings = _with_ledger(config, content)
    if output is None:
        with ledger_at_hand():
            asyncio.run(_write(errands.exported_ledger(settings), sys.stdout))
        return
    try:
        descriptor = os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        fail(f"{output} is there already: name another file", code=WRONG_USE)
    except OSError as error:
        fail(f"{output} cannot be made: {error.strerror}", code=WRONG_USE)
    with ledger_at_hand(), _whole(output), os.fdopen(descriptor, "w", encoding="utf-8") as file:
        asyncio.run(_write(errands.exported_ledger(settings), file))


@contextmanager
def _whole(output: Path) -> Iterator[None]:
    """Leave no half of a file behind."""
    try:
        yield
    except BaseException as error:
        output.unlink()
        if isinstance(error, OSError):
            fail(f"{output} cannot be written: {error.strerror}")
        raise


async def _write(rows: AsyncGenerator[Mapping[str, object]], file: IO[str]) -> None:
    async with aclosing(rows):
        async for row in rows:
            file.write(f"{json.dumps(row)}\n")


def _with_ledger(config: Path | None, content: Path | None) -> Settings:
    """Return the settings of a command that needs a ledger; exit 1 where there is none."""
    settings = settings_from(config, content)
    if errands.ledger_missing(settings):
        fail(NO_LEDGER)
    return settings
