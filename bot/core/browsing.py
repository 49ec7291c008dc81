"""Browsing: where somebody is in an answer, small enough to be the id of a button."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

ID_LIMIT = 100  # https://discord.com/developers/docs/components/reference#anatomy-of-a-component
PAGE = 8  # results, of which a phone shows the list below the card without much scrolling
TO_SHARE = ("view_channel", "send_messages", "embed_links")  # permissions, as Discord names them
_FARTHEST = 99_999
_ID = "[0-9a-z]{10}"  # of an article
SPOT = rf"\d{{1,5}}:(?:{_ID})*:(?s:.*)"
_SPOT = re.compile(rf"(\d{{1,5}}):((?:{_ID})*):(.*)", re.DOTALL)
_OPEN = "#"  # begins a text that asks for one article by its id


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where somebody is: on a page of a search, at one of its articles, or on a walk from there.

    `asked` stands for the text of the search, `shown` is the article that is open where it is not
    the first. `walk` holds the articles whose relations are walked, from the open one to where
    the walk has come; without an open one there is none.
    """

    asked: str
    offset: int = 0
    shown: str = ""
    walk: tuple[str, ...] = ()

    def written(self, verb: str) -> str:
        """Return the id of a button; the earliest steps of a walk that do not fit are forgotten."""
        head = f"{verb}:{min(self.offset, _FARTHEST)}:{self.shown}"
        tail = f":{self.asked}"
        walk = list(self.walk)
        while walk[1:] and len(head) + sum(map(len, walk)) + len(tail) > ID_LIMIT:
            walk.pop(0)
        return head + "".join(walk) + tail

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the spot that `written` wrote, without its verb."""
        match = _SPOT.fullmatch(text)
        if match is None:
            raise ValueError(text)
        offset, steps, asked = match.groups()
        shown, *walk = re.findall(_ID, steps) or ("",)
        return cls(asked=asked, offset=int(offset), shown=shown, walk=tuple(walk))

    def turned(self, pages: int) -> Spot:
        """Return the spot so many pages on."""
        return Spot(asked=self.asked, offset=max(self.offset + pages * PAGE, 0))

    def opened(self, article_id: str) -> Spot:
        """Return the spot with another article open: of the page, or the next step of a walk."""
        if self.walk:
            return replace(self, walk=(*self.walk, article_id))
        return replace(self, shown=article_id)

    def related(self, article_id: str) -> Spot:
        """Return the spot where a walk begins."""
        return replace(self, shown=article_id, walk=(article_id,))

    def back(self) -> Spot:
        """Return the spot one step back."""
        return replace(self, walk=self.walk[:-1])

    def home(self) -> Spot:
        """Return the spot from which the walk began."""
        return replace(self, walk=())

    def closed(self) -> Spot:
        """Return the spot with nothing opened but what is open by itself."""
        return replace(self, shown="", walk=())

    def within(self, total: int) -> Spot:
        """Return the last page of so many results where there are fewer than there were."""
        return self if self.offset < total else Spot(asked=self.asked, offset=last_page(total))


def opening(article_id: str) -> str:
    """Return the text that asks for one article."""
    return f"{_OPEN}{article_id}"


def last_page(total: int) -> int:
    """Return the offset of the last page of so many results."""
    return max(total - 1, 0) // PAGE * PAGE


def share_refusal(*, asker: Mapping[str, bool], bot: Mapping[str, bool]) -> str | None:
    """Return why an article cannot be shared in a channel, by what either may do there."""
    lacking = [name.replace("_", " ") for name in TO_SHARE if not asker.get(name)]
    if lacking:
        return f"You cannot share here; you lack: {', '.join(lacking)}."
    lacking = [name.replace("_", " ") for name in TO_SHARE if not bot.get(name)]
    if lacking:
        return f"I cannot share here; I lack: {', '.join(lacking)}."
    return None
