"""The command line: what operators and curators type."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from bot.cli.commands import app


def main() -> None:
    """Run the program `gazette`."""
    # a file's name may hold what no encoding can write, and a terminal may know few letters
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="gazette")
