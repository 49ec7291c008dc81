"""Rights: what the bot must be allowed where, as Discord's settings call it, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.text import escape

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Kind(Enum):
    """What a place is to those who read there."""

    TEXT = "text channel"
    ANNOUNCEMENTS = "announcement channel"
    THREAD = "thread"
    FORUM = "forum"
    REVIEW = "review channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A permission: its name in Discord's API, what its settings call it, what fails without it."""

    name: str
    shown: str
    without: str

    @property
    def told(self) -> str:
        """What is missing and what fails, in one phrase."""
        return f"{self.shown} is missing, so {self.without}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """A place as the bot found it: what does not work there, and what could be better.

    `use` says what the place is for; a place that is gone has no name.
    """

    channel_id: int
    name: str
    use: str
    faults: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return what an answer in Discord says of it."""
        where = f"<#{self.channel_id}> ({escape(self.use)})"
        return [
            *(f"- ⚠️ {where}: {escape(fault)}" for fault in self.faults),
            *(f"- {where}: {escape(hint)}" for hint in self.hints),
        ]


_SEE = Right(name="view_channel", shown="View Channel", without="I see nothing there")
_SEND = Right(name="send_messages", shown="Send Messages", without="nothing can be posted")
_EMBED = Right(name="embed_links", shown="Embed Links", without="cards cannot be shown")
_READ = Right(
    name="read_message_history",
    shown="Read Message History",
    without="I cannot tell whether a post arrived when Discord did not say",
)
_SEND_IN_THREADS = "send_messages_in_threads"
_IN_THREAD = Right(
    name=_SEND_IN_THREADS, shown="Send Messages in Threads", without="nothing can be posted"
)
_REACT = Right(
    name="add_reactions",
    shown="Add Reactions",
    without="the signs to vote with are not below the cards",
)
_COUNT = Right(
    name="read_message_history", shown="Read Message History", without="votes cannot be counted"
)
_PING = Right(
    name="mention_everyone",
    shown="Mention @everyone, @here and All Roles",
    without="a role that not anybody may mention is not pinged",
)
_TIDY = Right(
    name="manage_messages",
    shown="Manage Messages",
    without="reactions of people who have no say stay below the cards",
)
_FOREIGN_EMOJI = Right(
    name="use_external_emojis",
    shown="Use External Emoji",
    without="custom emoji of other servers cannot be used to vote",
)
_NEEDED: Mapping[Kind, tuple[Right, ...]] = {
    Kind.TEXT: (_SEE, _SEND, _EMBED, _READ),
    Kind.ANNOUNCEMENTS: (_SEE, _SEND, _EMBED, _READ),
    Kind.THREAD: (_SEE, _IN_THREAD, _EMBED, _READ),
    Kind.FORUM: (
        _SEE,
        Right(name="send_messages", shown="Create Posts", without="no edition can be posted"),
        Right(
            name=_SEND_IN_THREADS,
            shown="Send Messages in Posts",
            without="an edition of several messages stays without its end",
        ),
        _EMBED,
        _READ,
    ),
    Kind.REVIEW: (_SEE, _SEND, _EMBED, _COUNT, _REACT),
}
LEAST = frozenset(right.name for rights in _NEEDED.values() for right in rights)
OPTIONAL = (_TIDY, _PING, _FOREIGN_EMOJI)
NAMES = LEAST | {right.name for right in OPTIONAL}


def lacking(kind: Kind, held: Collection[str]) -> tuple[Right, ...]:
    """Return what the bot needs in such a place and has not."""
    needed = _NEEDED[kind]
    if _SEE.name not in held:  # Discord takes all others away with it
        return tuple(right for right in needed if right.name == _SEE.name)
    return tuple(right for right in needed if right.name not in held)


def wanting(held: Collection[str], *, custom_emoji: bool) -> tuple[Right, ...]:
    """Return what would be of use in a review channel and is not there."""
    wanted = (_TIDY, _FOREIGN_EMOJI) if custom_emoji else (_TIDY,)
    return tuple(right for right in wanted if right.name not in held)


def may_ping(held: Collection[str], *, mentionable: bool) -> bool:
    """Tell whether the bot may mention a role."""
    return mentionable or _PING.name in held
