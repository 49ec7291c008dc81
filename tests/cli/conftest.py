"""Every call starts in an empty folder, with no settings in the environment and no logs set up."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.upper().startswith("GAZETTE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """Put the logs back as they were: the program sets them up for a whole process."""
    root = logging.getLogger()
    names = ("", "alembic", "apscheduler", "discord")
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def content(place: Path) -> Path:
    """Make a content folder: three articles, a draft, and nothing wrong with them."""
    folder = place / "content"
    article(
        folder,
        "Lighthouse keepers trade notes",
        quality=80,
        heat=9,
        excerpt="Once a week they talk to one another — 🦀.",
        topics=["Culture", "AI"],
        provider={"name": "Harbour Review", "domain": "harbour.example"},
        images=[{"url": "https://example.org/lighthouse.png", "width": 800, "height": 420}],
        related=[
            {
                "title": "The last foghorn",
                "webUrl": "https://example.org/foghorn",
                "provider": {"name": "Tidewater"},
                "images": [{"url": "https://example.org/foghorn.png"}],
            }
        ],
        secured="hush",
    )
    article(folder, "sub/Robots sort the rubbish", quality=50)
    article(folder, "Glaciers melt faster", quality=40, topics=["Climate"])
    article(folder, "Nobody may see this draft", published=False)
    return folder
