"""What the bot needs where, in the words of Discord's settings, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.rights import (
    LEAST,
    OPTIONAL,
    Kind,
    Premises,
    lacking,
    may_ping,
    wanting,
)

GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"


@pytest.mark.parametrize("kind", Kind)
def test_with_what_the_invitation_asks_for_nothing_is_missing_anywhere(kind: Kind) -> None:
    assert lacking(kind, LEAST) == ()


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (Kind.TEXT, ["Send Messages", "Embed Links", "Read Message History"]),
        (Kind.ANNOUNCEMENTS, ["Send Messages", "Embed Links", "Read Message History"]),
        (Kind.THREAD, ["Send Messages in Threads", "Embed Links", "Read Message History"]),
        (
            Kind.FORUM,
            ["Create Posts", "Send Messages in Posts", "Embed Links", "Read Message History"],
        ),
        (
            Kind.REVIEW,
            ["Send Messages", "Embed Links", "Read Message History", "Add Reactions"],
        ),
    ],
)
def test_what_is_missing_has_the_name_it_has_in_that_place(kind: Kind, shown: list[str]) -> None:
    assert [right.shown for right in lacking(kind, {"view_channel"})] == shown


@pytest.mark.parametrize("kind", Kind)
def test_a_place_that_is_not_seen_lacks_that_above_all(kind: Kind) -> None:
    (right,) = lacking(kind, ())
    assert lacking(kind, LEAST - {"view_channel"}) == (right,)
    assert right.told == "View Channel is missing, so I see nothing there"


def test_nothing_is_asked_for_that_no_place_needs() -> None:
    for name in LEAST:
        assert any(lacking(kind, LEAST - {name}) for kind in Kind)
    assert not LEAST & {right.name for right in OPTIONAL}
    assert not LEAST & {"administrator", "manage_messages", "manage_channels", "mention_everyone"}


def test_what_is_of_use_for_review_is_no_need() -> None:
    assert [right.shown for right in wanting(LEAST, custom_emoji=False)] == ["Manage Messages"]
    assert [right.shown for right in wanting(LEAST, custom_emoji=True)] == [
        "Manage Messages",
        "Use External Emoji",
    ]
    everything = LEAST | {"manage_messages", "use_external_emojis"}
    assert wanting(everything, custom_emoji=True) == ()


@pytest.mark.parametrize(
    ("held", "mentionable", "may"),
    [
        (LEAST, False, False),
        (LEAST, True, True),
        (LEAST | {"mention_everyone"}, False, True),
    ],
)
def test_a_role_is_pinged_where_anybody_may_or_the_bot_may(
    held: frozenset[str], *, mentionable: bool, may: bool
) -> None:
    assert may_ping(held, mentionable=mentionable) is may


def test_an_answer_names_the_place_and_shows_names_as_they_are() -> None:
    premises = Premises(
        channel_id=7, name="#news", use="digest *A*", faults=("@x is gone",), hints=("_so_",)
    )
    assert premises.lines() == [
        "- ⚠️ <#7> (digest \\*A\\*): @x is gone",
        "- <#7> (digest \\*A\\*): \\_so\\_",
    ]
    assert Premises(channel_id=7, name="#news", use="review").lines() == []


def test_the_guide_says_of_each_permission_what_it_is_for() -> None:
    rows = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    told = {name.strip() for row in rows for name in row.split("|")[1].replace(":", ";").split(";")}
    needed = [right for kind in Kind for right in lacking(kind, {"view_channel"})]
    for right in (*lacking(Kind.TEXT, ()), *needed, *OPTIONAL):
        assert right.shown in told, right.shown
