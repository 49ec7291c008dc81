"""The HTTP side of the loopback Discord: what each of its routes does and answers.

Where a bot could tell, it keeps to what Discord documents: history without the permission is empty
rather than refused, and a deferred answer is filled in by the next.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tests.faults.places import EMBED, FORUM, READ_HISTORY, SEND, SEND_IN_THREADS, is_thread
from tests.faults.reactions import Reactions
from tests.faults.servers import Servers
from tests.faults.threads import Call, Threads
from tests.faults.world import (
    APPLICATION_ID,
    BOT_ID,
    MODERATOR_ID,
    Json,
    RefusedError,
    World,
)

if TYPE_CHECKING:
    from tests.faults.gateway import Gateway

EPHEMERAL, LOADING = 1 << 6, 1 << 7  # message flags

# What every such object carries and no test has asked about yet.
APPLICATION: Json = json.loads("""{"name": "Gazette", "description": "", "icon": null, "type": null,
    "verify_key": "00", "flags": 0, "flags_new": "0", "bot_public": false, "team": null,
    "bot_require_code_grant": false, "redirect_uris": [], "interactions_endpoint_url": null,
    "role_connections_verification_url": null, "explicit_content_filter": 0,
    "eligible_oauth2_scopes": [], "approximate_guild_count": 1,
    "approximate_user_install_count": 0, "approximate_user_authorization_count": 0}""")
COMMAND: Json = json.loads("""{"type": 1, "description": "", "default_member_permissions": null}""")


Route = Callable[[Call], Awaitable[object]]


class Rest:
    """The HTTP side: each route returns its answer as JSON, or None where Discord has none."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self.threads = Threads(world, gateway)
        self.servers = Servers(world)
        self.reactions = Reactions(world, gateway, self.threads)

    def routes(self) -> tuple[tuple[str, str, Route], ...]:
        commands, guild = "/applications/{application_id}", "/guilds/{guild_id}"
        messages = "/channels/{channel_id}/messages"
        message = messages + "/{message_id}"
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
            ("GET", guild, self.servers.get_server),
            ("GET", guild + "/channels", self.servers.get_channels),
            ("GET", guild + "/members/{user_id}", self.get_member),
            ("POST", "/users/@me/channels", self.open_inbox),
            ("GET", "/channels/{channel_id}", self.get_channel),
            ("PATCH", "/channels/{channel_id}", self.threads.patch_thread),
            ("GET", messages, self.get_history),
            ("POST", messages, self.post_message),
            ("GET", message, self.get_message),
            ("PATCH", message, self.patch_message),
            ("POST", message + "/crosspost", self.threads.crosspost),
            ("POST", "/channels/{channel_id}/threads", self.threads.open_thread),
            ("GET", "/channels/{channel_id}/threads/archived/public", self.threads.get_archived),
            ("GET", guild + "/threads/active", self.threads.get_active),
            ("DELETE", message, self.delete_message),
            *self.reactions.routes(message),
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
            own | _registered(asked) | {"id": ids.get(asked["name"]) or self.world.new_id()}
            for asked in call.body
        ]
        return self.world.commands[guild]

    async def get_member(self, call: Call) -> object:
        if int(call.names["user_id"]) not in self.world.members:
            raise RefusedError(404, 10007, "Unknown Member")
        return self.world.members[int(call.names["user_id"])]

    async def open_inbox(self, call: Call) -> object:
        """Open somebody's direct messages; Discord says only when posting that they are closed."""
        if int(call.body["recipient_id"]) not in self.world.members:
            raise RefusedError(400, 50033, "Invalid Recipient(s)")
        return self.world.inbox(int(call.body["recipient_id"]))

    async def get_channel(self, call: Call) -> object:
        channel_id = self._channel_of(call)
        self.world.need(channel_id, 0)
        return self.world.channels[channel_id]

    async def get_history(self, call: Call) -> object:
        """Return messages, newest first; none at all without the permission."""
        channel_id = self._channel_of(call)
        stored = self.world.messages.get(channel_id, [])
        self.world.need(channel_id, 0)
        if not self.world.allowed(channel_id) & READ_HISTORY:
            return []
        after, before = call.number("after", 0), call.number("before", 1 << 63)
        limit = call.number("limit", 50)
        between = [message for message in stored if after < int(message["id"]) < before]
        page = between[:limit] if "after" in call.query else between[-limit:]
        return [self.world.shown(message) for message in reversed(page)]

    async def post_message(self, call: Call) -> object:
        """Post a message, once per nonce."""
        channel_id = self._channel_of(call)
        owner = self.world.owner(channel_id)
        if owner in self.world.closed:
            raise RefusedError(403, 50007, "Cannot send messages to this user")
        self._need_to_post(channel_id, call.body)
        await self.threads.enter(channel_id)
        message, new = self.world.post(channel_id, call.body)
        answer = message | ({"nonce": call.body["nonce"]} if "nonce" in call.body else {})
        if new and owner is None:
            await self.gateway.dispatch("MESSAGE_CREATE", self.world.in_guild(answer))
        return answer

    def _need_to_post(self, channel_id: int, body: Json) -> None:
        place = self.world.channels.get(channel_id, {"type": 1})
        if place["type"] in (FORUM, 4):
            raise RefusedError(400, 50008, "Cannot send messages in a non-text channel")
        rights = SEND_IN_THREADS if is_thread(place) else SEND
        self.world.need(channel_id, rights | (EMBED if body.get("embeds") else 0))

    async def get_message(self, call: Call) -> object:
        self.world.need(self._channel_of(call), READ_HISTORY)
        return self.world.shown(self._message_of(call))

    async def patch_message(self, call: Call) -> object:
        self.threads.need_open(self._channel_of(call))
        return await self._edit(self._message_of(call), call.body)

    async def delete_message(self, call: Call) -> object:
        """Delete a message; its nonce stays remembered."""
        self.threads.need_open(self._channel_of(call))
        await self.remove(self._channel_of(call), self._message_of(call))
        return None

    async def remove(self, channel_id: int, message: Json) -> None:
        """Let a message be gone with its reactions, and tell the clients."""
        self.world.messages[channel_id].remove(message)
        self.world.reactions.pop(int(message["id"]), None)
        gone = {"id": message["id"], "channel_id": message["channel_id"]}
        await self.gateway.dispatch("MESSAGE_DELETE", self.world.in_guild(gone))

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
        return self.world.known(int(call.names["channel_id"]))

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
            case 9:
                self.world.forms[invocation["token"]] = data
                return None
            case _:  # choices are no message
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


def _registered(asked: Json) -> Json:
    given = {key: value for key, value in asked.items() if value is not None}
    rights = given.get("default_member_permissions")
    return given if rights is None else given | {"default_member_permissions": str(rights)}


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
