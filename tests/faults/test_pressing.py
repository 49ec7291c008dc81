"""Buttons pressed at the same instant, over a gateway that waits for nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.town import PATIENCE, POSTING
from tests.faults.world import MODERATOR_ID, NEWS_ID, READER_ID, Json

if TYPE_CHECKING:
    from tests.faults.town import Town

_EPHEMERAL = 1 << 6


def custom_id(answer: Json, label: str) -> str:
    """Return the id of a button below an answer."""
    items = [item for row in answer["components"] for item in row["components"]]
    return str(next(item["custom_id"] for item in items if item.get("label") == label))


async def press(town: Town, answer: Json, label: str, *, user_id: int) -> str:
    """Press a button and return the token of that, without waiting for what follows."""
    return await town.loopback.interact(
        {"custom_id": custom_id(answer, label), "component_type": 2},
        user_id=user_id,
        channel_id=NEWS_ID,
        kind=3,
        message=answer,
    )


def with_share(answer: Json) -> Json:
    """Return a public answer, which the loopback can edit, with the button of a private one."""
    related = custom_id(answer, "Related")
    button = {"type": 2, "style": 2, "label": "Share", "custom_id": f"s{related[1:]}"}
    return answer | {"flags": _EPHEMERAL, "components": [{"type": 1, "components": [button]}]}


async def test_a_double_click_shares_once(town: Town) -> None:
    async with town.bot():
        answer = with_share(await town.use("search", query="otters", share=True))
        tokens = [await press(town, answer, "Share", user_id=MODERATOR_ID) for _ in range(2)]
        async with asyncio.timeout(PATIENCE):
            for token in tokens:
                edit = rf"/webhooks/\d+/{token}/messages/@original"
                await town.loopback.answered("PATCH", edit)
    assert town.count("POST", POSTING) == 2  # of which Discord made one, by their nonce
    assert town.titles()[1:] == [["Otters return"]]  # after the answer itself


async def test_people_who_press_at_once_do_not_wait_for_each_other(town: Town) -> None:
    for number in range(20):
        town.content.write(f"Falcon number {number}")
    async with town.bot():
        answer = await town.use("search", query="falcon", share=True)
        public = answer | {
            "interaction_metadata": {
                "id": "1",
                "type": 2,
                "user": town.loopback.world.members[MODERATOR_ID]["user"],
                "authorizing_integration_owners": {},
            },
        }
        pressed = {
            await press(town, public, label, user_id=user_id): user_id
            for label in ("Next", "Related")
            for user_id in (READER_ID, MODERATOR_ID)
        }
        async with asyncio.timeout(PATIENCE):
            for token in pressed:
                await town.loopback.answered("POST", rf"/interactions/\d+/{token}/callback")
        said = {
            user_id: [
                request.json
                for token, by in pressed.items()
                for request in town.loopback.requests
                if f"/{token}/callback" in request.path and by == user_id
            ]
            for user_id in (READER_ID, MODERATOR_ID)
        }
    assert [body["type"] for body in said[MODERATOR_ID]] == [7, 7]  # edits of the public answer
    assert [body["type"] for body in said[READER_ID]] == [4, 4]  # answers of their own
    assert all(body["data"]["flags"] & _EPHEMERAL for body in said[READER_ID])
    for bodies in said.values():
        first, second = (body["data"] for body in bodies)
        assert first["content"].startswith("9–16 of 20")  # noqa: RUF001 (a range)
        assert custom_id(second, "Back to results")
