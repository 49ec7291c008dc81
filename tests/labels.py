"""Search queries and the articles that answer them, labelled by hand.

Each query is written as a member types it on a phone: few words in any order, with slips, half
words, other forms and spellings, signs, numbers, a paper's name. Which articles answer it was
decided by reading titles and excerpts, before any engine was asked: 3 is what the member means, 2
answers it well, 1 touches it; the same article in another language touches it. What engines and
plain text search gave beyond that was read and graded on its merit afterwards. No query was left
out or bent for what an engine gives; twelve of harder kinds were added after a first run. One
reader graded all of them, once. Every third is held back: nothing may be tuned on it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.files.folder import files_of, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.core.article import Article, ArticleId

CONTENT = "content"
CORPORA = (
    "18f",
    "ember-blog",
    "homebrew-blog",
    "jekyll",
    "nodejs-blog",
    "opentelemetry-blog",
    "rust-blog",
)
_HERE = Path(__file__).parent
_QUERIES = _HERE / "data" / "search_queries.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A query and the grades of the articles that answer it, by the name of their set and path."""

    query: str
    kind: str
    right: Mapping[str, int]
    held: bool = False


def labelled() -> list[Labelled]:
    """Return all queries."""
    lines = _QUERIES.read_text(encoding="utf-8").splitlines()
    return [Labelled(**json.loads(line)) for line in lines]


def content() -> list[Article]:
    """Return the published articles of `content/`, each with its set in its path."""
    found = _articles(_HERE.parent / CONTENT, name=CONTENT)
    return [article for article in found if not article.draft]


def corpora(shared: Path) -> list[Article]:
    """Return the articles of the corpora, published, for their files do not say whether they are.

    `shared` is the folder that holds `corpora/`. Of files that link to one page the first counts.
    """
    found: dict[ArticleId, Article] = {}
    for name in CORPORA:
        for article in _articles(shared / "corpora" / name, name=name):
            found.setdefault(article.id, replace(article, draft=False))
    return list(found.values())


def _articles(folder: Path, *, name: str) -> Iterator[Article]:
    for file, path in files_of([folder]):
        reading = read_file(file, name=f"{name}/{path}")
        if reading and reading.article:
            yield reading.article
