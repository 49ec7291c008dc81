"""Servers: the routes by which a bot that is not connected looks at one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.faults import places
from tests.faults.places import VIEW
from tests.faults.world import Json, RefusedError, World

if TYPE_CHECKING:
    from tests.faults.threads import Call

# What every such object carries and no test has asked about yet.
SERVER: Json = json.loads("""{"name": "Loopback", "icon": null, "description": null, "banner": null,
    "home_header": null, "splash": null, "discovery_splash": null, "features": [],
    "application_id": null, "region": "deprecated", "afk_channel_id": null, "afk_timeout": 300,
    "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false,
    "widget_channel_id": null, "verification_level": 0, "default_message_notifications": 0,
    "mfa_level": 0, "explicit_content_filter": 0, "max_presences": null, "max_members": 500000,
    "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
    "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
    "rules_channel_id": null, "safety_alerts_channel_id": null, "public_updates_channel_id": null,
    "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [],
    "stickers": [], "incidents_data": null, "moderator_reporting": null}""")


class Servers:
    """What a bot may ask of a server that it is in; channels that it may not see are there too."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def get_server(self, call: Call) -> object:
        guild_id = self._known(call)
        told = self.world.guild(guild_id, every_member=False)
        return SERVER | {key: told[key] for key in ("id", "owner_id", "roles")}

    async def get_channels(self, call: Call) -> object:
        guild = str(self._known(call))
        return [
            place
            for place in self.world.channels.values()
            if place["guild_id"] == guild
            and not places.is_thread(place)
            and self.world.allowed(int(place["id"])) & VIEW
        ]

    def _known(self, call: Call) -> int:
        guild_id = int(call.names["guild_id"])
        if guild_id not in self.world.guilds:
            raise RefusedError(404, 10004, "Unknown Guild")
        return guild_id
