"""The sandbox from the command line: its page, or its whole story at once."""

from __future__ import annotations

import asyncio
import errno
import signal
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bot.cli.opening import ledger_at_hand
from bot.cli.options import WRONG_USE, fail, notes, print_json, screen
from bot.cli.running import set_up_logs
from bot.config import Settings, with_state
from bot.errands import ledger_missing

try:
    from bot.sandbox.page import serve
    from bot.sandbox.story import Step, open_with_a_digest, play
    from bot.sandbox.world import open_world
except ModuleNotFoundError as error:  # the extra is not installed
    fail(f"The sandbox needs {error.name}: pip install 'gazette[sandbox]'", code=WRONG_USE)


_PORT_TROUBLE = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)


def play_story(settings: Settings, *, state: Path | None, as_json: bool) -> None:
    """Play the story; exit 1 where a step did not go as it should."""
    _prepare(settings, state)
    if state is not None and not ledger_missing(with_state(settings, state)):
        fail(f"--state: {state} holds a ledger already; name an empty folder", code=WRONG_USE)
    with _place(settings, state) as placed:
        steps = asyncio.run(play(placed))
    ok = all(step.ok for step in steps)
    if as_json:
        print_json({"steps": [step.as_record() for step in steps], "ok": ok})
    else:
        _show(steps)
    if not ok:
        raise typer.Exit(1)


def serve_page(settings: Settings, *, state: Path | None, port: int, open_browser: bool) -> None:
    """Serve the page until it is interrupted."""
    _prepare(settings, state)
    with _place(settings, state) as placed, ledger_at_hand():
        try:
            asyncio.run(_serve(placed, port=port, open_browser=open_browser))
        except OSError as error:
            if error.errno not in _PORT_TROUBLE:
                raise
            fail(f"--port: {port} cannot be used ({error.strerror}); name another, or 0 for any")


async def _serve(settings: Settings, *, port: int, open_browser: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def ready(address: str) -> None:
        screen.print(f"The sandbox is open at {address} (stop it with Ctrl-C)", soft_wrap=True)
        if open_browser:
            webbrowser.open(address)

    async with open_world(settings) as world:
        await open_with_a_digest(world)
        await serve(world, port=port, ready=ready, stop=stop)
    notes.print("The sandbox is closed.")


def _prepare(settings: Settings, state: Path | None) -> None:
    if not settings.content.path.is_dir():
        fail(f"--content: there is no folder {settings.content.path}", code=WRONG_USE)
    if state is not None and state.exists() and not state.is_dir():
        fail(f"--state: {state} is not a folder", code=WRONG_USE)
    set_up_logs(settings.log.model_copy(update={"level": "warning"}))


@contextmanager
def _place(settings: Settings, state: Path | None) -> Iterator[Settings]:
    """Give the ledger a folder: the named one, or one that is thrown away."""
    if state is not None:
        yield with_state(settings, state)
        return
    with tempfile.TemporaryDirectory(prefix="gazette-sandbox-") as folder:
        yield with_state(settings, Path(folder))


def _show(steps: list[Step]) -> None:
    for step in steps:
        mark = "[green]ok  [/]" if step.ok else "[bold red]FAIL[/]"
        screen.print(f"{mark} {step.name}")
