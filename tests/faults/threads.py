"""Threads, forums and announcements: the routes of the loopback Discord that are theirs alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.faults import places
from tests.faults.limits import CODE_OF_WRITES, limited
from tests.faults.places import (
    ANNOUNCEMENT,
    CROSSPOSTED,
    EMBED,
    FORUM,
    MANAGE_THREADS,
    READ_HISTORY,
    REQUIRE_TAG,
    SEND,
)
from tests.faults.world import BOT_ID, Json, RefusedError, World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.gateway import Gateway

HOUR = timedelta(hours=1)
_MOST_TAGS = 5
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a route is asked: the names in its path, the query and the JSON body."""

    method: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    def number(self, name: str, default: int) -> int:
        """Return a number of the query."""
        return int(self.query.get(name, default))


class Threads:
    """What is asked of forums, their threads and announcement channels."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway

    async def open_thread(self, call: Call) -> object:
        """Open a thread in a forum with its first message, whose nonce nobody looks at."""
        forum_id = self.world.known(int(call.names["channel_id"]))
        forum, body = self.world.channels[forum_id], call.body
        if forum["type"] != FORUM:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        asked = body.get("message") or {}
        self.world.need(forum_id, SEND | (EMBED if asked.get("embeds") else 0))
        self._check(forum, body, asked)
        at = self.world.clock().isoformat()
        thread_id = self.world.new_id()
        thread = places.thread(forum, thread_id, BOT_ID, at, body)
        self.world.channels[int(thread_id)] = thread
        message = self.world.write(int(thread_id), asked) | {"id": thread_id}
        self.world.messages[int(thread_id)] = [message]
        await self.gateway.dispatch("THREAD_CREATE", thread | {"newly_created": True})
        await self.gateway.dispatch("MESSAGE_CREATE", self.world.in_guild(message))
        return thread | {"message": message}

    async def get_active(self, call: Call) -> object:
        threads = self.world.open_threads(int(call.names["guild_id"]))
        return {"has_more": False} | _listed(self._seen(threads))

    async def get_archived(self, call: Call) -> object:
        """Return a channel's archived threads, the one archived last first."""
        channel_id = self.world.known(int(call.names["channel_id"]))
        self.world.need(channel_id, READ_HISTORY)
        before, limit = call.query.get("before", "9999"), call.number("limit", 50)
        archived = [
            place
            for place in self.world.channels.values()
            if places.is_thread(place)
            and place["parent_id"] == str(channel_id)
            and place["thread_metadata"]["archived"]
            and place["thread_metadata"]["archive_timestamp"] < before
        ]
        archived.sort(key=lambda thread: thread["thread_metadata"]["archive_timestamp"])
        page = archived[::-1][:limit]
        return {"has_more": len(archived) > limit} | _listed(page)

    async def patch_thread(self, call: Call) -> object:
        """Archive a thread, or open it again."""
        channel_id = self.world.known(int(call.names["channel_id"]))
        thread = self._thread(channel_id)
        if thread is None:
            raise RefusedError(403, 50013, "Missing Permissions")
        self.world.need(channel_id, places.SEND_IN_THREADS)
        if thread["thread_metadata"]["locked"]:
            self.world.need(channel_id, MANAGE_THREADS)
        at = self.world.clock().isoformat()
        thread["thread_metadata"] |= {"archived": call.body["archived"], "archive_timestamp": at}
        await self.gateway.dispatch("THREAD_UPDATE", thread)
        return thread

    async def crosspost(self, call: Call) -> object:
        """Hand a message on to those who follow its channel; ten an hour, and each once."""
        channel_id = self.world.known(int(call.names["channel_id"]))
        if self.world.channels.get(channel_id, {}).get("type") != ANNOUNCEMENT:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        self.world.need(channel_id, SEND)
        message = self.world.find(channel_id, call.names["message_id"])
        if message["flags"] & CROSSPOSTED:
            raise RefusedError(400, 40033, "This message has already been crossposted.")
        self._count_crosspost(channel_id)
        message["flags"] |= CROSSPOSTED
        await self.gateway.dispatch("MESSAGE_UPDATE", self.world.in_guild(message))
        return self.world.shown(message)

    async def enter(self, channel_id: int) -> None:
        """Open an archived thread by writing in it, or refuse where it is locked."""
        thread = self._thread(channel_id)
        if thread is None:
            return
        state = thread["thread_metadata"]
        if state["locked"] and not self.world.allowed(channel_id) & MANAGE_THREADS:
            raise RefusedError(403, 50083, "Thread is archived")
        thread["message_count"] += 1
        thread["total_message_sent"] += 1
        if state["archived"]:
            state |= {"archived": False, "archive_timestamp": self.world.clock().isoformat()}
            await self.gateway.dispatch("THREAD_UPDATE", thread)

    def need_open(self, channel_id: int) -> None:
        """Refuse to change what stands in an archived thread."""
        thread = self._thread(channel_id)
        if thread is not None and thread["thread_metadata"]["archived"]:
            raise RefusedError(400, 50083, "Thread is archived")

    def _thread(self, channel_id: int) -> Json | None:
        place = self.world.channels.get(channel_id)
        return place if place is not None and places.is_thread(place) else None

    def _seen(self, threads: list[Json]) -> list[Json]:
        return [t for t in threads if self.world.allowed(int(t["id"])) & places.VIEW]

    def _count_crosspost(self, channel_id: int) -> None:
        now = self.world.clock()
        of_late = [at for at in self.world.crossposts.get(channel_id, []) if now - at < HOUR]
        if len(of_late) >= self.world.crosspost_limit:
            wait = (of_late[0] + HOUR - now).total_seconds()
            no = limited(wait, scope="shared", code=CODE_OF_WRITES)
            refused = RefusedError(429, CODE_OF_WRITES, "")
            refused.answer, refused.headers = no.body, no.headers
            raise refused
        self.world.crossposts[channel_id] = [*of_late, now]

    def _check(self, forum: Json, body: Json, message: Json) -> None:
        tags = body.get("applied_tags") or []
        known = {tag["id"] for tag in forum["available_tags"]}
        named = 0 < len(body.get("name") or "") <= _LONGEST_NAME
        written = any(message.get(key) for key in ("content", "embeds", "components"))
        if not named or not written or len(tags) > _MOST_TAGS or not known.issuperset(tags):
            raise RefusedError(400, 50035, "Invalid Form Body")
        if forum["flags"] & REQUIRE_TAG and not tags:
            raise RefusedError(
                400, 40067, "A tag is required to create a forum post in this channel"
            )


def _listed(threads: list[Json]) -> Json:
    return {"threads": threads, "members": [thread["member"] for thread in threads]}
