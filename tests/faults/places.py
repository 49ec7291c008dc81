"""Channels, threads and who may do what in them, as Discord describes and computes it.

https://discord.com/developers/docs/topics/permissions
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.world import Json

ADMINISTRATOR, REACT, VIEW, SEND = 1 << 3, 1 << 6, 1 << 10, 1 << 11
MANAGE_MESSAGES, EMBED, READ_HISTORY = 1 << 13, 1 << 14, 1 << 16
MANAGE_THREADS, SEND_IN_THREADS = 1 << 34, 1 << 38
EVERYTHING = (1 << 53) - 1

TEXT, ANNOUNCEMENT, PUBLIC_THREAD, FORUM = 0, 5, 11, 15
THREADS = (10, PUBLIC_THREAD, 12)
REQUIRE_TAG = 1 << 4  # a flag of forums
CROSSPOSTED = 1 << 0  # a flag of messages

_ROLE, _MEMBER = 0, 1  # types of overwrites

# What every such object carries and no test has asked about yet.
CHANNEL: Json = json.loads("""{"type": 0, "flags": 0, "permission_overwrites": [], "nsfw": false,
    "topic": null, "parent_id": null, "last_message_id": null, "rate_limit_per_user": 0}""")
FORUM_CHANNEL: Json = json.loads("""{"available_tags": [], "default_reaction_emoji": null,
    "default_sort_order": null, "default_forum_layout": 0}""")
TAG: Json = json.loads("""{"moderated": false, "emoji_id": null, "emoji_name": null}""")


def channel(channel_id: int, guild_id: int, name: str, kind: int = TEXT) -> Json:
    own = {"id": str(channel_id), "guild_id": str(guild_id), "name": name, "position": 0}
    return own | CHANNEL | (FORUM_CHANNEL if kind == FORUM else {}) | {"type": kind}


def thread(parent: Json, thread_id: str, owner_id: int, at: str, asked: Json) -> Json:
    """Return a public thread in which nothing was said yet."""
    archive = {"archived": False, "locked": False, "archive_timestamp": at}
    kept = {"auto_archive_duration": asked.get("auto_archive_duration") or 4320}
    return {
        "id": thread_id,
        "type": PUBLIC_THREAD,
        "flags": 0,
        "guild_id": parent["guild_id"],
        "name": asked["name"],
        "parent_id": parent["id"],
        "owner_id": str(owner_id),
        "last_message_id": thread_id,
        "rate_limit_per_user": 0,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "applied_tags": asked.get("applied_tags") or [],
        "thread_metadata": archive | kept | {"create_timestamp": at},
        "member": {"id": thread_id, "user_id": str(owner_id), "join_timestamp": at, "flags": 1},
    }


def is_thread(place: Json) -> bool:
    return place["type"] in THREADS


def overwrite(holder_id: int, *, member: bool = False, allow: int = 0, deny: int = 0) -> Json:
    kind = _MEMBER if member else _ROLE
    return {"id": str(holder_id), "type": kind, "allow": str(allow), "deny": str(deny)}


def allowed(base: int, place: Json, member: Json) -> int:
    """Return a member's permissions in a channel, from those in the server."""
    if base & ADMINISTRATOR:
        return EVERYTHING
    given = {(entry["type"], entry["id"]): entry for entry in place["permission_overwrites"]}
    steps = (
        [(_ROLE, place["guild_id"])],
        [(_ROLE, role) for role in member["roles"]],
        [(_MEMBER, member["user"]["id"])],
    )
    for holders in steps:
        entries = [given[holder] for holder in holders if holder in given]
        base = base & ~_all(e["deny"] for e in entries) | _all(e["allow"] for e in entries)
    return base


def _all(rights: Iterable[str]) -> int:
    together = 0
    for right in rights:
        together |= int(right)
    return together
