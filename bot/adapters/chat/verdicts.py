"""What can be pressed below a review card, and the forms that open; each id names the review."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.deciders import has_say
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.replies import say
from bot.core.card import EXCERPT_LENGTH, TITLE_LIMIT
from bot.core.ending import said_line, tally_line
from bot.core.review import Cast, Review, ReviewState, Verdict, is_custom
from bot.core.reviewing import WHY
from bot.core.rewording import Unchanged, wording_of
from bot.services.moderate import LONGEST_REASON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.chat.services import Services
    from bot.core.review import Ballot

_NOT_YOURS = "That is for those who review here; nothing was changed."
_OWN = "You proposed that draft, so somebody else has to approve it; nothing was changed."
_GONE = "I know nothing of that card any more."
_ARRIVING = "That card is just arriving; please press again in a moment."
_LABELS = {
    Verdict.APPROVE: "Approve",
    Verdict.REJECT: "Reject",
    Verdict.HOLD: "Next edition",
    Verdict.CHANGE: "Reword",
    Verdict.OTHER: "Other telling",
}
_STYLES = {
    Verdict.APPROVE: discord.ButtonStyle.success,
    Verdict.REJECT: discord.ButtonStyle.danger,
}
_LONGEST_FORM = 15 * 60.0  # seconds; Discord's tokens live no longer

_Button = discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]]


class VerdictButton(
    _Button,
    template=re.compile(r"review:(?P<review>[0-9]{1,18}):(?P<verdict>approve|reject|hold|other)"),
):
    """Says of a proposal what its reaction says."""

    def __init__(self, review_id: int, verdict: Verdict, *, emoji: str | None = None) -> None:
        super().__init__(_button(review_id, verdict, emoji=emoji))
        self.review_id = review_id
        self.verdict = verdict

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> VerdictButton:
        """Return the button that was pressed."""
        return cls(int(match["review"]), Verdict(match["verdict"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the vote, if whoever pressed may vote."""
        await kindly(interaction, self._vote(interaction))

    async def _vote(self, interaction: discord.Interaction[Any]) -> None:
        services: Services = interaction.client.services
        review = await _reviewed(interaction, self.review_id)
        if self.verdict is Verdict.APPROVE and review.bars(interaction.user.id):
            raise Refusal(_OWN)
        # reading the reactions may take longer than Discord waits for an answer
        await interaction.response.defer(ephemeral=True, thinking=True)
        with interaction.client.pump.busy():
            cast, counted = await services.moderator.press(
                review, user_id=interaction.user.id, verdict=self.verdict
            )
            now = counted.review if counted else await services.ledger.review(review.id) or review
            votes = await services.ledger.votes(review.id)
        if cast is Cast.LATE:
            text = said_line(now, services.ballot)
        else:
            text = tally_line(
                now, votes, services.ballot, cast=cast, verdict=self.verdict, counted=counted
            )
        await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY)
        if counted is not None and counted.state is not ReviewState.PENDING:
            await interaction.client.pump.nudge()


