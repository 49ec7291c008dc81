"""The command line: what operators and curators type."""

from __future__ import annotations

from bot.cli.commands import app


def main() -> None:
    """Run the program `gazette`."""
    app(prog_name="gazette")
