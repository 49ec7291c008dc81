"""When a channel is not to be disturbed: /digest quiet and daysoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.house import OTTERS, all_titles, said
from tests.chat.premises import forum, thread

if TYPE_CHECKING:
    from tests.chat.house import House

NINE = 1767258000  # 2026-01-01 09:00 UTC
HOUR = 3600


async def quiet(house: House, **options: Any) -> list[str]:  # noqa: ANN401 (any option)
    return said(await house.ada.slash(house.news, "digest quiet", **options)).split("\n")


async def days_off(house: House, **options: Any) -> list[str]:  # noqa: ANN401 (any option)
    return said(await house.ada.slash(house.news, "digest daysoff", **options)).split("\n")


async def listed(house: House) -> str:
    return said(await house.ada.slash(house.news, "digest list"))


async def test_without_options_it_tells_what_is_set(house: House) -> None:
    here = house.news.mention
    nothing = [
        f"There are no quiet hours in {here}: posts come when due.",
        "There are no days off.",
        f"-# No digest posts in {here} yet.",
    ]
    assert await quiet(house) == nothing
    assert await days_off(house) == nothing
    await house.add_digest()
    await quiet(house, hours="22:00 to 7:00", timezone="europe/berlin")
    assert await days_off(house, days="12-24..12-26, 2027-01-01") == await quiet(house)
    assert await quiet(house) == [
        (f"From 22:00 to 07:00 (Europe/Berlin) it is quiet in {here}: posts wait until 07:00."),
        (
            "Days off there: 12-24..12-26, 2027-01-01 (Europe/Berlin). On them no edition is "
            "made, and what waits is posted when they are over."
        ),
        f"So what is due now waits until <t:{NINE - 3 * HOUR}:f>.",
    ]
    assert (
        " · quiet 22:00-07:00 (Europe/Berlin): posts wait · off 12-24..12-26, 2027-01-01 "
        "(Europe/Berlin) · next" in await listed(house)
    )


async def test_an_edition_that_is_due_waits_for_the_end(house: House) -> None:
    await house.add_digest(limit=1)
    await quiet(house, hours="08:30-10:00")
    await house.wait(hours=9)
    assert all_titles(house.news) == []
    await house.wait(hours=1)
    assert all_titles(house.news) == [OTTERS]


async def test_now_waits_too_and_says_until_when(house: House) -> None:
    await house.add_digest(limit=1)
    await quiet(house, hours="22:00-07:00")
    text = said(await house.ada.slash(house.news, "digest now", digest="Morning"))
    assert text == (
        f"It is quiet in {house.news.mention}, so it waits until <t:{NINE - 2 * HOUR}:f>."
    )
    assert all_titles(house.news) == []
    first, *_ = await quiet(house, off="off")
    assert first.startswith("There are no quiet hours")
    assert all_titles(house.news) == [OTTERS]


async def test_silent_posts_come_at_once(house: House) -> None:
    await house.add_digest(limit=1)
    first, *_ = await quiet(house, hours="22:00-07:00", how="silent")
    assert first.endswith("posts come without a sound.")
    assert "quiet 22:00-07:00 (UTC): posts make no sound" in await listed(house)
    text = said(await house.ada.slash(house.news, "digest now", digest="Morning"))
    assert text == f"Posted in {house.news.mention}."


async def test_what_is_not_said_stays_as_it_is(house: House) -> None:
    await quiet(house, hours="22:00-07:00", how="silent", timezone="Europe/Berlin")
    first, *_ = await quiet(house, hours="23:00-06:00")
    assert first.startswith("From 23:00 to 06:00 (Europe/Berlin)")
    assert first.endswith("without a sound.")
    first, *_ = await quiet(house, how="wait")
    assert first.endswith("posts wait until 06:00.")
    first, *_ = await quiet(house, timezone="UTC")
    assert first.startswith("From 23:00 to 06:00 (UTC)")
    await days_off(house, days="12-24")
    first, second, *_ = await quiet(house, off="off", timezone="Asia/Tokyo")
    assert first.startswith("There are no quiet hours")
    assert second.startswith("Days off there: 12-24 (Asia/Tokyo).")
    _, second, *_ = await quiet(house, timezone="UTC")
    assert second.startswith("Days off there: 12-24 (UTC).")
    _, second, *_ = await days_off(house, off="off")
    assert second == "There are no days off."


async def test_off_may_be_written_where_the_hours_and_days_stand(house: House) -> None:
    await quiet(house, hours="22:00-07:00")
    await days_off(house, days="12-24")
    assert (await days_off(house, days=" Off "))[1] == "There are no days off."
    assert (await quiet(house, hours="off"))[0].startswith("There are no quiet hours")


async def test_on_a_day_off_there_is_no_edition(house: House) -> None:
    await house.add_digest(limit=1)
    await days_off(house, days="2026-01-01")
    await house.wait(hours=10)
    assert all_titles(house.news) == []


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"hours": "22:00"}, "“22:00” are no quiet hours; write them like 22:00-07:00"),
        ({"hours": "25:00-07:00"}, "“25:00” is not a time"),
        ({"hours": "*all*"}, r"“\*all\*” are no quiet hours"),
        ({"hours": "07:00-07:00"}, "Quiet hours cannot end when they begin"),
        ({"hours": "x" * 6000}, "“xxx"),
        ({"timezone": "Mars", "hours": "22:00-07:00"}, "“Mars” is not a time zone"),
        ({"how": "silent"}, "Say from when until when it is quiet: `hours:22:00-07:00`."),
        ({"timezone": "UTC"}, "Say from when until when it is quiet: `hours:22:00-07:00`."),
        ({"hours": "22:00-07:00", "off": "off"}, "Say what to set, or `off`, but not both."),
        ({"how": "wait", "off": "off"}, "Say what to set, or `off`, but not both."),
    ],
)
async def test_hours_that_cannot_be_are_answered_with_what_to_write(
    house: House, options: dict[str, str], answer: str
) -> None:
    text = "\n".join(await quiet(house, **options))
    assert text.replace("\\:", ":").startswith(answer)  # as Discord shows it
    assert len(text) <= 2000
    assert (await quiet(house))[0].startswith("There are no quiet hours")


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"days": "xmas"}, "“xmas” is not a day off"),
        ({"days": "02-30"}, "“02-30” is not a day off"),
        ({"days": " , "}, "Write days like 12-24..12-26, 2027-01-01; or choose `off`."),
        ({"days": "12-24", "off": "off"}, "Say what to set, or `off`, but not both."),
    ],
)
async def test_days_that_cannot_be_are_answered_with_what_to_write(
    house: House, options: dict[str, str], answer: str
) -> None:
    assert "\n".join(await days_off(house, **options)).startswith(answer)
    assert (await days_off(house))[1] == "There are no days off."


async def test_any_place_of_a_digest_can_be_quiet_and_no_other_is(house: House) -> None:
    for place in (house.review, await thread(house), await forum(house)):
        await house.add_digest(channel=place, name=place.mention)
        first, *rest = await quiet(house, channel=place, hours="22:00-07:00")
        assert f"it is quiet in {place.mention}" in first
        assert "No digest" not in rest[-1]
    assert (await quiet(house))[0].startswith("There are no quiet hours")
    lounge = house.guild.create_voice_channel("lounge")
    text = said(await house.ada.slash(lounge, "digest quiet"))
    assert text.startswith("Digests go to text channels,")


async def test_zones_complete(house: House) -> None:
    choices = await house.ada.autocomplete(house.news, "digest quiet", "timezone", "berl")
    assert "Europe/Berlin" in [choice["value"] for choice in choices]