class ChangeButton(_Button, template=re.compile(r"review:(?P<review>[0-9]{1,18}):change")):
    """Opens the form for another wording."""

    def __init__(self, review_id: int, *, emoji: str | None = None) -> None:
        super().__init__(_button(review_id, Verdict.CHANGE, emoji=emoji))
        self.review_id = review_id

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> ChangeButton:
        """Return the button that was pressed."""
        return cls(int(match["review"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form, if whoever pressed may change the card."""
        await kindly(interaction, self._open(interaction))

    async def _open(self, interaction: discord.Interaction[Any]) -> None:
        review = await _reviewed(interaction, self.review_id)
        if review.state is not ReviewState.PENDING:
            services: Services = interaction.client.services
            raise Refusal(said_line(review, services.ballot))
        await interaction.response.send_modal(ChangeForm(review))


class WhyButton(_Button, template=re.compile(r"review:(?P<review>[0-9]{1,18}):why")):
    """Opens the form for the reason of a decision."""

    def __init__(self, review_id: int) -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label="Say why", emoji="💬", custom_id=f"review:{review_id}:{WHY}"
        )
        super().__init__(button)
        self.review_id = review_id

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> WhyButton:
        """Return the button that was pressed."""
        return cls(int(match["review"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form, if whoever pressed may say why."""
        await kindly(interaction, self._open(interaction))

    async def _open(self, interaction: discord.Interaction[Any]) -> None:
        review = await _reviewed(interaction, self.review_id)
        await interaction.response.send_modal(WhyForm(review))


class ChangeForm(discord.ui.Modal):
    """The form for title and excerpt, as they would be posted here."""

    def __init__(self, review: Review) -> None:
        super().__init__(title="Reword it for this channel", timeout=_LONGEST_FORM)
        self._review_id = review.id
        title, excerpt = wording_of(review.card)
        self.heading: discord.ui.TextInput[ChangeForm] = discord.ui.TextInput(
            default=title[:TITLE_LIMIT], max_length=TITLE_LIMIT
        )
        self.excerpt: discord.ui.TextInput[ChangeForm] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph,
            default=excerpt[:EXCERPT_LENGTH],
            max_length=EXCERPT_LENGTH,
            required=False,
        )
        self.add_item(discord.ui.Label(text="Title", component=self.heading))
        self.add_item(
            discord.ui.Label(
                text="Excerpt",
                description="The file stays as it is. Votes begin anew on a new card.",
                component=self.excerpt,
            )
        )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Propose it anew in these words, if whoever wrote them still may."""
        await kindly(interaction, self._change(interaction))

    async def _change(self, interaction: discord.Interaction[Any]) -> None:
        services: Services = interaction.client.services
        review = await _reviewed(interaction, self._review_id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        with interaction.client.pump.busy():
            found = await services.moderator.change(
                review,
                title=self.heading.value,
                excerpt=self.excerpt.value,
                by=interaction.user.id,
            )
        if isinstance(found, Review):
            text = f"It is proposed anew in these words in <#{found.channel_id}>."
        else:
            text = f"{found.value} Nothing was changed."
        if found is Unchanged.LATE:
            now = await services.ledger.review(review.id) or review
            text = said_line(now, services.ballot)
        await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY)
        await interaction.client.pump.nudge()


class WhyForm(discord.ui.Modal):
    """The form for a reason."""

    def __init__(self, review: Review) -> None:
        super().__init__(title="Why was it decided so?", timeout=_LONGEST_FORM)
        self._review_id = review.id
        self.reason: discord.ui.TextInput[WhyForm] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, default=review.why, max_length=LONGEST_REASON
        )
        self.add_item(
            discord.ui.Label(
                text="Reason",
                description="It is kept in the record, and shown on the card.",
                component=self.reason,
            )
        )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Write the reason down, if whoever gave it still may."""
        await kindly(interaction, self._say(interaction))

    async def _say(self, interaction: discord.Interaction[Any]) -> None:
        services: Services = interaction.client.services
        review = await _reviewed(interaction, self._review_id)
        if not await services.moderator.say_why(review.id, self.reason.value):
            raise Refusal("A reason needs something to read; nothing was changed.")
        await say(interaction, "It is in the record.")
        await interaction.client.pump.nudge()


VERDICT_ITEMS = (VerdictButton, ChangeButton, WhyButton)


def review_view(review_id: int, offers: Sequence[str], ballot: Ballot) -> discord.ui.View:
    """Return the buttons below a review card."""
    view = discord.ui.View(timeout=None)
    for name in offers:
        if name == WHY:
            view.add_item(WhyButton(review_id))
        elif (verdict := Verdict(name)) is Verdict.CHANGE:
            view.add_item(ChangeButton(review_id, emoji=ballot.change))
        else:
            view.add_item(VerdictButton(review_id, verdict, emoji=ballot.emoji(verdict)))
    return view


def _button(
    review_id: int, verdict: Verdict, *, emoji: str | None
) -> discord.ui.Button[discord.ui.View]:
    # Discord refuses the whole message for a custom emoji that is gone
    shown = None if emoji is None or is_custom(emoji) else emoji
    return discord.ui.Button(
        label=_LABELS[verdict],
        style=_STYLES.get(verdict, discord.ButtonStyle.secondary),
        emoji=shown,
        custom_id=f"review:{review_id}:{verdict.value}",
    )


async def _reviewed(interaction: discord.Interaction[Any], review_id: int) -> Review:
    """Return the review that was meant; raise Refusal for who may not decide about it.

    Ids can be forged and cards can move, so the ledger says where it belongs, and Discord who asks.
    """
    services: Services = interaction.client.services
    review = await services.ledger.review(review_id)
    if review is None or interaction.guild_id != review.guild_id:
        raise Refusal(_GONE)
    member = interaction.user
    if not isinstance(member, discord.Member) or not has_say(member, review):
        raise Refusal(_NOT_YOURS)
    if review.message_id is None and review.channel_id == interaction.channel_id:
        raise Refusal(_ARRIVING)
    if interaction.message is None or interaction.message.id != review.message_id:
        raise Refusal(_GONE)
    return review
