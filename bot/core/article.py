"""An article: what the rest of the house knows of a file in `content/`."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NewType

from bot.core.url import canonical_url

if TYPE_CHECKING:
    from datetime import datetime

ArticleId = NewType("ArticleId", str)
UNKNOWN_HEAT = -1
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")  # those Python counts with
_PAIRS = tuple(first + second for second in _ALPHABET for first in _ALPHABET)
_ID_LENGTH = 10  # 50 bits: two of 100,000 articles share one with a chance of 1 in 225,000


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture by its address; sizes in pixels where known."""

    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who published it."""

    name: str
    domain: str = ""
    icon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A link to what else was written on the matter."""

    title: str
    url: str
    provider: Provider | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What is always at hand of an article: enough to pick, rank, filter and name it.

    `version` changes whenever the file's content does. `gist` is what `bot.core.story` compares
    of excerpt and related links, in a few bytes.
    """

    id: ArticleId
    path: str
    title: str
    url: str | None
    published_at: datetime | None
    draft: bool
    quality: int
    heat: int
    provider: Provider | None
    topics: tuple[str, ...]
    kind: str = "article"
    version: str = ""
    gist: bytes = b""

    @property
    def source(self) -> str:
        """The provider's name, or nothing."""
        return self.provider.name if self.provider else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Headline):
    """One article, whole; texts are clean, addresses safe, times aware and in UTC."""

    excerpt: str = ""
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()

    @property
    def image(self) -> Image | None:
        """The picture that stands for it: the first."""
        return self.images[0] if self.images else None

    @property
    def headline(self) -> Headline:
        """What is always at hand of it."""
        return Headline(
            id=self.id,
            path=self.path,
            title=self.title,
            url=self.url,
            published_at=self.published_at,
            draft=self.draft,
            quality=self.quality,
            heat=self.heat,
            provider=self.provider,
            topics=self.topics,
            kind=self.kind,
            version=self.version,
            gist=self.gist,
        )


def article_id(*, url: str | None, path: str) -> ArticleId:
    """Return the identity: of the page where there is one, else of the file."""
    return id_of_page(canonical_url(url)) if url else _id_of(f"path:{path}")


def id_of_page(page: str) -> ArticleId:
    """Return the identity of a page; `page` is the canonical form of its address."""
    return _id_of(f"url:{page}")


def _id_of(key: str) -> ArticleId:
    number = int.from_bytes(sha256(key.encode(errors="surrogatepass")).digest()[:8])
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(0, 10 * _ID_LENGTH // 2, 10)]
    return ArticleId("".join(pairs))


def number_of(article_id: ArticleId) -> int:
    """Return the number an identity is written from, for what knows only numbers; below 2 ** 50."""
    return int(article_id.translate(_DIGITS), len(_ALPHABET))


def as_record(article: Article) -> dict[str, object]:
    """Return the article in the shape all JSON output shares (docs/json.md)."""
    return {
        "id": article.id,
        "title": article.title,
        "excerpt": article.excerpt,
        "url": article.url,
        "provider": article.source or None,
        "topics": list(article.topics),
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "quality": article.quality,
        "heat": article.heat,
        "draft": article.draft,
        "image": article.image.url if article.image else None,
        "related": [
            {
                "title": item.title,
                "url": item.url,
                "provider": item.provider.name if item.provider else None,
                "image": item.image,
            }
            for item in article.related
        ],
        "path": article.path,
    }
