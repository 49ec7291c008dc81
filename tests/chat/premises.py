"""Places of a simulated server that simcord's builders have no words for: tags, threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simcord
from simcord.enums import ChannelType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.chat.house import House

_REQUIRE_TAG = 1 << 4


async def forum(
    house: House,
    *tags: str,
    moderated: Iterable[str] = (),
) -> simcord.ChannelHandle:
    """Make a forum with tags; only those who manage threads may use the moderated ones."""
    made = house.guild.create_forum_channel("library")
    house.env.backend.edit_channel(
        made.id,
        {
            "available_tags": [
                {
                    "id": str(made.id + number),
                    "name": tag,
                    "moderated": tag in moderated,
                    "emoji_id": None,
                    "emoji_name": None,
                }
                for number, tag in enumerate((*tags, *moderated), start=1)
            ]
        },
    )
    await house.env.settle()
    return made


def need_tags(house: House, place: simcord.ChannelHandle) -> None:
    """Let a forum take no posts without a tag, until it is changed otherwise."""
    cached: Any = house.bot.get_channel(place.id)
    cached._flags = _REQUIRE_TAG  # noqa: SLF001 (simcord's channels have no flags)


async def thread(
    house: House,
    parent: simcord.ChannelHandle | None = None,
    *,
    locked: bool = False,
    archived: bool = False,
    secret: bool = False,
) -> simcord.ChannelHandle:
    """Make a thread of Ada's; of a secret one the bot knows nothing."""
    backend = house.env.backend
    kind = ChannelType.PRIVATE_THREAD if secret else ChannelType.PUBLIC_THREAD
    made = backend.create_thread(
        (parent or house.news).id, "corner", house.ada.id, type=kind, broadcast=not secret
    )
    if locked or archived:
        metadata = {"locked": locked, "archived": archived}
        backend.edit_channel(made.id, {}, thread_metadata=metadata)
    await house.env.settle()
    return simcord.ChannelHandle(house.env, house.guild, made)


async def forbid(house: House, place: simcord.ChannelHandle, **permissions: bool) -> None:
    """Change what the bot may do somewhere."""
    channel: Any = house.bot.get_channel(place.id)
    await channel.set_permissions(channel.guild.me, **permissions)
    await house.env.settle()
