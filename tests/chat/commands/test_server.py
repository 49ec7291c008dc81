"""What /help and /status answer, and how the commands present themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.adapters.chat.rights import Inspector
from bot.core.outbox import DeliveryState, Entry
from tests.chat.house import answer, said
from tests.chat.premises import forbid, thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    import simcord

    from tests.chat.house import House

# what the commands promise, an option with ! is needed
COMMANDS = {
    "search": ["query!", "topic", "provider", "since", "share"],
    "latest": ["topic"],
    "random": ["topic"],
    "topics": [],
    "searches": [],
    "privacy show": [],
    "privacy erase": [],
    "help": [],
    "status": [],
    "digest add": [
        "topics!",
        "at!",
        "timezone",
        "days",
        "limit",
        "channel",
        "name",
        "mention",
        "catchup",
        "crosspost",
    ],
    "digest edit": [
        "digest!",
        "topics",
        "at",
        "timezone",
        "days",
        "limit",
        "channel",
        "name",
        "mention",
        "ping",
        "catchup",
        "crosspost",
    ],
    "digest tag": ["digest!", "topic!", "tag"],
    "digest quiet": ["channel", "hours", "how", "timezone", "off"],
    "digest daysoff": ["channel", "days", "off"],
    "digest list": [],
    "digest preview": ["digest!"],
    "digest now": ["digest!"],
    "digest pause": ["digest!"],
    "digest resume": ["digest!"],
    "digest remove": ["digest!"],
    "digest history": ["digest"],
    "reload": ["withdraw"],
    "review setup": [
        "channel",
        "role",
        "by",
        "approvals",
        "veto",
        "undecided",
        "remind",
        "expire",
        "own_drafts",
        "buttons",
    ],
    "review show": [],
    "review off": [],
    "review draft": ["article!"],
    "review queue": ["kind", "digest"],
    "review undo": ["which"],
    "review log": ["article", "person"],
    "review propose": ["link!"],
}
_SUBCOMMAND = 1


def leaves(house: House) -> Iterator[tuple[str, dict[str, Any]]]:
    for command in house.commands():
        subs = [o for o in command.get("options", []) if o["type"] == _SUBCOMMAND]
        yield from ((f"{command['name']} {sub['name']}", sub) for sub in subs)
        if not subs:
            yield command["name"], command


async def test_the_commands_and_their_options_are_those_that_are_promised(house: House) -> None:
    registered = {
        name: [
            option["name"] + "!" * bool(option.get("required"))
            for option in command.get("options", [])
        ]
        for name, command in leaves(house)
    }
    assert registered == COMMANDS


async def test_every_command_and_option_is_described_within_discords_limits(house: House) -> None:
    names = [command["name"] for command in house.commands()]
    assert len(names) == len(set(names))
    for name, command in leaves(house):
        for described in (command, *command.get("options", [])):
            assert 1 <= len(described["description"]) <= 100, name
            assert described["description"] != "…", name


async def test_options_that_name_something_complete_what_is_typed(house: House) -> None:
    completed = {
        f"{name} {option['name']}"
        for name, command in leaves(house)
        for option in command.get("options", [])
        if option.get("autocomplete")
    }
    named = {"edit", "tag", "preview", "now", "pause", "resume", "remove", "history"}
    assert completed == {
        "search query",
        "search topic",
        "search provider",
        "latest topic",
        "random topic",
        "digest add topics",
        "digest add timezone",
        "digest edit topics",
        "digest edit timezone",
        "digest tag topic",
        "digest tag tag",
        "digest quiet timezone",
        "review draft article",
        "review queue digest",
        "review undo which",
        "review log article",
        *(f"digest {name} digest" for name in named),
    }


async def test_discord_hides_the_digest_commands_from_those_who_do_not_manage(
    house: House,
) -> None:
    seen = house.mia.available_commands(house.news)
    assert "search" in seen
    assert not [name for name in seen if name.startswith("digest")]
    assert "digest add" in house.ada.available_commands(house.news)


async def test_digests_and_reviews_are_not_offered_in_direct_messages(house: House) -> None:
    assert set(house.mia.user.available_commands()) == {
        "search",
        "latest",
        "random",
        "topics",
        "help",
        "status",
        "privacy show",
        "privacy erase",
    }


async def test_help_names_every_command(house: House) -> None:
    text = said(await house.mia.slash(house.news, "help"))
    for name in COMMANDS.keys() - {"help"}:
        group, _, sub = name.partition(" ")
        assert f"/{group}" in text
        assert sub in text
    assert "✅" in text
    assert answer(await house.mia.user.slash("help")).content == text


async def test_status_of_a_server_counts_what_waits_and_names_the_next_edition(
    house: House,
) -> None:
    text = said(await house.mia.slash(house.news, "status"))
    assert "6 articles, 1 draft, 3 topics" in text
    assert "next edition" not in text
    await house.add_digest(name="Late", at="21:00")
    await house.add_digest(name="Early_one", limit=5)
    text = said(await house.mia.slash(house.news, "status"))
    nine = int(house.env.now().timestamp()) + 9 * 3600
    assert text.endswith(f"- next edition: **Early\\_one** <t:{nine}:R>")
    await house.set_review_up()
    text = said(await house.mia.slash(house.news, "status"))
    assert "- waiting for moderators here: 5 proposals" in text
    assert "- outbox: 0 waiting, 5 sent, 0 refused\n" in text
    assert "held back" not in text
    assert "in doubt" not in text


async def test_status_tells_what_is_held_back_and_by_which_channel(house: House) -> None:
    await house.add_digest(name="My_digest", limit=1)
    await house.add_digest(name="Other", limit=1, at="10:00")
    house.env.inject_error("POST", "/channels/*/messages", status=403, code=50001, message="No")
    await house.wait(hours=9)
    text = said(await house.mia.slash(house.news, "status"))
    assert "- 1 message held back until channels that refused take them again\n" in text
    aside = next(line for line in text.split("\n") if line.startswith("- set aside"))
    assert aside.startswith(
        f"- set aside: {house.news.mention}, because Discord refused the message: No: the bot"
    )
    assert aside.endswith("; waiting for it: **My\\_digest, Other**")
    assert "held back" in answer(await house.mia.user.slash("status")).content
    assert "set aside" not in answer(await house.mia.user.slash("status")).content


async def test_status_tells_of_what_is_in_doubt(house: House) -> None:
    await house.add_digest(limit=1)
    services = house.bot.services
    (digest,) = await services.ledger.digests()
    await services.publisher.publish_now(digest, key="lost")
    (delivery,) = await services.ledger.claim(limit=1, now=house.clock())
    entry = Entry(state=DeliveryState.UNKNOWN, begun_at=house.clock(), reason="no answer")
    await services.ledger.record(delivery, entry, now=house.clock())
    text = said(await house.mia.slash(house.news, "status"))
    assert (
        "- 1 message in doubt: nobody knows whether Discord took them; `/digest history` asks "
        "those who can tell\n" in text
    )


async def test_status_says_first_that_the_clock_is_wrong(house: House) -> None:
    assert "clock" not in said(await house.mia.slash(house.news, "status"))
    trouble = "the clock of this machine is *wrong*"
    object.__setattr__(house.bot.services, "clock_trouble", lambda: trouble)
    _, second, *_ = said(await house.mia.slash(house.news, "status")).split("\n")
    assert second == r"- ⚠️ the clock of this machine is \*wrong\*"


async def test_status_in_a_direct_message_tells_of_no_server(house: House) -> None:
    await house.add_digest()
    text = answer(await house.mia.user.slash("status")).content
    assert "6 articles" in text
    assert "Morning" not in text


async def lacking(house: House, who: simcord.MemberActor | None = None) -> list[str]:
    """Return what /status says of single channels, or that nothing is missing there."""
    lines = said(await (who or house.ada).slash(house.news, "status")).split("\n")
    return [line for line in lines if "(digest" in line or "(review" in line or "lack" in line]


async def test_status_says_that_nothing_is_missing_to_those_who_manage_the_server(
    house: House,
) -> None:
    assert await lacking(house) == []
    await house.add_digest()
    assert await lacking(house) == ["- I lack nothing here"]
    assert await lacking(house, house.mia) == []


async def test_status_tells_what_is_missing_where_in_discords_words(house: House) -> None:
    await house.add_digest(name="*Morning*")
    await house.add_digest(name="Evening", at="18:00")
    await forbid(house, house.news, embed_links=False)
    assert await lacking(house) == [
        (
            f"- ⚠️ {house.news.mention} (digests \\*Morning\\*, Evening): "
            "Embed Links is missing, so cards cannot be shown"
        )
    ]
    assert await lacking(house, house.mia) == []


async def test_status_tells_of_channels_that_are_gone_or_hidden(house: House) -> None:
    hall, loft = (house.guild.create_text_channel(name) for name in ("hall", "loft"))
    await house.env.settle()
    await house.add_digest(name="Hall", channel=hall)
    await house.add_digest(name="Loft", channel=loft)
    await forbid(house, loft, view_channel=False)
    house.env.backend.delete_channel(hall.id)
    await house.env.settle()
    assert await lacking(house) == [
        f"- ⚠️ {hall.mention} (digest Hall): it was deleted, or I may not see it (View Channel)",
        f"- ⚠️ {loft.mention} (digest Loft): View Channel is missing, so I see nothing there",
    ]


async def test_status_tells_what_review_lacks_and_what_would_be_of_use(house: House) -> None:
    await house.set_review_up()
    await forbid(house, house.review, manage_messages=False)
    hint = f"- {house.review.mention} (review): "
    seen = (
        f"{hint}everybody in the server can see it, and so what is proposed; "
        "take View Channel from \\@everyone there if they should not"
    )
    assert await lacking(house) == [
        (
            f"{hint}Manage Messages is missing, "
            "so reactions of people who have no say stay below the cards"
        ),
        seen,
    ]
    await forbid(house, house.review, add_reactions=False)
    house.env.backend.delete_role(house.guild.id, house.moderators.id)
    await house.env.settle()
    assert await lacking(house) == [
        (
            f"- ⚠️ {house.review.mention} (review): the role that decides was deleted, so those who "
            "may manage messages do; name another one with /review setup"
        ),
        (
            f"- ⚠️ {house.review.mention} (review): Add Reactions is missing, "
            "so the signs to vote with are not below the cards"
        ),
        seen,
    ]


async def test_status_looks_at_threads_that_sleep_and_at_what_is_locked(house: House) -> None:
    corner = await thread(house)
    await house.add_digest(name="Corner", channel=corner)
    await forbid(house, house.news, send_messages_in_threads=False)
    house.env.backend.edit_channel(
        corner.id, {}, thread_metadata={"locked": True, "archived": True}
    )
    await house.env.settle()
    assert await lacking(house) == [
        (
            f"- ⚠️ {corner.mention} (digest Corner): "
            "Send Messages in Threads is missing, so nothing can be posted"
        ),
        f"- ⚠️ {corner.mention} (digest Corner): the thread is locked, so nothing can be posted",
    ]


async def test_status_waits_for_no_discord_that_does_not_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_long(*_: object, **__: object) -> None:
        raise TimeoutError

    await house.add_digest()
    monkeypatch.setattr(Inspector, "premises", too_long)
    assert await lacking(house) == []
    text = said(await house.ada.slash(house.news, "status"))
    assert text.endswith("- Discord does not say just now what I may do there")
