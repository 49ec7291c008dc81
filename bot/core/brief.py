"""A brief: what moderators should know of a proposal besides what will be posted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.core.article import ArticleId

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Another article that tells the story; texts as in its file."""

    article_id: ArticleId
    title: str
    source: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """What was last posted of the story or its topics in that channel; the title as on its card."""

    title: str
    at: datetime
    channel_id: int
    message_id: int | None = None
    same_story: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is said beneath a card: what is wrong with the file, who else tells it, what was posted.

    `warnings` are of the file, in words; `others` are those that could take its place, the best
    first.
    """

    warnings: tuple[str, ...] = ()
    others: tuple[Telling, ...] = ()
    last: Similar | None = None


NO_BRIEF = Brief()


def brief_to_json(brief: Brief) -> dict[str, Any]:
    """Return the brief as JSON-compatible data, as the ledger keeps it; empty where it is."""
    last = None
    if brief.last is not None:
        last = {**asdict(brief.last), "at": brief.last.at.isoformat()}
    data = {
        "warnings": list(brief.warnings),
        "others": [asdict(other) for other in brief.others],
        "last": last,
    }
    return {name: value for name, value in data.items() if value}


def brief_from_json(data: Mapping[str, Any] | None) -> Brief:
    """Return the brief that `brief_to_json` wrote."""
    if not data:
        return NO_BRIEF
    last = data.get("last")
    return Brief(
        warnings=tuple(data.get("warnings", ())),
        others=tuple(
            Telling(**{**other, "article_id": ArticleId(other["article_id"])})
            for other in data.get("others", ())
        ),
        last=Similar(**{**last, "at": datetime.fromisoformat(last["at"])}) if last else None,
    )
