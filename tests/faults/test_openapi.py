"""What the loopback answers is held against Discord's own description of its interface."""

from __future__ import annotations

import json
import os
from pathlib import Path

import aiohttp
import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.faults.client import SEARCH
from tests.faults.loopback import Fault, Loopback
from tests.faults.world import (
    APPLICATION_ID,
    GUILD_ID,
    MODERATOR_ID,
    NEWS_ID,
    READER_ID,
    Json,
    World,
)

COMMANDS: list[Json] = [
    {
        "name": "search",
        "description": "Search",
        "options": [{"type": 3, "name": "words", "description": "What for", "required": True}],
    }
]
POST: Json = {"content": "news", "embeds": [{"title": "one"}], "nonce": "n1"}
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = MESSAGES + "/{message_id}"
INVOKED = "/interactions/{interaction_id}/{interaction_token}/callback"
APPLICATION_COMMANDS = "/applications/{application_id}/commands"
ANSWERS = "/webhooks/{webhook_id}/{webhook_token}"


@pytest.fixture(scope="module")
def description() -> Json:
    folder = os.environ.get("GAZETTE_SHARED")
    if folder is None:
        pytest.skip("GAZETTE_SHARED is not set: Discord's openapi.json is in its folder discord/")
    text = Path(folder, "discord", "openapi.json").read_text(encoding="utf-8")
    described: Json = json.loads(text)
    return described


def check(described: Json, method: str, path: str, answer: object) -> None:
    responses = described["paths"][path][method.lower()]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]
    whole = schema | {"components": described["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/gateway", None),
        ("GET", "/gateway/bot", None),
        ("GET", "/users/@me", None),
        ("GET", "/oauth2/applications/@me", None),
        ("PUT", APPLICATION_COMMANDS, COMMANDS),
        ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", COMMANDS),
        ("GET", "/guilds/{guild_id}/members/{user_id}", None),
        ("POST", "/users/@me/channels", {"recipient_id": str(READER_ID)}),
        ("GET", "/channels/{channel_id}", None),
        ("POST", MESSAGES, POST),
        ("GET", MESSAGES, None),
        ("GET", MESSAGE, None),
        ("PATCH", MESSAGE, {"content": "old news"}),
        ("GET", MESSAGE + "/reactions/{emoji_name}", None),
        ("POST", INVOKED, {"type": 4, "data": {"content": "found"}}),
        ("POST", INVOKED, {"type": 5}),
        ("POST", ANSWERS, {"content": "more"}),
        ("PATCH", ANSWERS + "/messages/@original", {"content": "less"}),
    ],
)
async def test_an_answer_is_as_discord_describes_it(
    description: Json, method: str, path: str, body: object
) -> None:
    world = World()
    async with Loopback(world) as loopback, aiohttp.ClientSession() as session:
        message, _ = world.post(NEWS_ID, POST)
        await loopback.react(MODERATOR_ID, NEWS_ID, int(message["id"]), "✅")
        token = await loopback.interact(SEARCH, user_id=READER_ID, channel_id=NEWS_ID)
        if path.startswith(ANSWERS):
            world.answers[token] = [message]
        url = loopback.api_base + path.format(
            application_id=APPLICATION_ID,
            guild_id=GUILD_ID,
            user_id=MODERATOR_ID,
            channel_id=NEWS_ID,
            message_id=message["id"],
            emoji_name="✅",
            interaction_id=1,
            interaction_token=token,
            webhook_id=APPLICATION_ID,
            webhook_token=token,
        )
        asked = {"with_response": "1"} if path == INVOKED else {}
        answer = await session.request(method, url, json=body, params=asked)
        assert answer.status == 200
        check(description, method, path, await answer.json())


async def test_a_refusal_is_as_discord_describes_it(description: Json) -> None:
    errors = {"ErrorResponse": Fault.FORBIDDEN, "RatelimitedResponse": Fault.LIMITED}
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        for name, fault in errors.items():
            loopback.fail("GET", "/users/@me", fault)
            answer = await session.get(f"{loopback.api_base}/users/@me")
            schema = {"$ref": f"#/components/schemas/{name}"}
            whole = schema | {"components": description["components"]}
            jsonschema.Draft202012Validator(whole).validate(await answer.json())
