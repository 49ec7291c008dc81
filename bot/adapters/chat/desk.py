"""The desk: where searches are answered, and whoever presses a button is shown what it leads to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.answers import Parts, edit, parts_of, send
from bot.adapters.chat.asked import packed, unpacked
from bot.adapters.chat.buttons import TOO_OLD
from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.embeds import NOBODY, embed_of
from bot.core.answer import (
    Answer,
    Opened,
    Page,
    article_answer,
    nothing_answer,
    places_line,
    results_answer,
    shared_line,
    walk_answer,
)
from bot.core.asking import Shown, shown
from bot.core.browsing import PAGE, TO_SHARE, Spot, opening, share_refusal
from bot.core.card import card_of
from bot.core.marking import NO_MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.chat.services import Services
    from bot.core.article import ArticleId
    from bot.core.query import Marks
    from bot.core.saved import Posted
    from bot.services.find import Finding, Findings

GONE = "That article is not here any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who will see an answer: the asker alone, or everybody in a channel; and whether `again`."""

    guild: discord.Guild | None
    member: discord.Member | None
    channel_id: int | None
    private: bool
    again: bool

    def sees(self, channel_id: int) -> bool:
        """Tell whether all who see the answer may see a channel, too."""
        return self.name_of(channel_id) is not None

    def name_of(self, channel_id: int) -> str | None:
        """Return the name of a channel, if all who see the answer may see it, too."""
        if self.guild is None:
            return None
        channel = self.guild.get_channel_or_thread(channel_id)
        if channel is None:
            return None
        if channel.type is discord.ChannelType.private_thread:
            return channel.name if channel_id == self.channel_id else None
        here = not self.private and channel_id == self.channel_id
        whose = self.member if self.private else self.guild.default_role
        seen = whose is not None and channel.permissions_for(whose).view_channel
        return channel.name if here or seen else None


