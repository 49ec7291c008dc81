"""The program's commands, each a few lines around the composition root."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__, errands
from bot.app import utc_now
from bot.cli import doctor as examination
from bot.cli import searching
from bot.cli.checking import Fix, Format, check_articles
from bot.cli.keeping import db_app
from bot.cli.options import (
    WRONG_USE,
    ConfigOption,
    ContentOption,
    JsonOption,
    articles_from,
    fail,
    fail_config,
    instant,
    print_json,
    screen,
    settings_from,
)
from bot.cli.reports import show_pick
from bot.cli.running import run_bot
from bot.config import ConfigError, token_of
from bot.core import article as articles
from bot.core.fields import json_schema

app = typer.Typer(
    help="Gazette posts curated articles to Discord.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a token could stand among them
)
digest_app = typer.Typer(help="Look at digests.", no_args_is_help=True)
config_app = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
app.add_typer(digest_app, name="digest")
app.add_typer(config_app, name="config")
app.add_typer(db_app, name="db")


def _version(wanted: bool) -> None:  # noqa: FBT001 (Typer's callback)
    if wanted:
        typer.echo(f"gazette {__version__}")
        raise typer.Exit


@app.callback()
def gazette(
    version: Annotated[  # noqa: FBT002 (the callback above sees it)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Gazette posts curated articles to Discord."""


@app.command()
def run(config: ConfigOption = None, content: ContentOption = None) -> None:
    """Run the bot until it is told to stop."""
    settings = articles_from(config, content)
    try:
        token = token_of(settings)
    except ConfigError as error:
        fail_config(error)
    run_bot(settings, token)


@app.command()
def check(  # noqa: PLR0913 (its options)
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]…", show_default=False)
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="text, json, github or sarif.")
    ] = Format.TEXT,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", "--dry-run", help="Show what --fix would do, do nothing.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of front matter.")
    ] = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Read articles and tell every fault; exit 1 where a file makes no article."""
    if schema:
        print_json(json_schema())
        return
    if diff and form is not Format.TEXT:
        fail("--diff prints a diff; leave out --format", code=WRONG_USE)
    settings = settings_from(config, content)
    wanted = paths or [settings.content.path]
    missing = [str(path) for path in wanted if not os.path.lexists(path)]
    if missing:
        fail(f"there is no {', '.join(missing)}", code=WRONG_USE)
    doing = Fix.SHOW if diff else Fix.WRITE if fix else Fix.TELL
    code = check_articles(settings, wanted, form, doing, strict=strict)
    if code:
        raise typer.Exit(code)


@app.command()
def search(  # noqa: PLR0913 (its options)
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            show_default=False,
            help="Words, typos and all, and operators; after -- where it begins with a hyphen.",
        ),
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 10,
    *,
    batch: Annotated[
        str | None,
        typer.Option(
            "--batch", metavar="FILE", help="Answer each line of a file, or of - as it comes."
        ),
    ] = None,
    misses: Annotated[
        bool, typer.Option("--misses", help="List what members searched for and did not find.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Search published articles as members do."""
    if [query is not None, batch is not None, misses].count(True) != 1:
        fail("give either a QUERY, or --batch FILE, or --misses", code=WRONG_USE)
    if misses:
        searching.show_misses(settings_from(config, content), limit=limit, as_json=as_json)
    elif batch is not None:
        if not as_json:
            fail("--batch prints JSON, a line for a line; add --json", code=WRONG_USE)
        with searching.lines_of(batch) as lines:
            searching.answer_each(articles_from(config, content), lines, topic=topic, limit=limit)
    else:
        settings = articles_from(config, content)
        searching.answer(settings, query or "", topic=topic, limit=limit, as_json=as_json)


@digest_app.command("preview")
def digest_preview(
    topic: Annotated[str, typer.Option(help="The topic, or all.")],
    limit: Annotated[int | None, typer.Option(min=1, max=25, help="Articles it takes.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="ISO-8601", help="As if it were then; now by default.")
    ] = None,
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Show what an edition would hold for a channel that has had none, and why."""
    settings = articles_from(config, content)
    when = instant(at, utc_now())
    preview = asyncio.run(errands.preview_once(settings, topic, limit=limit, now=when))
    if preview is None:
        fail(f"--topic: no article has the topic “{topic}”", code=WRONG_USE)
    if as_json:
        print_json(_previewed(topic, preview))
    else:
        show_pick(preview.picked)


@config_app.command("check")
def config_check(config: ConfigOption = None, content: ContentOption = None) -> None:
    """Tell every fault of the configuration; exit 2 where there is one."""
    settings_from(config, content)
    screen.print("The configuration is fine.")


@app.command()
def doctor(
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Only tell whether the bot is running and connected.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask Discord what is missing in its servers.")
    ] = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Look at everything a bot needs, and print the link that invites it."""
    settings = settings_from(config, content)
    if live:
        examination.check_life(settings)
    else:
        examination.examine(settings, offline=offline)


@app.command()
def sandbox(
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the ledger there; else it is thrown away."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0: any.")] = 8710,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Play the whole story without a page, then exit.")
    ] = False,
    as_json: JsonOption = False,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
    config: ConfigOption = None,
    content: ContentOption = None,
) -> None:
    """Try everything in a simulated Discord server on a page of this machine."""
    from bot.cli.trying import play_story, serve_page  # noqa: PLC0415 (needs the extra `sandbox`)

    settings = settings_from(config, content or _bundled(config))
    if once:
        play_story(settings, state=state, as_json=as_json)
    else:
        serve_page(settings, state=state, port=port, open_browser=open_browser)


def _bundled(config: Path | None) -> Path | None:
    return errands.bundled_content() if config is None else None


def _previewed(topic: str, preview: errands.Preview) -> dict[str, object]:
    picked = preview.picked
    reasons = {choice.article.id: choice.reason for choice in picked.chosen}
    return {
        "topic": topic,
        "chosen": [
            {**articles.as_record(article), "reason": reasons[article.id]}
            for article in preview.articles
        ],
        "left_out": [
            {"id": item.article.id, "title": item.article.title, "reason": item.reason}
            for item in picked.left_out
        ],
    }
