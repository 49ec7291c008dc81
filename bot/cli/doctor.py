"""`gazette doctor`: whether everything is there that a bot needs."""

from __future__ import annotations

import asyncio
import base64
import binascii
import sqlite3
import time
from collections.abc import Iterator

import typer

from bot import errands
from bot.adapters.chat.rounds import Round
from bot.app import SIGN_OF_LIFE
from bot.books import LedgerTrouble
from bot.cli import servers
from bot.cli.options import fail, screen
from bot.config import ConfigError, Settings, token_of
from bot.core.article import Headline
from bot.core.fault import Severity
from bot.core.wording import counted

_STALE_AFTER = 180  # seconds; the sign of life comes once a minute
_LONGEST_ROUND = 15.0  # seconds
# https://sqlite.org/changes.html: the first version in which a reset of the WAL damages nothing
_MENDED = (3, 51, 3)
_PLACEHOLDER = "YOUR_APPLICATION_ID"
_SAMPLES = "https://gazette.example/"


def examine(settings: Settings, *, offline: bool) -> None:
    """Print what was found; exit 1 where something is missing that a bot cannot do without.

    Unless it is `offline` Discord is asked what is missing in servers, which others have to give.
    """
    findings = [_content(settings), _ledger(settings), _token(settings)]
    sound = all(well for well, _ in findings[1:])
    around = None if offline or not sound else _look_around(settings)
    lines = [("ok" if well else "FAIL", text) for well, text in findings]
    lines += [("note", text) for text in _notes(settings)]
    lines += servers.lines(around) if around else []
    for word, text in lines:
        screen.print(f"{word:<4} {text}", markup=False, soft_wrap=True)
    screen.print("Invite the bot with:", markup=False)
    screen.print(errands.invite_link(_application_id(settings)), markup=False, soft_wrap=True)
    if any(word == "FAIL" for word, _ in lines):
        raise typer.Exit(1)


def _look_around(settings: Settings) -> Round:
    return asyncio.run(errands.look_around(settings, token_of(settings), seconds=_LONGEST_ROUND))


def check_life(settings: Settings) -> None:
    """Exit 0 where a connected bot gave a sign of life within three minutes, else 1."""
    file = settings.state.dir / SIGN_OF_LIFE
    try:
        age = time.time() - file.stat().st_mtime  # noqa: TID251 (a file's age is in real time)
    except FileNotFoundError:
        fail(f"no sign of life: there is no {file}")
    except OSError as error:
        fail(f"no sign of life: {file} cannot be looked at: {error.strerror}")
    if age > _STALE_AFTER:
        fail(f"the last sign of life is {age:.0f} s old")
    screen.print("alive")


def _content(settings: Settings) -> tuple[bool, str]:
    path = settings.content.path
    if not path.is_dir():
        return False, f"content: there is no folder {path}"
    found = errands.read_articles(settings, [path])
    broken = sum(fault.severity is Severity.ERROR for fault in found.faults)
    text = (
        f"content: {counted(len(found.published), 'article')}, "
        f"{counted(len(found.drafts), 'draft')} in {path}"
    )
    if any(is_sample(article) for article in found.published):
        text += ", the invented samples among them: set content.path to a folder of your own"
    if broken:
        text += f", {counted(broken, 'error')} (gazette check)"
    return bool(found.published), text


def is_sample(article: Headline) -> bool:
    """Tell whether an article is one of those that come with the program."""
    icon = article.provider.icon if article.provider else None
    return bool(icon and icon.startswith(_SAMPLES))


def _ledger(settings: Settings) -> tuple[bool, str]:
    try:
        if errands.ledger_missing(settings):
            return True, "ledger: none yet; gazette run makes one"
        problems = asyncio.run(errands.examine_ledger(settings)).problems
    except LedgerTrouble as error:
        return False, str(error)
    return not problems, f"ledger: {'; '.join(problems) or 'sound'}"


def _notes(settings: Settings) -> Iterator[str]:
    """Yield what an operator should know of the ledger, though nothing is missing."""
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < _MENDED:
        yield (
            f"SQLite {version}: before {'.'.join(map(str, _MENDED))} a ledger can be damaged where "
            "two connections write it. Gazette writes with one; let no other program write it"
        )
    else:
        yield f"SQLite {version}"
    for path in errands.ledger_open_to_others(settings):
        mode = 700 if path.is_dir() else 600
        yield f"others than its owner may look into {path}: chmod {mode} {path}"


def _token(settings: Settings) -> tuple[bool, str]:
    try:
        token_of(settings)
    except ConfigError as error:
        return False, f"token: {error.faults[0].message}"
    if _application_id(settings) == _PLACEHOLDER:
        return (
            False,
            "token: it is not a bot's; copy it from the developer portal, page Bot",
        )
    return True, "token: there is one"


def _application_id(settings: Settings) -> str:
    """Return the application's id, which a bot's token begins with, as Base64."""
    try:
        first = token_of(settings).split(".", 1)[0]
        decoded = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except (ConfigError, binascii.Error, UnicodeDecodeError, ValueError):
        return _PLACEHOLDER
    return decoded if decoded.isdigit() else _PLACEHOLDER
