"""What one would write without Gazette: python-frontmatter, PyYAML's C loader, a pydantic model."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 (pydantic reads annotations)
from typing import TYPE_CHECKING, Annotated

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from pydantic import BaseModel, BeforeValidator, ConfigDict, HttpUrl, ValidationError

if TYPE_CHECKING:
    from pathlib import Path


class _CHandler(YAMLHandler):
    def load(self, fm: str, **_: object) -> object:
        return yaml.load(fm, Loader=yaml.CSafeLoader)


_Text = Annotated[str, BeforeValidator(lambda value: None if value is None else str(value))]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Image(_Model):
    url: HttpUrl
    width: int | None = None
    height: int | None = None


class _Provider(_Model):
    name: str
    domain: str = ""
    images: list[_Image] = []


class _Shared(_Model):
    title: _Text
    excerpt: str | None = None
    publishedDateTime: datetime | date | None = None  # noqa: N815 (the format's own names)
    originalUrl: HttpUrl | None = None  # noqa: N815
    webUrl: HttpUrl | None = None  # noqa: N815
    ampWebUrl: HttpUrl | None = None  # noqa: N815
    cdnAmpWebUrl: HttpUrl | None = None  # noqa: N815
    type: str | None = None
    quality: int = 0
    provider: _Provider | None = None
    images: list[_Image] = []


class _Article(_Shared):
    heat: int = -1
    published: bool = False
    topics: list[str] = []
    related: list[_Shared] = []


_HANDLER = _CHandler()


def load(file: Path) -> _Article | None:
    """Return the article of a file, or nothing where it makes none."""
    try:
        post = frontmatter.load(str(file), handler=_HANDLER)
        return _Article.model_validate(post.metadata)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, ValueError, TypeError):
        return None
