"""What people do on the loopback Discord: react, press, leave, and change how things are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.faults import places
from tests.faults.world import APPLICATION_ID, Json, World

if TYPE_CHECKING:
    from tests.faults.gateway import Gateway
    from tests.faults.rest import Rest

COMMAND, COMPONENT, GUESS, FORM = 2, 3, 4, 5  # kinds of interactions
_BUTTON = 2

# What every such object carries and no test has asked about yet.
INTERACTION: Json = json.loads("""{"version": 1, "locale": "en-US", "guild_locale": "en-US",
    "context": 0, "entitlements": [], "attachment_size_limit": 10485760}""")


class Acts:
    """What people do, each with the events that tell the clients of it."""

    world: World
    gateway: Gateway
    rest: Rest

    async def dispatch(self, event: str, data: Json) -> None:
        """Send a gateway event to the connected clients."""
        await self.gateway.dispatch(event, data)

    async def react(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        """Let somebody react."""
        await self.rest.reactions.add(user_id, channel_id, message_id, emoji)

    async def unreact(self, user_id: int, channel_id: int, message_id: int, emoji: str) -> None:
        """Let somebody take a reaction back."""
        await self.rest.reactions.take(user_id, channel_id, message_id, emoji)

    async def clear_reactions(
        self, channel_id: int, message_id: int, emoji: str | None = None
    ) -> None:
        """Let a moderator take all reactions from a message, or those of one emoji."""
        await self.rest.reactions.clear(channel_id, message_id, emoji)

    async def interact(
        self,
        data: Json,
        *,
        user_id: int,
        channel_id: int,
        kind: int = COMMAND,
        message: Json | None = None,
    ) -> str:
        """Let somebody use a command, a component of a message or a form; return the token."""
        token = f"token-{self.world.new_id()}"
        rights = str(self.world.allowed(channel_id, user_id))
        interaction = INTERACTION | {
            "id": self.world.new_id(),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "token": token,
            "data": data,
            "guild_id": self.world.channels[channel_id]["guild_id"],
            "channel_id": str(channel_id),
            "channel": self.world.channels[channel_id],
            "member": self.world.members[user_id] | {"permissions": rights},
            "app_permissions": str(self.world.allowed(channel_id)),
            "authorizing_integration_owners": {"0": self.world.channels[channel_id]["guild_id"]},
        }
        on = {} if message is None else {"message": message}
        await self.dispatch("INTERACTION_CREATE", interaction | on)
        return token

    async def press(self, message: Json, label: str, *, user_id: int) -> str:
        """Let somebody press a button, named by its label or its emoji; return the token."""
        return await self.interact(
            {"custom_id": button_of(message, label)["custom_id"], "component_type": _BUTTON},
            user_id=user_id,
            channel_id=int(message["channel_id"]),
            kind=COMPONENT,
            message=self.world.shown(message),
        )

    async def fill_in(self, token: str, *, user_id: int, **values: str) -> str:
        """Let somebody send the form they were shown, its fields by what their names end with."""
        form, invocation = self.world.forms[token], self.world.invocations[token]
        filled = {"custom_id": form["custom_id"], "components": _filled(form, values)}
        assert not values, f"the form has no such fields: {values}"
        return await self.interact(
            filled,
            user_id=user_id,
            channel_id=int(invocation["channel_id"]),
            kind=FORM,
            message=invocation.get("message"),
        )

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        """Let a moderator delete a message."""
        await self.rest.remove(channel_id, self.world.find(channel_id, str(message_id)))

    async def change_channel(self, channel_id: int, **fields: Any) -> None:  # noqa: ANN401 (JSON)
        """Change a channel or a thread."""
        place = self.world.channels[channel_id]
        if places.is_thread(place) and "thread_metadata" in fields:
            fields["thread_metadata"] = place["thread_metadata"] | fields["thread_metadata"]
        place.update(fields)
        event = "THREAD_UPDATE" if places.is_thread(place) else "CHANNEL_UPDATE"
        await self.dispatch(event, place)

    async def remove_channel(self, channel_id: int) -> None:
        """Delete a channel with what stands in it."""
        self.world.messages.pop(channel_id, None)
        await self.dispatch("CHANNEL_DELETE", self.world.channels.pop(channel_id))

    async def change_role(self, role_id: int, permissions: int) -> None:
        """Give a role, or @everyone by the server's number, other permissions."""
        if role_id in self.world.guilds:
            self.world.permissions = permissions
        else:
            self.world.rights[role_id] = permissions
        for guild in self.world.guilds:
            own = role_id if role_id in self.world.rights else guild
            told = {"guild_id": str(guild), "role": self.world.role(own)}
            await self.dispatch("GUILD_ROLE_UPDATE", told)

    async def remove_role(self, role_id: int) -> None:
        """Delete a role, which nobody has any more."""
        del self.world.rights[role_id]
        for guild in self.world.guilds:
            told = {"guild_id": str(guild), "role_id": str(role_id)}
            await self.dispatch("GUILD_ROLE_DELETE", told)
        for user_id, member in self.world.members.items():
            left = [int(role) for role in member["roles"] if role != str(role_id)]
            if len(left) < len(member["roles"]):
                await self.change_member(user_id, *left)

    async def change_member(self, user_id: int, *roles: int) -> None:
        """Give somebody other roles."""
        member = self.world.members[user_id]
        member["roles"] = [str(role) for role in roles]
        await self.dispatch("GUILD_MEMBER_UPDATE", self.world.in_guild(member))

    async def remove_member(self, user_id: int) -> None:
        """Let somebody leave; what they said and their reactions stay."""
        member = self.world.members.pop(user_id)
        self.world.gone[user_id] = member
        for guild in self.world.guilds:
            told = {"guild_id": str(guild), "user": member["user"]}
            await self.dispatch("GUILD_MEMBER_REMOVE", told)


def button_of(message: Json, label: str) -> Json:
    """Return a button below a message, named by its label or its emoji."""
    items: list[Json] = [item for row in message["components"] for item in row["components"]]
    for item in items:
        if label in {item.get("label"), item.get("emoji", {}).get("name")}:
            return item
    raise LookupError(f"no button {label!r} below {message['content']!r}")


def _filled(form: Json, values: dict[str, str]) -> list[Json]:
    """Return a form's components as Discord sends them when it was filled in."""
    return [_filled_part(part, values) for part in form["components"]]


def _filled_part(part: Json, values: dict[str, str]) -> Json:
    if "components" in part:
        return {"type": part["type"], "components": _filled(part, values)}
    if "component" in part:
        return {"type": part["type"], "component": _filled_part(part["component"], values)}
    if "custom_id" not in part:
        return {"type": part["type"]}
    own = next((name for name in values if part["custom_id"].endswith(name)), None)
    value = part.get("value") or "" if own is None else values.pop(own)
    return {"type": part["type"], "custom_id": part["custom_id"], "value": value}
