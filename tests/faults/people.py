"""What people mean to do at a review desk, and do while the bot lives or while it is away.

Whoever used a button, a form or a command and got no answer tries again in the bot's next life.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tests.faults.acts import button_of
from tests.faults.rest import LOADING
from tests.faults.world import NEWS_ID, REVIEW_ID, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.loopback import Loopback

TAKEN_BACK = "is taken back"


class Way(Enum):
    """How somebody does something."""

    REACT = "react"
    PRESS = "press"
    REWORD = "reword"
    PROPOSE = "propose"
    UNDO = "undo"


@dataclass(slots=True, kw_only=True)
class Wish:
    """What somebody means to do about a title; of its cards the one of that number is meant.

    Who is `late` lets others go first, and comes while the bot is away if ever it is.
    """

    user_id: int
    way: Way
    title: str
    says: str = ""
    card: int = 0
    late: bool = False
    token: str | None = None
    tried: bool = False
    done: bool = False


@dataclass(slots=True, kw_only=True)
class People:
    """Everybody with something to do; each thing is done once, as far as people can know."""

    loopback: Loopback
    wishes: Sequence[Wish]
    seen: set[str] = field(default_factory=set)  # cards that others had time to look at

    @property
    def satisfied(self) -> bool:
        return all(wish.done for wish in self.wishes)

    def begin_life(self) -> None:
        """Give up waiting for answers of the life before."""
        for wish in self.wishes:
            wish.token = None

    async def act(self, *, away: bool = False) -> int:
        """Do all that can be done by now; return how much that was, or is still to be answered."""
        seen = {card["id"] for card in self._cards()}
        busy = 0
        for wish in self.wishes:
            if not wish.done and (not away or wish.way is Way.REACT):
                busy += await self._try(wish, away=away)
        self.seen |= seen
        return busy

    async def _try(self, wish: Wish, *, away: bool) -> bool:
        if wish.token is not None:
            return await self._hear(wish, wish.token)
        match wish.way:
            case Way.PROPOSE:
                if self._card(wish) is not None:  # it was proposed, whatever was answered
                    wish.done = True
                    return False
                await self._use(wish, "draft", "article")
            case Way.UNDO:
                if not self._stands(wish.title):
                    wish.done = wish.tried  # whatever was answered
                    return False
                await self._use(wish, "undo", "which")
            case _:
                card = self._card(wish)
                if card is None or (wish.late and not away and card["id"] not in self.seen):
                    return False
                return await self._sign(wish, card)
        return True

    async def _sign(self, wish: Wish, card: Json) -> bool:
        if wish.way is Way.REACT:
            wish.done = True
            await self.loopback.react(wish.user_id, REVIEW_ID, int(card["id"]), wish.says)
            return True
        try:
            button_of(card, wish.says)
        except LookupError:  # others were quicker
            wish.done = True
            return False
        wish.token = await self.loopback.press(card, wish.says, user_id=wish.user_id)
        return True

    async def _use(self, wish: Wish, name: str, option: str) -> None:
        given = [{"name": option, "type": 3, "value": wish.title}]
        used = {"name": name, "type": 1, "options": given}
        data = {"id": "1", "name": "review", "type": 1, "options": [used]}
        wish.token = await self.loopback.interact(data, user_id=wish.user_id, channel_id=REVIEW_ID)
        wish.tried = True

    async def _hear(self, wish: Wish, token: str) -> bool:
        world = self.loopback.world
        if token in world.forms:
            form = world.forms.pop(token)
            world.forms[token] = form
            wish.token = await self.loopback.fill_in(
                token, user_id=wish.user_id, **{_first_field(form): f"{wish.title} anew"}
            )
            return True
        answers = [a for a in world.answers.get(token, []) if not a["flags"] & LOADING]
        if not answers:
            return True
        wish.token = None
        again = wish.way is Way.PRESS and TAKEN_BACK in answers[-1]["content"]
        wish.done = not again
        return True

    def _cards(self) -> list[Json]:
        return [card for card in self.loopback.world.messages.get(REVIEW_ID, []) if card["embeds"]]

    def _card(self, wish: Wish) -> Json | None:
        of_title = [one for one in self._cards() if one["embeds"][0]["title"] == wish.title]
        return of_title[wish.card] if len(of_title) > wish.card else None

    def _stands(self, title: str) -> bool:
        return any(
            embed.get("title") == title
            for message in self.loopback.world.messages.get(NEWS_ID, [])
            for embed in message["embeds"]
        )


def _first_field(form: Json) -> str:
    part = form["components"][0]
    inner: Json = part["component"] if "component" in part else part["components"][0]
    return str(inner["custom_id"])