class SearchDesk:
    """Answers searches and what is pressed below the answers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def ask(
        self, interaction: discord.Interaction[Any], text: str, *, private: bool, note: str = ""
    ) -> None:
        """Answer a text for the first time; `note` stands above what was found."""
        spot = Spot(asked=await self._packed(text))
        looker = looker_of(interaction, private=private)
        answer = await self._answer(spot, text, looker)
        if answer.card is None:
            private = True  # that nothing was found concerns nobody else
        elif note:
            answer = replace(answer, content=f"{note}\n{answer.content}".strip())
        await send(interaction, _parts(answer, looker), private=private)

    async def show_related(
        self, interaction: discord.Interaction[Any], article_id: str, *, note: str
    ) -> None:
        """Answer with an article and what is related to it, to the asker alone."""
        text = opening(article_id)
        spot = Spot(asked=await self._packed(text)).related(article_id)
        looker = looker_of(interaction, private=True)
        answer = await self._answer(spot, text, looker)
        answer = replace(answer, content=answer.content or note)
        await send(interaction, _parts(answer, looker), private=True)

    async def go(self, interaction: discord.Interaction[Any], spot: Spot) -> None:
        """Show a spot: in place to the one who asked, apart to anybody else."""
        text = await self._unpacked(spot)
        message = interaction.message
        asker = message.interaction_metadata if message else None
        own = asker is not None and asker.user.id == interaction.user.id
        private = not own or bool(message and message.flags.ephemeral)
        looker = looker_of(interaction, private=private)
        parts = _parts(await self._answer(spot, text, looker), looker)
        if own:
            await edit(interaction, parts)
        else:
            await send(interaction, parts, private=True)

    async def share(self, interaction: discord.Interaction[Any], spot: Spot) -> None:
        """Post the open article in the channel under the asker's name."""
        text = await self._unpacked(spot)
        channel = interaction.channel
        refusal = share_refusal(
            asker=_rights(interaction.permissions, channel),
            bot=_rights(interaction.app_permissions, channel),
        )
        if refusal is not None:
            raise Refusal(refusal)
        article_id = spot.walk[-1] if spot.walk else spot.shown
        found = await self._services.finder.opened(opening(article_id))
        if found is None:
            raise Refusal(GONE)
        if interaction.guild is None or not isinstance(channel, discord.abc.Messageable):
            raise Refusal("That works in a server only.")
        told = await self._services.finder.told(found)
        await interaction.response.defer()  # posting may have to wait
        try:
            await channel.send(
                shared_line(interaction.user.id),
                embed=embed_of(card_of(told.article, also=told.also)),
                allowed_mentions=NOBODY,
                nonce=_nonce(interaction, article_id),
            )
        except discord.Forbidden:
            raise Refusal("Discord does not let me post here.") from None
        looker = looker_of(interaction, private=True)
        answer = await self._answer(spot, text, looker)
        await edit(interaction, parts_of(answer, shareable=True, shared=True))

    async def _answer(self, spot: Spot, text: str, looker: Looker) -> Answer:
        single = await self._services.finder.opened(text)
        if spot.walk:
            walked = await self._services.finder.opened(opening(spot.walk[-1]))
            if walked is not None:
                opened = await self._opened(walked, looker)
                related = await self._services.finder.related(opened.id)
                return walk_answer(spot, opened, related, single=single is not None)
            spot = spot.home()
        if single is not None:
            return article_answer(spot.closed(), await self._opened(single, looker))
        return await self._results(spot, text, looker)

    async def _results(self, spot: Spot, text: str, looker: Looker) -> Answer:
        found = await self._found(text, spot.offset, looker)
        if found.total and not found.hits:  # there were more when the button was made
            spot = spot.within(found.total)
            found = await self._found(text, spot.offset, looker)
        chosen = next((hit for hit in found.hits if hit.article.id == spot.shown), None)
        if chosen is None and spot.shown:
            chosen = await self._services.finder.opened(opening(spot.shown))
        if not found.hits:
            if chosen is not None:
                return article_answer(spot, await self._opened(chosen, looker))
            return await self._nothing(spot, text, found, looker)
        page = Page(
            articles=[hit.article for hit in found.hits],
            total=found.total,
            whole=found.whole,
            marks=found.marks,
        )
        opened = await self._opened(chosen or found.hits[0], looker, marks=found.marks)
        meant = None if found.whole else await self._meant(found)
        return results_answer(spot, page, opened, question=self._question(text, found), meant=meant)

    async def _found(self, text: str, offset: int, looker: Looker) -> Findings:
        guild_id = looker.guild.id if looker.guild else None
        return await self._services.finder.search(
            text,
            limit=PAGE,
            offset=offset,
            guild_id=guild_id,
            sees=looker.sees,
            again=looker.again,
        )

    async def _nothing(self, spot: Spot, text: str, found: Findings, looker: Looker) -> Answer:
        question = self._question(text, found)
        unfiltered = await self._packed(question.words) if found.hindered else None
        return nothing_answer(
            spot,
            question=question,
            nearest=found.nearest,
            meant=await self._meant(found),
            hindered=found.hindered,
            unfiltered=unfiltered,
            telling=looker.guild is not None and bool(text),
        )

    def _question(self, text: str, found: Findings) -> Shown:
        words = shown(text, self._services.clock()).words
        return Shown(words=words, filters=tuple(found.filters))

    async def _meant(self, found: Findings) -> tuple[str, str] | None:
        return (found.meant, await self._packed(found.meant)) if found.meant else None

    async def _opened(self, found: Finding, looker: Looker, *, marks: Marks = NO_MARKS) -> Opened:
        article = found.article
        told, posted = await asyncio.gather(
            self._services.finder.told(found), self._posted(article.id, looker)
        )
        return Opened(
            id=article.id,
            card=card_of(article, also=told.also, marks=marks),
            places=places_line(
                [(name, one) for one in posted if (name := looker.name_of(one.channel_id))]
            ),
        )

    async def _posted(self, article_id: ArticleId, looker: Looker) -> Sequence[Posted]:
        if looker.guild is None:
            return ()
        return await self._services.ledger.posts_of(looker.guild.id, [article_id])

    async def _packed(self, text: str) -> str:
        return await packed(text, self._services.ledger, now=self._services.clock())

    async def _unpacked(self, spot: Spot) -> str:
        text = await unpacked(spot.asked, self._services.ledger)
        if text is None:
            raise Refusal(TOO_OLD)
        return text


def _parts(answer: Answer, looker: Looker) -> Parts:
    return parts_of(answer, shareable=looker.private and looker.guild is not None)


def looker_of(interaction: discord.Interaction[Any], *, private: bool) -> Looker:
    """Return who will see the answer to an interaction."""
    member = interaction.user if isinstance(interaction.user, discord.Member) else None
    return Looker(
        guild=interaction.guild,
        member=member,
        channel_id=interaction.channel_id,
        private=private,
        again=interaction.type is discord.InteractionType.component,
    )


def _rights(permissions: discord.Permissions, channel: object) -> dict[str, bool]:
    rights = {name: getattr(permissions, name) for name in TO_SHARE}
    if isinstance(channel, discord.Thread):
        rights["send_messages"] = permissions.send_messages_in_threads
    return rights


def _nonce(interaction: discord.Interaction[Any], article_id: str) -> str:
    """Return the same for every press of one button, so that Discord posts once."""
    message_id = interaction.message.id if interaction.message else interaction.id
    return blake2b(f"{message_id} {article_id}".encode(), digest_size=12).hexdigest()
