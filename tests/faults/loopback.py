"""A small Discord on 127.0.0.1, so that the real discord.py can meet a server that fails on demand.

`World` is what the server knows, `Gateway` sends its events, `Rest` answers its routes, `Loopback`
runs them and lets answers fail as scripted. Where a bot could tell, it keeps to what Discord
documents: enforced nonces are remembered per author and for a while, history without the permission
is empty rather than refused, events go only to those whose intents ask for them.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web
from discord.utils import time_snowflake, utcnow

if TYPE_CHECKING:
    from datetime import datetime

Json = dict[str, Any]

GUILD_ID = 900000000000000001
BOT_ID = APPLICATION_ID = 900000000000000002
MODERATOR_ID = 900000000000000003
READER_ID = 900000000000000004
NEWS_ID = 900000000000000011
REVIEW_ID = 900000000000000012
BOT_ROLE_ID = 900000000000000021
MODERATOR_ROLE_ID = 900000000000000022

API = "/api/v10"
READ_HISTORY = 1 << 16
PERMISSIONS = 1 << 6 | 1 << 10 | 1 << 11 | 1 << 14 | READ_HISTORY | 1 << 31  # react, read, post
EPHEMERAL, LOADING = 1 << 6, 1 << 7  # message flags
MEMBERS_INTENT = 1 << 1
NEEDED_INTENTS = {
    "GUILD_CREATE": 1 << 0,
    "MESSAGE_CREATE": 1 << 9,
    "MESSAGE_UPDATE": 1 << 9,
    "MESSAGE_DELETE": 1 << 9,
    "MESSAGE_REACTION_ADD": 1 << 10,
    "MESSAGE_REACTION_REMOVE": 1 << 10,
}

# What every such object carries and no test has asked about yet.
USER: Json = json.loads("""{"global_name": null, "discriminator": "0", "avatar": null,
    "public_flags": 0, "flags": 0, "primary_guild": null}""")
MEMBER: Json = json.loads("""{"joined_at": "2026-01-01T00:00:00+00:00", "flags": 0, "nick": null,
    "avatar": null, "banner": null, "premium_since": null, "communication_disabled_until": null,
    "deaf": false, "mute": false, "pending": false}""")
ROLE: Json = json.loads("""{"color": 0, "hoist": false, "managed": false, "mentionable": false,
    "flags": 0, "icon": null, "unicode_emoji": null, "description": null,
    "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null}}""")
CHANNEL: Json = json.loads("""{"type": 0, "flags": 0, "permission_overwrites": [], "nsfw": false,
    "topic": null, "parent_id": null, "last_message_id": null, "rate_limit_per_user": 0}""")
GUILD: Json = json.loads("""{"name": "Loopback", "joined_at": "2026-01-01T00:00:00+00:00",
    "large": false, "unavailable": false, "preferred_locale": "en-US", "features": [],
    "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0}""")
MESSAGE: Json = json.loads("""{"type": 0, "content": "", "embeds": [], "components": [], "flags": 0,
    "edited_timestamp": null, "tts": false, "pinned": false, "mention_everyone": false,
    "mentions": [], "mention_roles": [], "attachments": []}""")
APPLICATION: Json = json.loads("""{"name": "Gazette", "description": "", "icon": null, "type": null,
    "verify_key": "00", "flags": 0, "flags_new": "0", "bot_public": false, "team": null,
    "bot_require_code_grant": false, "redirect_uris": [], "interactions_endpoint_url": null,
    "role_connections_verification_url": null, "explicit_content_filter": 0,
    "eligible_oauth2_scopes": [], "approximate_guild_count": 1,
    "approximate_user_install_count": 0, "approximate_user_authorization_count": 0}""")
COMMAND: Json = json.loads("""{"type": 1, "description": "", "default_member_permissions": null}""")
INTERACTION: Json = json.loads("""{"version": 1, "locale": "en-US", "guild_locale": "en-US",
    "context": 0, "entitlements": [], "attachment_size_limit": 10485760}""")


class Fault(Enum):
    """What the client meets instead of the answer; a number is the HTTP status."""

    UNAUTHORIZED = 401
    FORBIDDEN = 403
    MISSING = 404
    LIMITED = 429
    ERROR = 500
    BAD_GATEWAY = 502
    UNAVAILABLE = 503
    TIMEOUT = 504
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came in; the path without /api/v10 and without the query."""

    method: str
    path: str
    json: Any
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One failure to come."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    accepted: bool
    retry_after: float


class RefusedError(Exception):
    """Discord's own no, as opposed to a scripted fault."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.answer: Json = {"code": code, "message": message}


