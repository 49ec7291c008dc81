"""The documents are complete: every setting, command and target stands in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from discord import app_commands

from bot.app import create_bot
from bot.cli.commands import app
from bot.config import Settings
from bot.core.asking import parse
from bot.core.fields import FIELDS
from bot.core.query import Filters
from bot.core.when import moment_of
from tests.core.samples import NOW

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")
ARTICLES = (ROOT / "docs/articles.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
SEARCH = (ROOT / "docs/search.md").read_text(encoding="utf-8")


def settings() -> list[tuple[str, str]]:
    """Return every setting that may stand in a file, as (section, key)."""
    return [
        (section, key)
        for section, field in Settings.model_fields.items()
        for key in field.default.__class__.model_fields
        if (section, key) != ("discord", "token")
    ]


def section_of(text: str, section: str) -> str:
    found = re.search(rf"^\[{section}\]$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"[{section}] is missing"
    return found[1]


@pytest.mark.parametrize(("section", "key"), settings())
def test_every_setting_is_in_the_example_with_a_comment(section: str, key: str) -> None:
    lines = section_of(EXAMPLE, section).splitlines()
    place = next((i for i, line in enumerate(lines) if re.match(rf"(# )?{key} = ", line)), None)
    assert place is not None
    assert lines[place - 1].startswith("# ")


@pytest.mark.parametrize(("section", "key"), settings())
def test_every_setting_is_in_the_readme(section: str, key: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `[{section}]`"))
    assert f"`{key}`" in row


def test_every_slash_command_is_in_the_readme() -> None:
    bot = create_bot(Settings(), heartbeat=False)
    bot.add_commands()
    names = [
        command.qualified_name
        for command in bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    ]
    assert len(names) > 10
    assert [name for name in names if f"`/{name}" not in README] == []


def program_commands() -> list[str]:
    found = []

    def walk(command: Any, name: str) -> None:  # noqa: ANN401 (Typer's own kind of command)
        children = getattr(command, "commands", {})
        if not children:
            found.append(name)
        for child, below in children.items():
            walk(below, f"{name} {child}")

    walk(typer.main.get_command(app), "gazette")
    return found


@pytest.mark.parametrize("command", program_commands())
def test_every_command_of_the_program_is_in_the_readme(command: str) -> None:
    assert f"`{command}" in README


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_every_key_of_an_article_is_explained(name: str) -> None:
    assert f"`{name}`" in ARTICLES


def rows_below(heading: str) -> list[tuple[str, str]]:
    """Return the first two cells of each row of the table that begins so in docs/search.md."""
    table = SEARCH.partition(heading)[2].partition("\n\n")[0]
    return [(row.split("|")[1], row.split("|")[2]) for row in table.splitlines()[2:]]


def test_every_operator_in_the_document_is_understood() -> None:
    operators = [text for cell, _ in rows_below("| type |") for text in re.findall("`(.+?)`", cell)]
    filters = [text for text in operators if ":" in text and not text.endswith(":")]
    assert len(filters) == 8
    assert all(parse(text, now=NOW).filters != Filters() for text in filters)
    assert {name.partition(":")[0] for name in operators if ":" in name} == {
        *("topic", "provider", "site", "source", "after", "since", "before", "is")
    }


def test_every_date_in_the_document_is_understood() -> None:
    dates = [text for _, cell in rows_below("| kind |") for text in re.findall("`(.+?)`", cell)]
    assert len(dates) > 20
    assert [text for text in dates if text != "last" and not _named(text)] == []


def _named(text: str) -> bool:
    return moment_of(text.strip('"'), now=NOW) is not None


def test_every_picture_and_page_that_is_linked_exists() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_every_test_that_shows_a_promise_exists() -> None:
    shown = re.findall(r"`(tests/[a-z_/]+\.py)`", SECURITY)
    assert len(shown) > 10
    assert [name for name in shown if not (ROOT / name).is_file()] == []
