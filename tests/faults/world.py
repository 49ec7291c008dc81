"""What the loopback Discord knows: tests read and change it, the server's two sides act on it.

Where a bot could tell, it keeps to what Discord documents: enforced nonces are remembered per
author and for a while.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from discord.utils import time_snowflake, utcnow

from tests.faults import places
from tests.faults.places import REACT, SEND, SEND_IN_THREADS, VIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

Json = dict[str, Any]

GUILD_ID = 900000000000000001
OTHER_GUILD_ID = 900000000000000005
BOT_ID = APPLICATION_ID = 900000000000000002
MODERATOR_ID = 900000000000000003
READER_ID = 900000000000000004
NEWS_ID = 900000000000000011
REVIEW_ID = 900000000000000012
BOT_ROLE_ID = 900000000000000021
MODERATOR_ROLE_ID = 900000000000000022

READ_HISTORY = places.READ_HISTORY
USE_COMMANDS = 1 << 31
PERMISSIONS = REACT | VIEW | SEND | places.EMBED | READ_HISTORY | USE_COMMANDS | SEND_IN_THREADS

# What every such object carries and no test has asked about yet.
USER: Json = json.loads("""{"global_name": null, "discriminator": "0", "avatar": null,
    "public_flags": 0, "flags": 0, "primary_guild": null}""")
MEMBER: Json = json.loads("""{"joined_at": "2026-01-01T00:00:00+00:00", "flags": 0, "nick": null,
    "avatar": null, "banner": null, "premium_since": null, "communication_disabled_until": null,
    "deaf": false, "mute": false, "pending": false}""")
ROLE: Json = json.loads("""{"color": 0, "hoist": false, "managed": false, "mentionable": false,
    "flags": 0, "icon": null, "unicode_emoji": null, "description": null,
    "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null}}""")
GUILD: Json = json.loads("""{"name": "Loopback", "joined_at": "2026-01-01T00:00:00+00:00",
    "large": false, "unavailable": false, "preferred_locale": "en-US", "features": [],
    "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0}""")
