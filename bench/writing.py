"""Writes articles like those of real collections, the same on every machine, for measuring."""

from __future__ import annotations

from random import Random  # noqa: TID251  # seeded below
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SEED = 11
_FOLDER = 500  # files in one
_PROVIDERS = 97
_WORDS = (  # noqa: SIM905 (a list of ninety would fill the page)
    "agency archive arrives ballot bank bridge bus captain chip choir city climate clinic coast "
    "council court dam debate diver drought energy engine farm ferry festival film flood forest "
    "glacier grain harbour heat hospital island judge kitchen lander law library market meadow "
    "mill moon museum network nurse ocean opera orbit orchard patent pension pilot planet port "
    "prize pump rail record reef river robot roof satellite school seed senate ship signal snow "
    "solar storm strike student teacher tenant theatre tide tower trial tunnel union vaccine "
    "valley village voter water well whale wind winter worker"
).split()
_TOPICS = ("AI", "Cities", "Climate", "Culture", "Health", "Law", "Space", "Work")


def write_articles(folder: Path, count: int) -> None:
    """Write so many files of about 3.8 kB, with two related links each, over ten years."""
    chance = Random(_SEED)
    for number in range(count):
        place = folder / f"{number // _FOLDER:04}"
        if number % _FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        text = _article(chance, number)
        name = f"{number:06}-{_slug(_sentence(chance, 6))}.md"
        (place / name).write_text(text, encoding="utf-8")


def _article(chance: Random, number: int) -> str:
    related = "".join(_indented(_item(chance, 3 * number + place)) for place in (1, 2))
    secured = "".join(chance.choices("ABCDEFabcdef0123456789+/", k=560))
    return (
        "---\ncategory: news\n"
        f"{_item(chance, 3 * number)}"
        f"heat: {chance.choice([-1, -1, chance.randrange(300)])}\n"
        f"published: {'true' if chance.random() < 0.8 else 'false'}\n"  # noqa: PLR2004 (a share)
        f"topics:\n  - {chance.choice(_TOPICS)}\n  - {chance.choice(_TOPICS)} News\n"
        f'related:\n{related}secured: "{secured}==;EL94z3tVSAUEGMLB=="\n---\n'
    )


def _item(chance: Random, number: int) -> str:
    site = f"www.site{number % _PROVIDERS}.example"
    date = f"20{chance.randrange(16, 26)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}"
    path = f"{site}/{date.replace('-', '/')}/{_slug(_sentence(chance, 8))}-{number}"
    excerpt = " ".join(f"{_sentence(chance, chance.randrange(8, 14))}." for _ in range(3))
    return (
        f'title: "{_sentence(chance, chance.randrange(7, 13))}"\n'
        f'excerpt: "{excerpt}"\n'
        f"publishedDateTime: {date}T{chance.randrange(24):02}:{chance.randrange(60):02}:00Z\n"
        f'webUrl: "https://{path}.html"\n'
        f'ampWebUrl: "https://{path}.amp.html"\n'
        f'cdnAmpWebUrl: "https://{site.replace(".", "-")}.cdn.ampproject.org/c/s/{path}.amp.html"\n'
        f"type: article\nquality: {chance.randrange(120)}\n"
        f"provider:\n  name: Site {number % _PROVIDERS}\n  domain: {site.removeprefix('www.')}\n"
        f'images:\n  - url: "https://static.{site}/pictures/{number}/{_slug(excerpt)[:40]}.jpg"\n'
        "    width: 1050\n    height: 550\n    isCached: true\n"
    )


def _indented(item: str) -> str:
    first, *rest = item.splitlines()
    return "".join([f"  - {first}\n", *(f"    {line}\n" for line in rest)])


def _sentence(chance: Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words)).capitalize()


def _slug(text: str) -> str:
    return "-".join(text.lower().replace(".", "").split())
