"""Answers to searches: a page of cards, and buttons that carry their whole state in their id."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.embeds import NOBODY, embed_of
from bot.core.card import CARDS_LIMIT, TOTAL_LIMIT, card_of
from bot.core.query import Filters, Query, Since
from bot.core.text import cut, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.article import Headline
    from bot.core.card import Card
    from bot.services.find import Finder, Finding, Findings

PAGE = 3
_ID_LIMIT = 100  # https://discord.com/developers/docs/components/reference#anatomy-of-a-component
_SEPARATOR = "\x1f"
_NOTHING = "Nothing found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A search and the page that is shown, as a button's id can hold it."""

    query: Query
    offset: int = 0

    @property
    def custom_id(self) -> str:
        """The id; all its parts fit, for `fitting` cut the words beforehand."""
        filters = self.query.filters
        since = filters.since.value if filters.since else ""
        parts = (str(self.offset), since, filters.topic or "", filters.provider or "")
        return "find:" + _SEPARATOR.join((*parts, self.query.text))

    def fitting(self) -> Ask:
        """Return the search with as many of its words as the buttons of any page can hold.

        Where long filters leave room for none it stays whole, and its answer has no buttons.
        """
        widest = replace(self, offset=99_999)
        excess = len(widest.custom_id) - _ID_LIMIT
        if excess <= 0:
            return self
        room = max(len(self.query.text) - excess, 0)
        text = self.query.text[: room + 1].rpartition(" ")[0]
        return replace(self, query=replace(self.query, text=text)) if text else self


def ask_of(custom_id: str) -> Ask:
    """Return the search that a button's id holds."""
    parts = custom_id.removeprefix("find:").split(_SEPARATOR, 4)
    offset, since, topic, provider, text = parts
    filters = Filters(
        topic=topic or None, provider=provider or None, since=Since(since) if since else None
    )
    return Ask(query=Query(text=text, filters=filters), offset=int(offset))


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(r"find:\d+\x1f(?:.*\x1f){3}.*", re.DOTALL),
):
    """Turns the page; works after a restart, for it remembers nothing."""

    def __init__(self, ask: Ask, *, label: str = "", emoji: str = "▶") -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label, emoji=emoji, custom_id=ask.custom_id
        )
        super().__init__(button)
        self.ask = ask

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> PageButton:
        """Return the button that was pressed."""
        return cls(ask_of(match[0]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page: in place to the one who asked, apart to anybody else."""
        finder: Finder = interaction.client.services.finder
        ask = self.ask
        findings = await finder.search(ask.query, limit=PAGE, offset=ask.offset)
        if findings.total and not findings.hits:  # there were more when the button was made
            ask = replace(ask, offset=(findings.total - 1) // PAGE * PAGE)
            findings = await finder.search(ask.query, limit=PAGE, offset=ask.offset)
        message = interaction.message
        asker = (
            message.interaction_metadata.user if message and message.interaction_metadata else None
        )
        parts = page_of(ask, findings)
        if asker is None or asker.id == interaction.user.id:
            await interaction.response.edit_message(
                content=parts.content, embeds=parts.embeds, view=parts.view, allowed_mentions=NOBODY
            )
        else:
            await send(interaction, parts, private=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a message is made of."""

    content: str
    embeds: list[discord.Embed]
    view: discord.ui.View | None = None


def page_of(ask: Ask, findings: Findings) -> Parts:
    """Return one page of an answer."""
    if not findings.total:
        return _nothing(ask, findings)
    shown = [card_of(hit.article, also=hit.also) for hit in findings.hits]
    first, last = ask.offset + 1, ask.offset + len(shown)
    what = f"for {_typed(ask)}" if ask.query.text else "newest first"
    span = f"{first}" if first == last else f"{first}–{last}"  # noqa: RUF001 (a range)
    content = f"{span} of {findings.total} {what}{_narrowed(ask.query.filters)}"
    return Parts(content=content, embeds=embeds_within(shown), view=_buttons(ask, findings))


def article_parts(found: Finding) -> Parts:
    """Return one article by itself."""
    return Parts(content="", embeds=embeds_within([card_of(found.article, also=found.also)]))


def embeds_within(cards: Sequence[Card]) -> list[discord.Embed]:
    """Return the embeds of cards, as many as one message may hold."""
    embeds: list[discord.Embed] = []
    size = 0
    for card in cards[:CARDS_LIMIT]:
        size += card.length
        if size <= TOTAL_LIMIT:
            embeds.append(embed_of(card))
    return embeds


async def send(interaction: discord.Interaction[Any], parts: Parts, *, private: bool) -> None:
    """Answer an interaction."""
    await interaction.response.send_message(
        content=parts.content or None,
        embeds=parts.embeds,
        view=parts.view or discord.utils.MISSING,
        ephemeral=private,
        allowed_mentions=NOBODY,
    )


def _typed(ask: Ask) -> str:
    """Return the words as code, in which no link or invitation comes alive."""
    return f"`{cut(ask.query.text, 100).replace('`', chr(0x2019))}`"


def _nothing(ask: Ask, findings: Findings) -> Parts:
    what = f" for {_typed(ask)}" if ask.query.text else ""
    lines = [f"{_NOTHING}{what}{_narrowed(ask.query.filters)}."]
    if findings.nearest:
        lines.append("The nearest:")
        lines += [_link(article) for article in findings.nearest]
    return Parts(content="\n".join(lines), embeds=[])


def _narrowed(filters: Filters) -> str:
    parts = []
    if filters.topic:
        parts.append(f"topic {escape(filters.topic)}")
    if filters.provider:
        parts.append(f"provider {escape(filters.provider)}")
    if filters.since:
        parts.append(f"of the last {filters.since.value}")
    return f" ({', '.join(parts)})" if parts else ""


def _link(article: Headline) -> str:
    title = escape(cut(article.title, 120))
    source = f" · {escape(article.source)}" if article.source else ""
    return f"- [{title}](<{article.url}>){source}" if article.url else f"- {title}{source}"


def _buttons(ask: Ask, findings: Findings) -> discord.ui.View | None:
    if findings.total <= PAGE or len(replace(ask, offset=99_999).custom_id) > _ID_LIMIT:
        return None
    view = discord.ui.View(timeout=None)
    if ask.offset > 0:
        earlier = replace(ask, offset=max(ask.offset - PAGE, 0))
        view.add_item(PageButton(earlier, label="Back", emoji="◀"))
    if ask.offset + PAGE < findings.total:
        view.add_item(PageButton(replace(ask, offset=ask.offset + PAGE), label="More", emoji="▶"))
    return view