MESSAGE: Json = json.loads("""{"type": 0, "content": "", "embeds": [], "components": [], "flags": 0,
    "edited_timestamp": null, "tts": false, "pinned": false, "mention_everyone": false,
    "mentions": [], "mention_roles": [], "attachments": []}""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came in; the path without /api/v10 and without the query."""

    method: str
    path: str
    json: Any
    query: str = ""


class RefusedError(Exception):
    """Discord's own no, as opposed to a scripted fault."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.answer: Json = {"code": code, "message": message}
        self.headers: dict[str, str] = {}


def person(user_id: int, name: str, *roles: int) -> Json:
    """Return somebody as a member."""
    user = USER | {"id": str(user_id), "username": name, "bot": user_id == BOT_ID}
    return MEMBER | {"user": user, "roles": [str(role) for role in roles]}


def _people() -> dict[int, Json]:
    return {
        BOT_ID: person(BOT_ID, "gazette", BOT_ROLE_ID),
        MODERATOR_ID: person(MODERATOR_ID, "moderator", MODERATOR_ROLE_ID),
        READER_ID: person(READER_ID, "reader"),
    }


def _channels() -> dict[int, Json]:
    named = {NEWS_ID: "news", REVIEW_ID: "review"}
    return {key: places.channel(key, GUILD_ID, name) for key, name in named.items()}


def _rights() -> dict[int, int]:
    return {MODERATOR_ROLE_ID: 0, BOT_ROLE_ID: 0}


def emoji_of(text: str) -> Json:
    name, _, emoji_id = text.partition(":")
    return {"id": emoji_id or None, "name": name}


def _stored(component: Json, ids: Iterator[int]) -> Json:
    """Return a component as Discord keeps it: with an id, and without what is nothing."""
    kept: Json = {"id": next(ids)} | component
    if "emoji" in kept:
        kept["emoji"] = {key: value for key, value in kept["emoji"].items() if value is not None}
    if "components" in kept:
        kept["components"] = [_stored(inner, ids) for inner in kept["components"]]
    return kept


def _written(message: Json, body: Json) -> Json:
    keys = ("content", "embeds", "components", "flags", "tts", "message_reference")
    given = {key: body[key] for key in keys if body.get(key) is not None}
    roles = (body.get("allowed_mentions") or {}).get("roles") or []
    given["mention_roles"] = [
        str(role) for role in roles if f"<@&{role}>" in given.get("content", "")
    ]
    if "embeds" in given:
        given["embeds"] = [{"type": "rich"} | embed for embed in given["embeds"]]
    if "components" in given:
        ids = count(1)
        given["components"] = [_stored(component, ids) for component in given["components"]]
    return message | given


@dataclass(slots=True, kw_only=True)
class World:
    """Everything the server knows; a test reads and changes its contents as it likes."""

    clock: Callable[[], datetime] = utcnow
    nonce_window: float = 300  # seconds; Discord says "the past few minutes"
    guilds: tuple[int, ...] = (GUILD_ID,)  # which share their people and roles
    permissions: int = PERMISSIONS  # of @everyone, the bot included
    rights: dict[int, int] = field(default_factory=_rights)  # what each role adds to them
    global_limit: int | None = None  # requests a second, as Discord's 50
    route_limit: tuple[int, float] | None = None  # posts in so many seconds, by channel
    crosspost_limit: int = 10  # an hour, by channel
    crossposts: dict[int, list[datetime]] = field(default_factory=dict)  # by channel
    members: dict[int, Json] = field(default_factory=_people)
    gone: dict[int, Json] = field(default_factory=dict)  # who were members once
    channels: dict[int, Json] = field(default_factory=_channels)
    messages: dict[int, list[Json]] = field(default_factory=dict)  # by channel, oldest first
    reactions: dict[int, dict[str, list[int]]] = field(default_factory=dict)  # message, emoji
    supers: dict[int, dict[str, list[int]]] = field(default_factory=dict)  # super reactions
    inboxes: dict[int, Json] = field(default_factory=dict)  # direct message channels by user
    closed: set[int] = field(default_factory=set)  # users who take no direct messages
    nonces: dict[tuple[int, str], tuple[datetime, Json]] = field(default_factory=dict)
    commands: dict[int | None, list[Json]] = field(default_factory=dict)  # by guild; None: global
    invocations: dict[str, Json] = field(default_factory=dict)  # interactions by token
    forms: dict[str, Json] = field(default_factory=dict)  # shown to people, by token
    answers: dict[str, list[Json]] = field(default_factory=dict)  # their messages by token
    requests: list[Request] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=count)

    def new_id(self) -> str:
        """Return a snowflake of the present instant, as Discord's ids are."""
        return str(time_snowflake(self.clock()) + next(self.ids) % (1 << 22))

    def guild(self, guild_id: int = GUILD_ID, *, every_member: bool) -> Json:
        """Return a guild as GUILD_CREATE shows it."""
        here = [place for place in self.channels.values() if place["guild_id"] == str(guild_id)]
        return GUILD | {
            "id": str(guild_id),
            "owner_id": str(MODERATOR_ID),
            "roles": [self.role(role) for role in (guild_id, *self.rights)],
            "channels": [place for place in here if not places.is_thread(place)],
            "threads": self.open_threads(guild_id),
            "members": [m for key, m in self.members.items() if every_member or key == BOT_ID],
            "member_count": len(self.members),
        }

    def role(self, role_id: int) -> Json:
        """Return a role; a server's own number is that of @everyone."""
        names = {MODERATOR_ROLE_ID: "moderators", BOT_ROLE_ID: "bot"}
        name, rights = names.get(role_id, f"role {role_id}"), self.rights.get(role_id, 0)
        if role_id in self.guilds:
            name, rights = "@everyone", self.permissions
        position = 1 + list(self.rights).index(role_id) if role_id in self.rights else 0
        own = {"id": str(role_id), "name": name, "position": position}
        return ROLE | own | {"permissions": str(rights)}

    def add_channel(
        self,
        name: str,
        kind: int = places.TEXT,
        guild_id: int = GUILD_ID,
        **fields: Any,  # noqa: ANN401 (JSON)
    ) -> int:
        """Add a channel before anybody looks, and return its number."""
        channel_id = int(self.new_id())
        made = places.channel(channel_id, guild_id, name, kind) | fields
        self.channels[channel_id] = made | {"position": len(self.channels)}
        return channel_id

    def open_threads(self, guild_id: int = GUILD_ID) -> list[Json]:
        """Return a guild's threads that are not archived."""
        return [
            place
            for place in self.channels.values()
            if places.is_thread(place)
            and place["guild_id"] == str(guild_id)
            and not place["thread_metadata"]["archived"]
        ]

    def known(self, channel_id: int) -> int:
        """Refuse a channel that the server does not have."""
        if channel_id not in self.channels and self.owner(channel_id) is None:
            raise RefusedError(404, 10003, "Unknown Channel")
        return channel_id

    def allowed(self, channel_id: int, user_id: int = BOT_ID) -> int:
        """Return somebody's permissions in a channel; a thread has its channel's."""
        if self.owner(channel_id) is not None:
            return places.EVERYTHING
        place = self.channels[channel_id]
        if places.is_thread(place):
            place = self.channels[int(place["parent_id"])]
        member = self.members[user_id]
        base = self.permissions
        for role in member["roles"]:
            base |= self.rights.get(int(role), 0)
        return places.allowed(base, place, member)

    def need(self, channel_id: int, rights: int) -> None:
        """Refuse what the bot may not do in a channel, as Discord does."""
        allowed = self.allowed(channel_id)
        if not allowed & VIEW:
            raise RefusedError(403, 50001, "Missing Access")
        if allowed & rights != rights:
            raise RefusedError(403, 50013, "Missing Permissions")

    def inbox(self, user_id: int) -> Json:
        """Return the channel of somebody's direct messages, made when it is first asked for."""
        if user_id not in self.inboxes:
            user = self.members[user_id]["user"]
            own = {"id": self.new_id(), "type": 1, "last_message_id": None, "flags": 0}
            self.inboxes[user_id] = own | {"recipients": [user]}
        return self.inboxes[user_id]

    def owner(self, channel_id: int) -> int | None:
        """Return whose direct messages a channel holds, if it holds any."""
        for user_id, inbox in self.inboxes.items():
            if int(inbox["id"]) == channel_id:
                return user_id
        return None

    def write(self, channel_id: int, body: Json) -> Json:
        """Return a message of the bot's that is not yet anywhere."""
        own = {"id": self.new_id(), "channel_id": str(channel_id)}
        own |= {"author": self.members[BOT_ID]["user"], "timestamp": self.clock().isoformat()}
        return _written(MESSAGE | own, body)

    def post(self, channel_id: int, body: Json) -> tuple[Json, bool]:
        """Store a message, unless its nonce is remembered; return it and whether it is new."""
        key = (BOT_ID, str(body.get("nonce")))
        if body.get("enforce_nonce") and key in self.nonces:
            since, known = self.nonces[key]
            if (self.clock() - since).total_seconds() < self.nonce_window:
                return self.find(int(known["channel_id"]), known["id"]), False
        message = self.write(channel_id, body)
        self.messages.setdefault(channel_id, []).append(message)
        if body.get("nonce") is not None:
            self.nonces[key] = (self.clock(), message)
        return message, True

    def find(self, channel_id: int, message_id: str) -> Json:
        """Return a stored message, or refuse as Discord does when it was deleted."""
        for message in self.messages.get(channel_id, []):
            if message["id"] == message_id:
                return message
        raise RefusedError(404, 10008, "Unknown Message")

    def edit(self, message: Json, body: Json) -> None:
        """Change a message where it stands."""
        message.update(_written(message, body), edited_timestamp=self.clock().isoformat())

    def shown(self, message: Json) -> Json:
        """Return a message with its reactions counted, as routes answer it."""
        unused = {"burst_colors": [], "me_burst": False}
        plain, burst = (each.get(int(message["id"]), {}) for each in (self.reactions, self.supers))
        numbers = {
            emoji: (len(plain.get(emoji, [])), len(burst.get(emoji, [])))
            for emoji in (*plain, *burst)
        }
        reactions = [
            {"emoji": emoji_of(emoji), "count": normal + bursts}
            | {"me": BOT_ID in plain.get(emoji, [])}
            | {"count_details": {"burst": bursts, "normal": normal}}
            | unused
            for emoji, (normal, bursts) in numbers.items()
        ]
        return message | {"reactions": reactions}

    def in_guild(self, told: Json) -> Json:
        """Return a message, or what happened to one, as its gateway event carries it."""
        place = self.channels.get(int(told.get("channel_id", 0)))
        return told | {"guild_id": place["guild_id"] if place else str(GUILD_ID)}