def _member(user_id: int, name: str, *roles: int) -> Json:
    user = USER | {"id": str(user_id), "username": name, "bot": user_id == BOT_ID}
    return MEMBER | {"user": user, "roles": [str(role) for role in roles]}


def _people() -> dict[int, Json]:
    return {
        BOT_ID: _member(BOT_ID, "gazette", BOT_ROLE_ID),
        MODERATOR_ID: _member(MODERATOR_ID, "moderator", MODERATOR_ROLE_ID),
        READER_ID: _member(READER_ID, "reader"),
    }


def _channels() -> dict[int, Json]:
    named = {NEWS_ID: "news", REVIEW_ID: "review"}
    return {
        key: {"id": str(key), "guild_id": str(GUILD_ID), "name": name, "position": 0} | CHANNEL
        for key, name in named.items()
    }


def _emoji(text: str) -> Json:
    name, _, emoji_id = text.partition(":")
    return {"id": emoji_id or None, "name": name}


def _written(message: Json, body: Json) -> Json:
    keys = ("content", "embeds", "components", "flags", "tts", "message_reference")
    given = {key: body[key] for key in keys if body.get(key) is not None}
    if "embeds" in given:
        given["embeds"] = [{"type": "rich"} | embed for embed in given["embeds"]]
    return message | given


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the server knows; a test reads and changes its contents as it likes."""

    clock: Callable[[], datetime] = utcnow
    nonce_window: float = 300  # seconds; Discord says "the past few minutes"
    permissions: int = PERMISSIONS  # of @everyone, the bot included
    members: dict[int, Json] = field(default_factory=_people)
    channels: dict[int, Json] = field(default_factory=_channels)
    messages: dict[int, list[Json]] = field(default_factory=dict)  # by channel, oldest first
    reactions: dict[int, dict[str, list[int]]] = field(default_factory=dict)  # message, emoji
    nonces: dict[tuple[int, str], tuple[datetime, Json]] = field(default_factory=dict)
    commands: dict[int | None, list[Json]] = field(default_factory=dict)  # by guild; None: global
    invocations: dict[str, Json] = field(default_factory=dict)  # interactions by token
    answers: dict[str, list[Json]] = field(default_factory=dict)  # their messages by token
    requests: list[Request] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=count)

    def new_id(self) -> str:
        """Return a snowflake of the present instant, as Discord's ids are."""
        return str(time_snowflake(self.clock()) + next(self.ids) % (1 << 22))

    def guild(self, *, every_member: bool) -> Json:
        """Return the guild as GUILD_CREATE shows it."""
        roles = ((GUILD_ID, "@everyone"), (MODERATOR_ROLE_ID, "moderators"), (BOT_ROLE_ID, "bot"))
        rights = {GUILD_ID: self.permissions}
        return GUILD | {
            "id": str(GUILD_ID),
            "owner_id": str(MODERATOR_ID),
            "roles": [
                ROLE
                | {"id": str(role), "name": name, "position": position}
                | {"permissions": str(rights.get(role, 0))}
                for position, (role, name) in enumerate(roles)
            ],
            "channels": list(self.channels.values()),
            "members": [m for key, m in self.members.items() if every_member or key == BOT_ID],
            "member_count": len(self.members),
        }

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
        reactions = [
            {"emoji": _emoji(emoji), "count": len(users), "me": BOT_ID in users}
            | {"count_details": {"burst": 0, "normal": len(users)}}
            | unused
            for emoji, users in self.reactions.get(int(message["id"]), {}).items()
        ]
        return message | {"reactions": reactions}

    def in_guild(self, message: Json) -> Json:
        """Return a message as its gateway event carries it."""
        return message | {"guild_id": str(GUILD_ID)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One WebSocket; with a deflater all it sends is one zlib stream, as discord.py asks."""

    socket: web.WebSocketResponse
    deflate: Callable[[bytes], bytes] | None

    async def send(self, payload: Json) -> None:
        """Send a payload, unless the client has gone."""
        if self.socket.closed:
            return
        text = json.dumps(payload)
        if self.deflate is None:  # zstd-stream was asked for: discord.py reads plain text too
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self.deflate(text.encode()))


def _zlib_stream() -> Callable[[bytes], bytes]:
    deflater = zlib.compressobj()
    return lambda data: deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)


@dataclass(slots=True, kw_only=True)
class Session:
    """What one IDENTIFY began; it outlives its wire, so that RESUME can replay."""

    intents: int
    wire: Wire
    events: list[Json] = field(default_factory=list)

    async def tell(self, event: str, data: Json) -> None:
        """Send an event, now or when the client resumes, if its intents ask for it."""
        needed = NEEDED_INTENTS.get(event, 0)
        if self.intents & needed == needed:
            self.events.append({"op": 0, "t": event, "s": len(self.events) + 1, "d": data})
            await self.wire.send(self.events[-1])


class Gateway:
    """The WebSocket side: sessions, and the events sent to them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.sessions: dict[str, Session] = {}  # clear it, and the next RESUME is refused
        self._wires: list[Wire] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Talk to one client until it leaves."""
        squeezed = request.query.get("compress") == "zlib-stream"
        wire = Wire(socket=web.WebSocketResponse(), deflate=_zlib_stream() if squeezed else None)
        await wire.socket.prepare(request)
        self._wires.append(wire)
        await wire.send({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in wire.socket:
            await self._hear(wire, frame.json())
        self._wires.remove(wire)
        return wire.socket

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event to every session that asked for its kind."""
        if event == "INTERACTION_CREATE":
            self.world.invocations[data["token"]] = data
        for session in list(self.sessions.values()):
            await session.tell(event, data)

    async def drop(self, *, code: int = 4000) -> None:
        """Close every connection; after 4000 clients resume."""
        for wire in list(self._wires):
            await wire.socket.close(code=code)

    async def _hear(self, wire: Wire, payload: Json) -> None:
        match payload:
            case {"op": 1}:
                await wire.send({"op": 11})
            case {"op": 2, "d": asked}:
                await self._identify(wire, asked)
            case {"op": 6, "d": asked}:
                await self._resume(wire, asked)
            case _:  # a presence, or a question this server does not answer
                pass

    async def _identify(self, wire: Wire, asked: Json) -> None:
        session = Session(intents=asked["intents"], wire=wire)
        name = self.world.new_id()
        self.sessions[name] = session
        ready = {
            "v": 10,
            "user": self.world.members[BOT_ID]["user"],
            "guilds": [{"id": str(GUILD_ID), "unavailable": True}],
            "session_id": name,
            "resume_gateway_url": self.url,
            "shard": asked.get("shard", [0, 1]),
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }
        await session.tell("READY", ready)
        every_member = bool(session.intents & MEMBERS_INTENT)
        await session.tell("GUILD_CREATE", self.world.guild(every_member=every_member))

    async def _resume(self, wire: Wire, asked: Json) -> None:
        session = self.sessions.get(asked["session_id"])
        if session is None:
            await wire.send({"op": 9, "d": False})
            return
        session.wire = wire
        for event in session.events[asked["seq"] :]:
            await wire.send(event)
        await session.tell("RESUMED", {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a route is asked: the names in its path, the query and the JSON body."""

    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    def number(self, name: str, default: int) -> int:
        """Return a number of the query."""
        return int(self.query.get(name, default))


Route = Callable[[Call], Awaitable[object]]


class Rest:
    """The HTTP side: each route returns its answer as JSON, or None where Discord has none."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway

    def routes(self) -> tuple[tuple[str, str, Route], ...]:
        commands, guild = "/applications/{application_id}", "/guilds/{guild_id}"
        messages = "/channels/{channel_id}/messages"
        message = messages + "/{message_id}"
        reaction = message + "/reactions/{emoji}"
        webhook = "/webhooks/{application_id}/{token}"
        return (
            ("GET", "/gateway", self.get_gateway),
            ("GET", "/gateway/bot", self.get_gateway),
            ("GET", "/users/@me", self.get_me),
            ("GET", "/oauth2/applications/@me", self.get_application),
            ("GET", commands + "/commands", self.get_commands),
            ("PUT", commands + "/commands", self.put_commands),
            ("GET", commands + guild + "/commands", self.get_commands),
            ("PUT", commands + guild + "/commands", self.put_commands),
            ("GET", guild + "/members/{user_id}", self.get_member),
            ("GET", "/channels/{channel_id}", self.get_channel),
            ("GET", messages, self.get_history),
            ("POST", messages, self.post_message),
            ("GET", message, self.get_message),
            ("PATCH", message, self.patch_message),
            ("DELETE", message, self.delete_message),
            ("GET", reaction, self.get_reactions),
            ("PUT", reaction + "/@me", self.put_reaction),
            ("POST", "/interactions/{interaction_id}/{token}/callback", self.post_callback),
            ("POST", webhook, self.post_followup),
            ("GET", webhook + "/messages/{message_id}", self.get_answer),
            ("PATCH", webhook + "/messages/{message_id}", self.patch_answer),
            ("*", "/{anything:.*}", self.nowhere),
        )

    async def nowhere(self, _: Call) -> object:
        raise RefusedError(404, 0, "404: Not Found")

    async def get_gateway(self, _: Call) -> object:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway.url, "shards": 1, "session_start_limit": limit}

    async def get_me(self, _: Call) -> object:
        return self.world.members[BOT_ID]["user"] | {"mfa_enabled": False, "locale": "en-US"}

    async def get_application(self, _: Call) -> object:
        owner = self.world.members[MODERATOR_ID]["user"]
        return APPLICATION | {"id": str(APPLICATION_ID), "owner": owner}

    async def get_commands(self, call: Call) -> object:
        return self.world.commands.get(_guild_of(call), [])

    async def put_commands(self, call: Call) -> object:
        """Register these commands instead of all others; a known name keeps its id."""
        guild = _guild_of(call)
        ids = {command["name"]: command["id"] for command in self.world.commands.get(guild, [])}
        own = COMMAND | {"application_id": str(APPLICATION_ID), "version": self.world.new_id()}
        own |= {} if guild is None else {"guild_id": str(guild)}
        self.world.commands[guild] = [
            own | asked | {"id": ids.get(asked["name"]) or self.world.new_id()}
            for asked in call.body
        ]
        return self.world.commands[guild]

    async def get_member(self, call: Call) -> object:
        if int(call.names["user_id"]) not in self.world.members:
            raise RefusedError(404, 10007, "Unknown Member")
        return self.world.members[int(call.names["user_id"])]

    async def get_channel(self, call: Call) -> object:
        return self.world.channels[self._channel_of(call)]

    async def get_history(self, call: Call) -> object:
        """Return messages, newest first; none at all without the permission."""
        stored = self.world.messages.get(self._channel_of(call), [])
        if not self.world.permissions & READ_HISTORY:
            return []
        after, before = call.number("after", 0), call.number("before", 1 << 63)
        limit = call.number("limit", 50)
        between = [message for message in stored if after < int(message["id"]) < before]
        page = between[:limit] if "after" in call.query else between[-limit:]
        return [self.world.shown(message) for message in reversed(page)]

    async def post_message(self, call: Call) -> object:
        """Post a message, once per nonce."""
        message, new = self.world.post(self._channel_of(call), call.body)
        answer = message | ({"nonce": call.body["nonce"]} if "nonce" in call.body else {})
        if new:
            await self.gateway.dispatch("MESSAGE_CREATE", self.world.in_guild(answer))
        return answer

    async def get_message(self, call: Call) -> object:
        return self.world.shown(self._message_of(call))

    async def patch_message(self, call: Call) -> object:
        return await self._edit(self._message_of(call), call.body)

    async def delete_message(self, call: Call) -> object:
        """Delete a message; its nonce stays remembered."""
        message = self._message_of(call)
        self.world.messages[self._channel_of(call)].remove(message)
        gone = {"id": message["id"], "channel_id": message["channel_id"]}
        await self.gateway.dispatch("MESSAGE_DELETE", self.world.in_guild(gone))
        return None

    async def get_reactions(self, call: Call) -> object:
        reactions = self.world.reactions.get(int(self._message_of(call)["id"]), {})
        after, limit = call.number("after", 0), call.number("limit", 25)
        users = sorted(user for user in reactions.get(call.names["emoji"], []) if user > after)
        return [self.world.members[user]["user"] for user in users[:limit]]

    async def put_reaction(self, call: Call) -> object:
        message_id = int(self._message_of(call)["id"])
        await self.react(BOT_ID, self._channel_of(call), message_id, call.names["emoji"])
        return None

    async def react(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        users = self.world.reactions.setdefault(message_id, {}).setdefault(emoji, [])
        if user_id in users:
            return
        users.append(user_id)
        where = {"channel_id": str(channel_id), "message_id": str(message_id)}
        who = {"user_id": str(user_id), "member": self.world.members[user_id]}
        what = where | who | {"emoji": _emoji(emoji), "burst": False, "type": 0}
        await self.gateway.dispatch("MESSAGE_REACTION_ADD", self.world.in_guild(what))

    async def post_callback(self, call: Call) -> object:
        token, kind, data = call.names["token"], call.body["type"], call.body.get("data") or {}
        if token not in self.world.invocations:
            raise RefusedError(404, 10062, "Unknown interaction")
        if token in self.world.answers:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
        invocation = self.world.invocations[token]
        message = await self._answer(invocation, kind, data)
        self.world.answers[token] = [] if message is None else [message]
        return _callback(invocation, kind, message) if "with_response" in call.query else None

    async def post_followup(self, call: Call) -> object:
        """Take a later answer; the first one after a deferral fills it in."""
        answers = self._answers_of(call)
        if answers and answers[0]["flags"] & LOADING:
            return await self._edit(answers[0], call.body)
        answers.append(await self._say(self.world.invocations[call.names["token"]], call.body))
        return answers[-1]

    async def get_answer(self, call: Call) -> object:
        return self.world.shown(self._answer_of(call))

    async def patch_answer(self, call: Call) -> object:
        return await self._edit(self._answer_of(call), call.body)

    def _channel_of(self, call: Call) -> int:
        if int(call.names["channel_id"]) not in self.world.channels:
            raise RefusedError(404, 10003, "Unknown Channel")
        return int(call.names["channel_id"])

    def _message_of(self, call: Call) -> Json:
        return self.world.find(self._channel_of(call), call.names["message_id"])

    def _answers_of(self, call: Call) -> list[Json]:
        if call.names["token"] not in self.world.answers:
            raise RefusedError(404, 10015, "Unknown Webhook")
        return self.world.answers[call.names["token"]]

    def _answer_of(self, call: Call) -> Json:
        for message in self._answers_of(call):
            if call.names["message_id"] in ("@original", message["id"]):
                return message
        raise RefusedError(404, 10008, "Unknown Message")

    async def _answer(self, invocation: Json, kind: int, data: Json) -> Json | None:
        match kind:
            case 4:
                return await self._say(invocation, data)
            case 5:
                return await self._say(invocation, {"flags": data.get("flags", 0) | LOADING})
            case 6 | 7:
                known = self.world.find(int(invocation["channel_id"]), invocation["message"]["id"])
                if data:
                    await self._edit(known, data)
                return known
            case _:  # choices and forms are no messages
                return None

    async def _say(self, invocation: Json, body: Json) -> Json:
        channel_id = int(invocation["channel_id"])
        message = self.world.write(channel_id, body)
        message |= {"type": 20, "webhook_id": str(APPLICATION_ID)}
        if not message["flags"] & EPHEMERAL:
            self.world.messages.setdefault(channel_id, []).append(message)
            await self.gateway.dispatch("MESSAGE_CREATE", self.world.in_guild(message))
        return message

    async def _edit(self, message: Json, body: Json) -> Json:
        self.world.edit(message, body | {"flags": message["flags"] & ~LOADING})
        shown = self.world.shown(message)
        if not message["flags"] & EPHEMERAL:
            await self.gateway.dispatch("MESSAGE_UPDATE", self.world.in_guild(shown))
        return shown


def _guild_of(call: Call) -> int | None:
    return int(call.names["guild_id"]) if "guild_id" in call.names else None


def _callback(invocation: Json, kind: int, message: Json | None) -> Json:
    told = {key: invocation[key] for key in ("id", "type", "channel_id", "guild_id")}
    if message is None:
        return {"interaction": told}
    told |= {
        "response_message_id": message["id"],
        "response_message_loading": bool(message["flags"] & LOADING),
        "response_message_ephemeral": bool(message["flags"] & EPHEMERAL),
    }
    resource = {"resource": {"type": kind, "message": message}} if kind in (4, 7) else {}
    return {"interaction": told} | resource


class Loopback:
    """The server; use it as an async context manager."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.gateway = Gateway(self.world)
        self.rest = Rest(self.world, self.gateway)
        self.api_base = ""
        self._scripts: list[Script] = []
        self._answered: list[Request] = []
        self._news = asyncio.Condition()
        app = web.Application()
        app.router.add_get("/gateway", self.gateway.serve)
        for method, path, route in self.rest.routes():
            app.router.add_route(method, API + path, self._handler(f"{method} {path}", route))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    @property
    def requests(self) -> list[Request]:
        """Every request so far, failed ones too."""
        return self.world.requests

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.api_base = f"http://127.0.0.1:{port}{API}"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.drop(code=1001)
        await self._runner.cleanup()

    def fail(
        self,
        method: str,
        path_pattern: str,
        fault: Fault,
        times: int = 1,
        *,
        accepted: bool = False,
        retry_after: float = 0.05,
    ) -> None:
        """Let the next `times` such requests fail; `accepted`: after doing what was asked.

        The pattern must match the whole path, without /api/v10 and without the query.
        """
        script = Script(
            method=method,
            path=re.compile(path_pattern),
            fault=fault,
            accepted=accepted,
            retry_after=retry_after,
        )
        self._scripts.extend([script] * times)

    async def answered(self, method: str, path_pattern: str) -> Request:
        """Wait until such a request has been answered, well or badly; return the last one."""
        wanted = re.compile(path_pattern)

        def found() -> list[Request]:
            return [a for a in self._answered if a.method == method and wanted.fullmatch(a.path)]

        async with self._news:
            return (await self._news.wait_for(found))[-1]

    async def dispatch(self, event: str, data: Json) -> None:
        """Send a gateway event to the connected clients."""
        await self.gateway.dispatch(event, data)

    async def react(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        """Let somebody react, and tell the clients."""
        await self.rest.react(user_id, channel_id, message_id, emoji)

    async def interact(
        self,
        data: Json,
        *,
        user_id: int,
        channel_id: int,
        kind: int = 2,
        message: Json | None = None,
    ) -> str:
        """Let somebody use a command (kind 2) or a component of a message (3); return the token."""
        token = f"token-{self.world.new_id()}"
        rights = str(self.world.permissions)
        interaction = INTERACTION | {
            "id": self.world.new_id(),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "token": token,
            "data": data,
            "guild_id": str(GUILD_ID),
            "channel_id": str(channel_id),
            "channel": self.world.channels[channel_id],
            "member": self.world.members[user_id] | {"permissions": rights},
            "app_permissions": rights,
            "authorizing_integration_owners": {"0": str(GUILD_ID)},
        }
        on = {} if message is None else {"message": message}
        await self.dispatch("INTERACTION_CREATE", interaction | on)
        return token

    def _handler(
        self, name: str, route: Route
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        bucket = f"{zlib.crc32(name.encode()):08x}"

        async def handle(request: web.Request) -> web.StreamResponse:
            seen = await _seen(request)
            self.requests.append(seen)
            call = Call(names=request.match_info, query=request.query, body=seen.json)
            script = self._scripted(seen)
            response = web.Response()
            if script is None or script.accepted:
                response = await self._carry_out(route, call, bucket)
            if script is not None:
                response = await self._break(request, script)
            async with self._news:
                self._answered.append(seen)
                self._news.notify_all()
            return response

        return handle

    def _scripted(self, seen: Request) -> Script | None:
        for index, script in enumerate(self._scripts):
            if script.method == seen.method and script.path.fullmatch(seen.path):
                return self._scripts.pop(index)
        return None

    async def _carry_out(self, route: Route, call: Call, bucket: str) -> web.Response:
        allowance = {
            "X-RateLimit-Limit": "1000",
            "X-RateLimit-Remaining": "999",
            "X-RateLimit-Reset": str(self.world.clock().timestamp() + 1),
            "X-RateLimit-Reset-After": "1.0",
            "X-RateLimit-Bucket": bucket,
        }
        try:
            answer = await route(call)
        except RefusedError as refused:
            return _json(refused.answer, status=refused.status, headers=allowance)
        if answer is None:
            return web.Response(status=204, headers=allowance)
        return _json(answer, headers=allowance)

    async def _break(self, request: web.Request, script: Script) -> web.Response:
        answer: Json = {"code": 0, "message": f"scripted: {script.fault.name}"}
        match script.fault:
            case Fault.HANG:
                await asyncio.Event().wait()  # until the server closes
                return web.Response(status=503)
            case Fault.RESET:
                _reset(request)
                return web.Response()
            case Fault.LIMITED:
                answer |= {"retry_after": script.retry_after, "global": False}
                via = {"Via": "1.1 google"}  # without it discord.py sees a ban and gives up
                return _json(answer, status=429, headers=via)
            case _:
                return _json(answer, status=int(script.fault.value))


def _json(
    answer: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    # discord.py reads JSON only where the content type names no charset, as Discord's does not
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


async def _seen(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path.removeprefix(API),
        json=await request.json() if request.content_type == "application/json" else None,
        query=request.query_string,
    )


def _reset(request: web.Request) -> None:
    """Break the connection with RST rather than FIN, as a dying proxy does."""
    transport = request.transport
    assert transport is not None
    at_once = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()
