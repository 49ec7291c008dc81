"""Reactions: the routes of the loopback Discord that are theirs alone, and what is told of them.

https://discord.com/developers/docs/resources/message#create-reaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.places import MANAGE_MESSAGES, REACT, READ_HISTORY
from tests.faults.world import BOT_ID, Json, RefusedError, World, emoji_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.faults.gateway import Gateway
    from tests.faults.threads import Call, Threads

MOST_EMOJI = 20  # kinds of reactions below one message
_MOST_READ = 100


class Reactions:
    """What is asked of reactions, and what people do with them."""

    def __init__(self, world: World, gateway: Gateway, threads: Threads) -> None:
        self.world = world
        self.gateway = gateway
        self.threads = threads

    def routes(
        self, message: str
    ) -> tuple[tuple[str, str, Callable[[Call], Awaitable[object]]], ...]:
        one = message + "/reactions/{emoji}"
        return (
            ("GET", one, self.get),
            ("PUT", one + "/@me", self.put),
            ("DELETE", one + "/@me", self.delete_own),
            ("DELETE", one + "/{user_id}", self.delete_of),
            ("DELETE", one, self.delete_emoji),
            ("DELETE", message + "/reactions", self.delete_all),
        )

    async def get(self, call: Call) -> object:
        """Return who reacted, a page in the order of their numbers."""
        channel_id, message_id = self._found(call)
        self.world.need(channel_id, READ_HISTORY)
        some = self._of(message_id) if not call.number("type", 0) else self._supers(message_id)
        users = some.get(call.names["emoji"], [])
        after, limit = call.number("after", 0), call.number("limit", 25)
        if not 1 <= limit <= _MOST_READ:
            raise RefusedError(400, 50035, "Invalid Form Body")
        return [self._user(user) for user in sorted(users) if user > after][:limit]

    async def put(self, call: Call) -> object:
        channel_id, message_id = self._found(call)
        known = call.names["emoji"] in self._of(message_id)
        self.world.need(channel_id, READ_HISTORY | (0 if known else REACT))
        if not known and len(self._of(message_id)) >= MOST_EMOJI:
            raise RefusedError(400, 30010, "Maximum number of reactions reached (20)")
        await self.add(BOT_ID, channel_id, message_id, call.names["emoji"])
        return None

    async def delete_own(self, call: Call) -> object:
        channel_id, message_id = self._found(call)
        await self.take(BOT_ID, channel_id, message_id, call.names["emoji"])
        return None

    async def delete_of(self, call: Call) -> object:
        """Take somebody's reaction away, which needs more than taking back one's own."""
        channel_id, message_id = self._found(call)
        self.world.need(channel_id, MANAGE_MESSAGES)
        user_id = int(call.names["user_id"])
        await self.take(user_id, channel_id, message_id, call.names["emoji"])
        return None

    async def delete_emoji(self, call: Call) -> object:
        channel_id, message_id = self._found(call)
        self.world.need(channel_id, MANAGE_MESSAGES)
        await self.clear(channel_id, message_id, call.names["emoji"])
        return None

    async def delete_all(self, call: Call) -> object:
        channel_id, message_id = self._found(call)
        self.world.need(channel_id, MANAGE_MESSAGES)
        await self.clear(channel_id, message_id)
        return None

    async def add(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        """Let somebody react, and tell the clients."""
        users = self.world.reactions.setdefault(message_id, {}).setdefault(emoji, [])
        if user_id in users:
            return
        users.append(user_id)
        what = self._told(channel_id, message_id, emoji) | {"user_id": str(user_id)}
        who = {} if self.world.owner(channel_id) else {"member": self.world.members[user_id]}
        await self.gateway.dispatch("MESSAGE_REACTION_ADD", what | who)

    async def take(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        """Let a reaction be gone, whoever took it away, and tell the clients."""
        users = self._of(message_id).get(emoji, [])
        if user_id not in users:
            return
        users.remove(user_id)
        if not users:
            del self.world.reactions[message_id][emoji]
        what = self._told(channel_id, message_id, emoji) | {"user_id": str(user_id)}
        await self.gateway.dispatch("MESSAGE_REACTION_REMOVE", what)

    async def clear(self, channel_id: int, message_id: int, emoji: str | None = None) -> None:
        """Let all reactions be gone, or those of one emoji, and tell the clients."""
        if emoji is None:
            self.world.reactions.pop(message_id, None)
            told = self._where(channel_id, message_id)
            await self.gateway.dispatch("MESSAGE_REACTION_REMOVE_ALL", told)
        elif self._of(message_id).pop(emoji, None):
            told = self._where(channel_id, message_id) | {"emoji": emoji_of(emoji)}
            await self.gateway.dispatch("MESSAGE_REACTION_REMOVE_EMOJI", told)

    def _found(self, call: Call) -> tuple[int, int]:
        channel_id = self.world.known(int(call.names["channel_id"]))
        message = self.world.find(channel_id, call.names["message_id"])
        if call.method != "GET":
            self.threads.need_open(channel_id)
        return channel_id, int(message["id"])

    def _of(self, message_id: int) -> dict[str, list[int]]:
        return self.world.reactions.get(message_id, {})

    def _supers(self, message_id: int) -> dict[str, list[int]]:
        return self.world.supers.get(message_id, {})

    def _user(self, user_id: int) -> Json:
        """Return a user; whoever left the server is one still."""
        user: Json = (self.world.members.get(user_id) or self.world.gone[user_id])["user"]
        return user

    def _where(self, channel_id: int, message_id: int) -> Json:
        place = {"channel_id": str(channel_id), "message_id": str(message_id)}
        return place if self.world.owner(channel_id) else self.world.in_guild(place)

    def _told(self, channel_id: int, message_id: int, emoji: str) -> Json:
        kind = {"emoji": emoji_of(emoji), "burst": False, "type": 0}
        return self._where(channel_id, message_id) | kind
