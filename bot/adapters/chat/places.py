"""Where digests can go, and what the bot must be allowed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.replies import check_allowed, held
from bot.core.rights import Kind, may_ping
from bot.core.text import cut, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.digest import Digest

Chosen = AppCommandChannel | AppCommandThread
_KINDS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]
_TAGS_SHOWN = 500


class PlaceOption(app_commands.Transformer):
    """An option that takes whatever a digest can go to, be it in the cache or not."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Return what Discord asks for."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Return the kinds that are offered."""
        return _KINDS

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> Chosen:  # noqa: ANN401, ARG002 (discord.py passes them)
        """Return what was chosen."""
        chosen: Chosen = value
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel, thread or forum, what the bot may do there, and the tags it may put on a post."""

    id: int
    kind: Kind
    allowed: discord.Permissions
    tags: tuple[discord.ForumTag, ...] = ()
    needs_tag: bool = False

    @property
    def mention(self) -> str:
        """Its name as a link."""
        return f"<#{self.id}>"

    def check_rights(self) -> None:
        """Raise Refusal where the bot may not post."""
        check_allowed(self.mention, self.allowed, self.kind)

    def check_ping(self, role: discord.Role) -> None:
        """Raise Refusal where the bot may not mention a role."""
        if role.is_default():
            raise Refusal(
                "That would ping everybody, which I never do; name a role that people take "
                "because they want to be pinged."
            )
        if not may_ping(held(self.allowed), mentionable=role.mentionable):
            raise Refusal(
                f"I may not ping {role.mention} in {self.mention}. Switch on “Allow anyone to "
                "@mention this role” in the settings of the role, or give me the permission "
                "“Mention @everyone, @here and All Roles” in that channel."
            )

    def hands_on(self, *, wanted: bool | None) -> bool:
        """Tell whether posts are handed on to followers; raise Refusal where there are none."""
        if self.kind is Kind.ANNOUNCEMENTS:
            return wanted is not False
        if wanted:
            raise Refusal(
                f"{self.mention} is no announcement channel, so there are no followers to hand "
                "posts on to; leave `crosspost` out."
            )
        return False

    def tags_for(self, topics: Iterable[str]) -> tuple[tuple[str, int], ...]:
        """Return each of the topics with the tag that has its name, if there is one."""
        by_name = {tag.name.strip().casefold(): tag.id for tag in self.tags}
        named = ((topic, by_name.get(topic.casefold())) for topic in topics)
        return tuple((topic, tag_id) for topic, tag_id in named if tag_id is not None)

    def tag_named(self, typed: str) -> discord.ForumTag:
        """Return the tag of that name; raise Refusal where there is none."""
        wanted = typed.strip().casefold()
        found = next((tag for tag in self.tags if tag.name.strip().casefold() == wanted), None)
        if found is None:
            raise Refusal(
                f"{self.mention} has no tag “{escape(cut(typed, 50))}” that I may use. "
                f"{self.known_tags()}"
            )
        return found

    def check_tags(self, tags: tuple[tuple[str, int], ...]) -> None:
        """Raise Refusal where posts need a tag and none of these is one."""
        if self.needs_tag and not {tag.id for tag in self.tags}.intersection(dict(tags).values()):
            raise Refusal(
                f"{self.mention} wants a tag on every post, and none has the name of a topic of "
                f"this digest. {self.known_tags()} Name a tag like a topic, choose other topics, "
                "or let the forum take posts without a tag."
            )

    def known_tags(self) -> str:
        """Return a sentence with the tags there are."""
        names = ", ".join(escape(tag.name) for tag in self.tags)
        return f"There are: {cut(names, _TAGS_SHOWN)}." if names else "There are none."


def place_of(interaction: discord.Interaction[Any], chosen: Chosen | None) -> Place:
    """Return the place that was chosen, or where the command was typed; raise Refusal at others."""
    guild = interaction.guild
    channel = chosen or interaction.channel
    if guild is None or channel is None:
        raise app_commands.NoPrivateMessage
    if isinstance(channel, (discord.Thread, AppCommandThread)):
        return _thread(guild, channel)
    return place_in(guild, channel.id)


def place_in(guild: discord.Guild, channel_id: int) -> Place:
    """Return the place of that id; raise Refusal where it is gone or of no use."""
    channel = guild.get_channel_or_thread(channel_id)
    if isinstance(channel, discord.Thread):
        return _thread(guild, channel)
    if channel is None:
        raise Refusal(f"<#{channel_id}> is gone, or I cannot see it; name another place.")
    allowed = channel.permissions_for(guild.me)
    match channel.type:
        case discord.ChannelType.text:
            return Place(id=channel.id, kind=Kind.TEXT, allowed=allowed)
        case discord.ChannelType.news:
            return Place(id=channel.id, kind=Kind.ANNOUNCEMENTS, allowed=allowed)
        case discord.ChannelType.forum if isinstance(channel, discord.ForumChannel):
            free = allowed.manage_threads
            return Place(
                id=channel.id,
                kind=Kind.FORUM,
                allowed=allowed,
                tags=tuple(tag for tag in channel.available_tags if free or not tag.moderated),
                needs_tag=channel.flags.require_tag,
            )
        case _:
            raise Refusal(
                "Digests go to text channels, announcement channels, forums and threads; "
                "name one with `channel:`."
            )


def kind_of(guild: discord.Guild, digest: Digest) -> Kind | None:
    """Return where a digest goes; None where that is gone, or a thread that sleeps."""
    if digest.forum:
        return Kind.FORUM
    channel = guild.get_channel_or_thread(digest.channel_id)
    if isinstance(channel, discord.Thread):
        return Kind.THREAD
    if channel is None:
        return None
    return Kind.ANNOUNCEMENTS if channel.type is discord.ChannelType.news else Kind.TEXT


def _thread(guild: discord.Guild, thread: discord.Thread | AppCommandThread) -> Place:
    mention = f"<#{thread.id}>"
    parent = guild.get_channel(thread.parent_id)
    if parent is None:
        raise Refusal(f"I cannot see the channel that {mention} belongs to; name another place.")
    if thread.locked:
        raise Refusal(f"{mention} is locked; unlock it, or name another place.")
    private = thread.type is discord.ChannelType.private_thread
    if private and guild.get_thread(thread.id) is None:
        raise Refusal(f"I am not in {mention}, which is private; mention me there, then try again.")
    # those of its own class take away what a channel takes from whoever may not send to it
    allowed = discord.abc.GuildChannel.permissions_for(parent, guild.me)
    return Place(id=thread.id, kind=Kind.THREAD, allowed=allowed)
