"""What was said of a digest, made into a digest that can do what it should."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import discord

from bot.adapters.chat.choices import Refusal, guild_of, topics_named
from bot.adapters.chat.places import Chosen, Place, kind_of, place_in, place_of
from bot.adapters.chat.services import Services
from bot.core.days import RuleError, parse_days
from bot.core.digest import CatchUp, Digest, DigestDraft
from bot.core.rights import Kind
from bot.core.rules import Rule, parse_times, parse_zone
from bot.core.text import clean, cut, escape

NAME_LIMIT = 80
MOST_ARTICLES = 25
_NOTHING = "Say what should change: choose at least one option besides the digest."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was said of a digest; None is what was not said."""

    topics: str | None
    at: str | None
    timezone: str | None
    days: str | None
    limit: int | None
    channel: Chosen | None
    name: str | None
    mention: discord.Role | None
    ping_off: bool = False
    catch_up: CatchUp | None
    crosspost: bool | None


def drafted(
    services: Services,
    interaction: discord.Interaction[Any],
    wishes: Wishes,
    *,
    taken: Iterable[str],
) -> DigestDraft:
    """Return the digest that is wished for; raise Refusal where it could not post.

    One without a name gets one that is not `taken`.
    """
    _check_limit(wishes)
    place = place_of(interaction, wishes.channel)
    place.check_rights()
    if wishes.mention is not None:
        place.check_ping(wishes.mention)
    topics = topics_named(services.library.catalogue, wishes.topics or "")
    tags = place.tags_for(topics or services.library.catalogue.topics)
    place.check_tags(tags)
    return DigestDraft(
        guild_id=guild_of(interaction).id,
        channel_id=place.id,
        name=name_of(wishes) or _free_name(topics, taken),
        topics=topics,
        rule=_rule(services, services.defaults.rule, wishes),
        limit=wishes.limit or services.defaults.limit,
        created_by=interaction.user.id,
        catch_up=wishes.catch_up or services.defaults.catch_up,
        forum=place.kind is Kind.FORUM,
        crosspost=place.hands_on(wanted=wishes.crosspost),
        mention=wishes.mention.id if wishes.mention else None,
        tags=tags,
    )


def changed(
    services: Services, interaction: discord.Interaction[Any], digest: Digest, wishes: Wishes
) -> Digest:
    """Return a digest as it is wished for; raise Refusal where it could not post any more."""
    _check_limit(wishes)
    guild, catalogue = guild_of(interaction), services.library.catalogue
    name = name_of(wishes)
    if wishes.name is not None and not name:
        raise Refusal("That name has nothing in it that shows; write another one.")
    topics = topics_named(catalogue, wishes.topics) if wishes.topics else digest.topics
    changed = replace(
        digest,
        name=name or digest.name,
        topics=topics,
        rule=_rule(services, digest.rule, wishes),
        limit=wishes.limit or digest.limit,
        catch_up=wishes.catch_up or digest.catch_up,
        mention=_mention(digest, wishes),
    )
    about = topics or tuple(catalogue.topics)
    if wishes.channel is not None and wishes.channel.id != digest.channel_id:
        changed = _moved(changed, guild, place_of(interaction, wishes.channel), wishes, about)
    elif wishes.mention or wishes.crosspost is not None or (wishes.topics and digest.forum):
        place = place_in(guild, digest.channel_id)
        changed = _stayed(digest, changed, place, wishes, about)
    if changed == digest:
        raise Refusal(_NOTHING)
    return changed


def name_of(wishes: Wishes) -> str:
    """Return the name that was said, as it can be shown."""
    return cut(clean(wishes.name or ""), NAME_LIMIT)


def _check_limit(wishes: Wishes) -> None:
    """Raise Refusal where an edition would be too small or too big, whatever Discord let by."""
    if wishes.limit is not None and not 1 <= wishes.limit <= MOST_ARTICLES:
        raise Refusal(f"`limit` may be 1 to {MOST_ARTICLES}.")


def _free_name(topics: Sequence[str], taken: Iterable[str]) -> str:
    wanted = cut(", ".join(topics) or "Everything", NAME_LIMIT - 4)
    folded = {name.casefold() for name in taken}
    names = [wanted, *(f"{wanted} {number}" for number in range(2, len(folded) + 3))]
    return next(name for name in names if name.casefold() not in folded)


def _moved(
    digest: Digest, guild: discord.Guild, place: Place, wishes: Wishes, topics: Sequence[str]
) -> Digest:
    """Return a digest at another place, which must let it do all that it is to do."""
    place.check_rights()
    role = guild.get_role(digest.mention) if digest.mention else None
    if role is not None:
        place.check_ping(role)
    crosspost = wishes.crosspost
    if crosspost is None and Kind.ANNOUNCEMENTS is place.kind is kind_of(guild, digest):
        crosspost = digest.crosspost
    tags = place.tags_for(topics)
    place.check_tags(tags)
    return replace(
        digest,
        channel_id=place.id,
        forum=place.kind is Kind.FORUM,
        crosspost=place.hands_on(wanted=crosspost),
        mention=role.id if role else None,
        tags=tags,
    )


def _stayed(
    before: Digest, digest: Digest, place: Place, wishes: Wishes, topics: Sequence[str]
) -> Digest:
    """Return a digest at its place, with the tags that people chose for topics it keeps."""
    if wishes.mention is not None:
        place.check_ping(wishes.mention)
    crosspost = digest.crosspost
    if wishes.crosspost is not None:
        crosspost = place.hands_on(wanted=wishes.crosspost)
    kept = tuple((topic, tag_id) for topic, tag_id in before.tags if digest.takes((topic,)))
    tags = (*kept, *place.tags_for(topic for topic in topics if not before.takes((topic,))))
    place.check_tags(tags)
    return replace(digest, crosspost=crosspost, tags=tags)


def _mention(digest: Digest, wishes: Wishes) -> int | None:
    if wishes.mention is not None and wishes.ping_off:
        raise Refusal("Say which role to ping, or `ping: off`, but not both.")
    if wishes.mention is not None:
        return wishes.mention.id
    return None if wishes.ping_off else digest.mention


def _rule(services: Services, base: Rule, wishes: Wishes) -> Rule:
    """Return when the digest goes out; days that are counted are counted from today."""
    try:
        zone = parse_zone(wishes.timezone) if wishes.timezone else base.zone
        today = services.clock().astimezone(ZoneInfo(zone)).date()
        return Rule(
            times=parse_times(wishes.at) if wishes.at else base.times,
            days=parse_days(wishes.days, since=today) if wishes.days else base.days,
            zone=zone,
        )
    except RuleError as error:
        raise Refusal(escape(str(error))) from error
