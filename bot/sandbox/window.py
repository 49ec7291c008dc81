"""The one window onto simcord: which channel is open, as whom, and what it has shown."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

import simcord
from simcord.enums import ChannelType
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

_PARAGRAPH = 2  # https://discord.com/developers/docs/components/reference#text-input
_MESSAGE_COMMAND = 3  # https://discord.com/developers/docs/interactions/application-commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody one can be in the sandbox."""

    actor: simcord.MemberActor
    name: str
    role: str


class World(Protocol):
    """What the page needs from the sandbox.

    `channels` and `people` are never empty and keep their order. The three verbs are called one
    at a time, never while simcord is at work, and return once the bot has come to rest; `restart`
    is called with no preview open. Whatever they raise is shown to the person on the page.
    """

    @property
    def env(self) -> simcord.Env:
        """Return the running environment, the same one for as long as the page is served."""

    @property
    def channels(self) -> Sequence[simcord.ChannelHandle]:
        """Return the channels to choose from."""

    @property
    def people(self) -> Sequence[Person]:
        """Return the people to choose from."""

    @property
    def assets(self) -> Mapping[str, tuple[str, bytes]]:
        """Return the pictures behind remote addresses, as simcord takes them."""

    @property
    def hints(self) -> Sequence[str]:
        """Return what to try, one sentence each; `backticks` mark what is to be typed."""

    async def to_next_digest(self) -> datetime | None:
        """Move the clock to the next digest and say what time it is; None if there is none."""

    async def advance(self, seconds: float) -> datetime:
        """Move the clock on and say what time it is."""

    async def restart(self, *, after: float = 0.0) -> None:
        """Stop the bot and start it anew on what it has stored, that many seconds later."""


def kind_of(channel: simcord.ChannelHandle, env: simcord.Env) -> str:
    """Return which mark a channel has on the page."""
    match env.backend.get_channel(channel.id).type:
        case ChannelType.FORUM:
            return "forum"
        case ChannelType.NEWS:
            return "news"
        case _:
            return "thread" if channel.is_thread else "text"


def tags_of(channel: simcord.ChannelHandle, env: simcord.Env) -> Sequence[str]:
    """Return the names of the tags that a thread of a forum carries."""
    made = env.backend.get_channel(channel.id)
    if made.parent_id is None or not made.applied_tags:
        return ()
    known = env.backend.get_channel(made.parent_id).available_tags
    return [str(tag["name"]) for tag in known if int(tag["id"]) in made.applied_tags]


def form_of(shown: simcord.InteractionResult | None) -> dict[str, Any] | None:
    """Return the form that an answer opened, as the page draws it; None where it opened none."""
    modal = shown.modal if shown else None
    return modal and {"title": modal["title"], "fields": list(_fields(modal))}


def _fields(modal: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in modal["components"]:
        asked = row["component"]
        yield {
            "id": str(asked["custom_id"]),
            "label": row["label"],
            "description": row.get("description") or "",
            "value": asked.get("value") or "",
            "placeholder": asked.get("placeholder") or "",
            "required": asked.get("required", True),
            "most": asked.get("max_length") or 4000,
            "long": asked["style"] == _PARAGRAPH,
        }


@dataclass(slots=True, kw_only=True)
class Window:
    """The one open preview, or the reason why there is none."""

    world: World
    channel: int = 0
    person: int = 0
    number: int = 0
    preview: simcord.Preview | None = None
    address: URL | None = None
    refusal: str = ""
    requests: int = 0
    shown: simcord.InteractionResult | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the chosen channel as the chosen person."""
        await self.close()
        channel, person = self.world.channels[self.channel], self.world.people[self.person]
        self.number += 1
        if kind_of(channel, self.world.env) == "forum":
            # It holds threads and no message, and nobody can type into it.
            self.refusal = (
                f"#{channel.name} is a forum: each edition is a thread of its own. "
                "Choose one below it, or make one with /digest add and this channel."
            )
            return
        try:
            # The first viewer is who simcord's page opens as; with one there is nothing to mix up.
            self.preview = await self._stack.enter_async_context(
                self.world.env.preview(
                    channel,
                    viewers=[person.actor],
                    layout="channel",
                    locale="en-GB",  # a day of 24 hours, like the clock in the rail
                    assets=self.world.assets,
                )
            )
            self.address = URL(self.preview.url)
        except simcord.SetupError as error:
            # Not a failure of the sandbox: a subscriber really may not read every channel.
            self.refusal = f"{person.name} cannot open #{channel.name}: {error}."
        self.note()

    async def close(self) -> None:
        """Close whatever is open."""
        self.preview, self.address, self.refusal, self.shown = None, None, "", None
        await self._stack.aclose()

    async def refresh(self) -> None:
        """Show what the bot did since."""
        try:
            if self.preview is None:
                await self.open()
            else:
                await self.preview.refresh()
        except simcord.SetupError:
            await self.open()  # somebody ended the session inside simcord's own page
        self.note()

    def menu(self) -> Sequence[str]:
        """Return the commands in the menu of a message, of which simcord's page shows none."""
        channel, person = self.world.channels[self.channel], self.world.people[self.person]
        if self.address is None:
            return ()
        found = self.world.env.backend.visible_commands(
            user_id=person.actor.id, channel_id=channel.id, type=_MESSAGE_COMMAND
        )
        return [str(one["name"]) for one in found]

    async def point(self, name: str) -> bool:
        """Use a command of the menu on the newest message; tell whether there is one."""
        channel, person = self.world.channels[self.channel], self.world.people[self.person]
        messages = [one for one in channel.history() if not one.flags.ephemeral]
        if not messages:
            return False
        result = await person.actor.context_menu(channel, name, messages[-1])
        # simcord's page draws only forms that were opened in it
        self.shown = result if result.modal else None
        return True

    async def fill(self, values: Mapping[str, str] | None) -> bool:
        """Send the form off, or put it away where no values are given; tell whether it was sent."""
        shown, self.shown = self.shown, None
        if shown is None or values is None:
            return False
        person = self.world.people[self.person]
        fields = [str(each["id"]) for each in _fields(shown.modal or {"components": []})]
        await person.actor.submit_modal(shown, {one: values.get(one, "") for one in fields})
        return True

    def note(self) -> None:
        """Remember how far simcord's page has seen the bot's work."""
        self.requests = len(self.world.env.http_requests)

    @property
    def behind(self) -> bool:
        """Tell whether the bot did something that simcord's page does not show yet."""
        return len(self.world.env.http_requests) != self.requests

    @property
    def frame(self) -> str | None:
        """Return where the page finds simcord's; its number makes the browser load it anew."""
        if self.address is None:
            return None
        return f"/channel?view={self.number}#{self.address.fragment}"
