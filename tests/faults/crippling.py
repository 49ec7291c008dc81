"""What can be taken from the bot of a life, to see that the proof would tell."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.adapters.chat.posts import DiscordChat
from bot.adapters.chat.reactions import Reactions
from bot.core.outbox import Sighting
from bot.core.review import Vote

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from bot.core.review import Review


def put(owner: Any, name: str, value: object) -> None:  # noqa: ANN401 (a module or a class)
    """Replace something in this process, which ends with the life that it is for."""
    setattr(owner, name, value)


def _draw_nonces() -> None:
    post = DiscordChat.post

    async def posted(self: DiscordChat, delivery: Any) -> Any:  # noqa: ANN401
        return await post(self, replace(delivery, nonce=secrets.token_hex(12)))

    put(DiscordChat, "post", posted)


def _see_nothing() -> None:
    async def sighting(_: DiscordChat, __: object) -> Sighting:
        return Sighting.ABSENT

    put(DiscordChat, "sighting", sighting)


def _believe_events() -> None:
    """Count the reactions that this process heard of, and ask for no others."""
    heard: dict[int, list[Vote]] = {}
    given = Reactions._given  # noqa: SLF001 (there is no other way to hear what it hears)

    async def hear(self: Reactions, event: discord.RawReactionActionEvent) -> None:
        verdict = self._services.ballot.verdict(str(event.emoji))
        if verdict is not None and event.member is not None and not event.member.bot:
            vote = Vote(user_id=event.user_id, verdict=verdict)
            heard.setdefault(event.message_id, []).append(vote)
        await given(self, event)

    async def ballots(_: DiscordChat, review: Review) -> list[Vote]:
        return heard.get(review.message_id or 0, [])

    put(Reactions, "_given", hear)
    put(DiscordChat, "ballots", ballots)


NO_CLAIM, NO_NONCE, NO_LOOK = "no claim", "no nonce", "no look"
EVENTS_ALONE = "votes heard, not read"
APART = "verdicts apart from what follows"
SABOTAGES: dict[str, Callable[[], None]] = {
    NO_NONCE: _draw_nonces,
    NO_LOOK: _see_nothing,
    EVENTS_ALONE: _believe_events,
}
