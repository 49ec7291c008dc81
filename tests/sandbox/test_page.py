"""What the sandbox page promises, asked over loopback of a real simcord and a small real bot."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
import simcord
from discord.ext import commands

from bot.sandbox.page import serve
from bot.sandbox.window import Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime


class Pressed(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: discord.ui.Button[Pressed]) -> None:
        await interaction.response.send_message("Pressed.")


class Asked(discord.ui.Modal, title="Set a question"):
    def __init__(self) -> None:
        super().__init__()
        self.what: discord.ui.TextInput[Asked] = discord.ui.TextInput(
            custom_id="what", default="Why?", max_length=40
        )
        self.add_item(discord.ui.Label(text="What", description="In a line.", component=self.what))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        await interaction.response.send_message(f"Asked: {self.what.value}", ephemeral=True)


class Tiny(commands.Bot):
    def __init__(self) -> None:
        super().__init__(command_prefix="!", intents=discord.Intents.default())

    async def setup_hook(self) -> None:
        @self.tree.command(description="Post something")
        async def post(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("Posted.", view=Pressed())

        @self.tree.context_menu(name="Repeat it")
        async def repeat(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(message.content, ephemeral=True)

        @self.tree.context_menu(name="Set a question")
        async def ask(interaction: discord.Interaction, _: discord.Message) -> None:
            await interaction.response.send_modal(Asked())

        self.add_view(Pressed())
        await self.tree.sync()


@dataclass(slots=True, kw_only=True)
class TinyWorld:
    env: simcord.Env
    channels: Sequence[simcord.ChannelHandle]
    people: Sequence[Person]
    assets: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    hints: Sequence[str] = ("Type `/post`.",)
    planned: bool = True
    failure: Exception | None = None

    async def to_next_digest(self) -> datetime | None:
        if not self.planned:
            return None
        await self.advance(90)
        channel = self.env.bot.get_channel(self.channels[0].id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send("The digest.")
        return self.env.now()

    async def advance(self, seconds: float) -> datetime:
        if self.failure is not None:
            raise self.failure
        await self.env.advance_time(seconds)
        return self.env.now()

    async def restart(self, *, after: float = 0.0) -> None:
        await self.env.advance_time(after)
        await self.env.restart_bot(Tiny())


@dataclass(slots=True, kw_only=True)
class Browser:
    """Speaks to the page as a browser does, with the headers that one sends by itself."""

    world: TinyWorld
    address: str
    client: aiohttp.ClientSession
    stop: asyncio.Event
    serving: asyncio.Task[None]

    @property
    def origin(self) -> str:
        return self.address.rstrip("/")

    async def state(self) -> dict[str, Any]:
        async with self.client.get(f"{self.origin}/sandbox/state") as response:
            assert response.status == 200, await response.text()
            return dict(await response.json())

    async def ask(self, what: str, body: object = None, expect: int = 200) -> Any:  # noqa: ANN401 - JSON
        headers = {"Origin": self.origin}
        async with self.client.post(
            f"{self.origin}/sandbox/{what}", json=body, headers=headers
        ) as response:
            assert response.status == expect, await response.text()
            return await (response.json() if expect != 400 else response.text())

    async def status(self, path: str) -> int:
        async with self.client.get(f"{self.origin}{path}") as response:
            return response.status

    async def open(self) -> Frame:
        frame = (await self.state())["frame"]
        opened = Frame(browser=self, headers={"X-Simcord-Capability": frame.split("#")[1]})
        await opened.call("POST", "/api/pages", {})
        opened.headers["X-Simcord-Context"] = opened.snapshot["context"]["id"]
        return opened


@dataclass(slots=True, kw_only=True)
class Frame:
    """simcord's page, as far as it matters here: its snapshot and its actions."""

    browser: Browser
    headers: dict[str, str]
    snapshot: dict[str, Any] = field(default_factory=dict)
    sequence: int = 0

    async def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        headers = {**self.headers, "Origin": self.browser.origin}
        async with self.browser.client.request(
            method, f"{self.browser.origin}{path}", json=body, headers=headers
        ) as response:
            assert response.status == 200, await response.text()
            answer = await response.json()
        if "messages" in answer:
            self.snapshot = answer
        return answer

    async def prepared(self, kind: str, **details: object) -> dict[str, object]:
        await self.call("GET", "/api/state")
        self.sequence += 1
        return {
            "protocol_version": self.snapshot["protocolVersion"],
            "sequence": self.sequence,
            "request_id": f"request {self.sequence}",
            "generation": self.snapshot["context"]["generation"],
            "bot_generation": self.snapshot["botGeneration"],
            "published_revision": self.snapshot["publishedRevision"],
            "kind": kind,
            **details,
        }

    async def send(self, action: dict[str, object]) -> None:
        receipt = await self.call("POST", "/api/action", action)
        assert receipt["settlement"] == "settled", receipt

    async def act(self, kind: str, **details: object) -> None:
        await self.send(await self.prepared(kind, **details))
        await self.call("GET", "/api/state")

    async def run(self, name: str) -> None:
        entries = (await self.call("GET", "/api/commands"))["entries"]
        entry = next(entry for entry in entries if entry["invocation"] == name)
        await self.act(
            "run_command",
            command_id=entry["commandId"],
            path=entry["path"],
            schema_fingerprint=entry["schemaFingerprint"],
            options={},
        )

    async def click_last(self) -> None:
        message = self.snapshot["messages"][self.snapshot["timeline"][-1]]
        button = message["components"][0]["components"][0]
        await self.act("click", target_id=message["id"], control_key=button["control_key"])

    @property
    def said(self) -> list[str]:
        return [
            self.snapshot["messages"][number]["content"] for number in self.snapshot["timeline"]
        ]


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with simcord.run(Tiny()) as env, aiohttp.ClientSession() as client:
        world = built(env)
        await env.settle()
        stop, opened = asyncio.Event(), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(world, port=0, ready=opened.set_result, stop=stop))
        try:
            await asyncio.wait({serving, opened}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
            yield Browser(
                world=world, address=await opened, client=client, stop=stop, serving=serving
            )
        finally:
            stop.set()
            await serving


def built(env: simcord.Env) -> TinyWorld:
    guild = env.create_guild()
    hidden = discord.PermissionOverwrite(view_channel=False)
    moderator = guild.create_role("moderator", permissions=discord.Permissions(administrator=True))
    channels = (
        guild.create_text_channel("news"),
        guild.create_text_channel("review", overwrites={guild.default_role: hidden}),
    )
    sam = guild.add_member(env.create_user("Sam"))
    nora = guild.add_member(env.create_user("Nora"), roles=[moderator])
    people = (
        Person(actor=sam, name="Sam", role="subscriber"),
        Person(actor=nora, name="Nora", role="moderator"),
    )
    return TinyWorld(env=env, channels=channels, people=people)


async def test_the_page_is_served_with_a_strict_policy() -> None:
    async with browsing() as browser, browser.client.get(browser.address) as response:
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "<title>Gazette sandbox</title>" in page
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["page.js", "page.css", "embed.css", "icon.svg"])
async def test_everything_the_page_needs_comes_from_itself(name: str) -> None:
    async with (
        browsing() as browser,
        browser.client.get(f"{browser.origin}/sandbox/static/{name}") as response,
    ):
        text = await response.text()
    assert response.status == 200
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


async def test_the_state_tells_what_to_draw() -> None:
    async with browsing() as browser:
        state = await browser.state()
    assert state["channels"] == [
        {"name": "news", "kind": "text", "tags": []},
        {"name": "review", "kind": "text", "tags": []},
    ]
    assert state["people"][1] == {"name": "Nora", "role": "moderator"}
    assert state["hints"] == ["Type `/post`."]
    assert state["clock"] == "2026-01-01T00:00:00+00:00"
    assert (state["channel"], state["person"], state["busy"]) == (0, 0, False)


async def test_a_forum_shows_its_threads_with_their_tags() -> None:
    async with browsing() as browser:
        world, env = browser.world, browser.world.env
        guild = world.channels[0].guild
        assert guild is not None
        forum, news = guild.create_forum_channel("forum"), guild.create_news_channel("wire")
        plain = {"emoji_id": None, "emoji_name": None}
        tags = [{"id": "1", "name": "AI", **plain}, {"id": "2", "name": "Space", **plain}]
        env.backend.edit_channel(forum.id, {"available_tags": tags})
        await env.settle()
        made: Any = env.bot.get_channel(forum.id)
        await made.create_thread(name="Monday", content="Hi", applied_tags=[made.available_tags[1]])
        world.channels = (forum, *forum.threads, news)
        state = await browser.ask("look", {"channel": 0, "person": 1})
        assert state["channels"] == [
            {"name": "forum", "kind": "forum", "tags": []},
            {"name": "Monday", "kind": "thread", "tags": ["Space"]},
            {"name": "wire", "kind": "news", "tags": []},
        ]
        assert state["frame"] is None
        assert state["refusal"].startswith("#forum is a forum: each edition is a thread of its own")
        await browser.ask("look", {"channel": 1, "person": 1})
        frame = await browser.open()
        assert frame.said == ["Hi"]


async def test_time_passes_while_the_bot_is_away() -> None:
    async with browsing() as browser:
        state = await browser.ask("away")
        assert state["clock"] == "2026-01-04T00:00:00+00:00"
        assert state["said"] == "The bot has started again. It is now Sun 4 Jan, 00:00 UTC."


async def test_the_channel_may_be_framed_by_the_page_alone() -> None:
    async with (
        browsing() as browser,
        browser.client.get(f"{browser.origin}/channel") as response,
    ):
        page = await response.text()
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    assert "/sandbox/static/embed.css" in page


async def test_commands_and_buttons_work_through_the_page() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        await frame.run("post")
        assert frame.said == ["Posted."]
        await frame.click_last()
        assert frame.said == ["Posted.", "Pressed."]


async def test_commands_of_a_messages_menu_work_on_the_newest_that_all_see() -> None:
    async with browsing() as browser:
        assert (await browser.state())["menu"] == ["Repeat it", "Set a question"]
        state = await browser.ask("point", {"command": 0})
        assert state["said"] == "There is no message yet."
        frame = await browser.open()
        await frame.run("post")
        for _ in range(2):
            state = await browser.ask("point", {"command": 0})
            assert state["said"] == "Repeat it, on the newest message."
        await frame.call("GET", "/api/state")
        assert frame.said == ["Posted.", "Posted.", "Posted."]
        await browser.ask("point", {"command": 2}, expect=400)
        await browser.ask("point", None, expect=400)


async def test_a_form_that_a_menu_opened_is_filled_in_on_the_page() -> None:
    async with browsing() as browser:
        assert (await browser.state())["form"] is None
        frame = await browser.open()
        await frame.run("post")
        state = await browser.ask("point", {"command": 1})
        line = {
            "id": "what",
            "label": "What",
            "description": "In a line.",
            "value": "Why?",
            "placeholder": "",
            "required": True,
            "most": 40,
            "long": False,
        }
        assert state["form"] == {"title": "Set a question", "fields": [line]}
        state = await browser.ask("fill", {"values": {"what": "Who?", "else": "nothing"}})
        assert (state["said"], state["form"]) == ("The form is sent.", None)
        await frame.call("GET", "/api/state")
        assert frame.said == ["Posted.", "Asked: Who?"]


@pytest.mark.parametrize("put_away", [None, {}, {"values": "all"}])
async def test_a_form_that_is_put_away_sends_nothing(put_away: object) -> None:
    async with browsing() as browser:
        frame = await browser.open()
        await frame.run("post")
        await browser.ask("point", {"command": 1})
        state = await browser.ask("fill", put_away)
        assert (state["said"], state["form"]) == ("The form is put away.", None)
        await frame.call("GET", "/api/state")
        assert frame.said == ["Posted."]


async def test_another_channel_puts_a_form_away() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        await frame.run("post")
        await browser.ask("point", {"command": 1})
        state = await browser.ask("look", {"channel": 0, "person": 1})
        assert state["form"] is None


async def test_where_no_channel_is_open_there_is_no_menu() -> None:
    async with browsing() as browser:
        state = await browser.ask("look", {"channel": 1, "person": 0})
        assert state["menu"] == []


async def test_another_channel_and_person_can_be_chosen() -> None:
    async with browsing() as browser:
        before = (await browser.state())["frame"]
        state = await browser.ask("look", {"channel": 1, "person": 1})
        assert state["frame"] != before
        assert state["said"] == "#review as Nora."
        frame = await browser.open()
        assert frame.snapshot["channel"]["name"] == "review"
        assert frame.snapshot["viewerId"] == str(browser.world.people[1].actor.id)


async def test_a_channel_that_is_not_theirs_is_refused_in_words() -> None:
    async with browsing() as browser:
        state = await browser.ask("look", {"channel": 1, "person": 0})
        assert state["frame"] is None
        assert state["refusal"].startswith("Sam cannot open #review")
        assert await browser.status("/channel") == 503
        state = await browser.ask("look", {"channel": 0, "person": 0})
        assert (state["refusal"], state["frame"] is None) == ("", False)


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"channel": 2, "person": 0}, {"channel": -1, "person": 0},
     {"channel": "0", "person": 0}, {"channel": 0, "person": True}],
)  # fmt: skip
async def test_only_what_there_is_can_be_chosen(body: object) -> None:
    async with browsing() as browser:
        text = await browser.ask("look", body, expect=400)
        assert text.startswith("There is no such ")
        assert (await browser.state())["channel"] == 0


async def test_what_is_no_json_chooses_nothing() -> None:
    async with (
        browsing() as browser,
        browser.client.post(
            f"{browser.origin}/sandbox/look", data="{", headers={"Origin": browser.origin}
        ) as response,
    ):
        assert response.status == 400


async def test_an_hour_passes() -> None:
    async with browsing() as browser:
        state = await browser.ask("hour")
    assert state["clock"] == "2026-01-01T01:00:00+00:00"
    assert state["said"] == "It is now Thu 1 Jan, 01:00 UTC."


async def test_the_digest_shows_in_the_channel_that_is_open() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        state = await browser.ask("next-digest")
        assert state["clock"] == "2026-01-01T00:01:30+00:00"
        await frame.call("GET", "/api/state")
        assert frame.said == ["The digest."]


async def test_no_digest_is_said_and_moves_nothing() -> None:
    async with browsing() as browser:
        browser.world.planned = False
        state = await browser.ask("next-digest")
    assert state["said"] == "No digest is planned."
    assert state["clock"] == "2026-01-01T00:00:00+00:00"


async def test_what_the_bot_does_by_itself_is_followed() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        world = browser.world
        await world.people[0].actor.slash(world.channels[0], "post")
        await browser.state()
        await frame.call("GET", "/api/state")
        assert frame.said == ["Posted."]


async def test_a_restart_keeps_the_page_working() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        await frame.run("post")
        generation = frame.snapshot["botGeneration"]
        state = await browser.ask("restart")
        assert state["said"] == "The bot has started again. It is now Thu 1 Jan, 00:00 UTC."
        assert state["frame"] is not None
        frame = await browser.open()
        assert frame.snapshot["botGeneration"] == generation + 1
        await frame.click_last()
        assert frame.said == ["Posted.", "Pressed."]


async def test_a_session_that_was_ended_opens_again() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        with suppress(AssertionError, aiohttp.ClientError):
            await frame.act("close")
        async with asyncio.timeout(5):
            while await browser.status("/channel") != 502:
                continue
        await browser.state()
        assert (await browser.open()).snapshot["channel"]["name"] == "news"


async def test_a_failure_of_the_world_is_shown() -> None:
    async with browsing() as browser:
        browser.world.failure = RuntimeError("the ledger is locked")
        answer = await browser.ask("hour", expect=500)
        assert answer == {"error": "RuntimeError: the ledger is locked"}
        browser.world.failure = None
        await browser.ask("hour")


async def test_what_simcord_cannot_do_now_is_a_conflict() -> None:
    async with browsing() as browser:
        browser.world.failure = simcord.SetupError("operation overlaps active slash")
        answer = await browser.ask("hour", expect=409)
    assert answer == {"error": "This cannot be done now: operation overlaps active slash"}


async def test_wishes_wait_for_each_other() -> None:
    async with browsing() as browser:
        await asyncio.gather(*map(browser.ask, ("hour", "restart", "next-digest", "hour")))
        assert (await browser.state())["clock"] == "2026-01-01T02:01:30+00:00"


async def test_the_clock_waits_for_what_the_channel_is_doing() -> None:
    async with browsing() as browser:
        frame = await browser.open()
        action = await frame.prepared("send_message", content="Hello.")
        await asyncio.gather(frame.send(action), browser.ask("hour"))
        await frame.call("GET", "/api/state")
        assert frame.said == ["Hello."]


@pytest.mark.parametrize("path", ["/", "/sandbox/state", "/channel", "/api/state"])
async def test_another_name_for_this_machine_is_refused(path: str) -> None:
    async with browsing() as browser:
        for host in ("evil.example", f"evil.example:{browser.address.split(':')[2]}", "127.0.0.1"):
            async with browser.client.get(
                f"{browser.origin}{path}", headers={"Host": host.rstrip("/")}
            ) as response:
                assert response.status == 403
        async with browser.client.get(
            browser.address, headers={"Host": browser.origin[7:].replace("127.0.0.1", "localhost")}
        ) as response:
            assert response.status == 200


@pytest.mark.parametrize("path", ["/sandbox/hour", "/sandbox/restart", "/api/pages", "/api/action"])
@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1"])
async def test_another_page_may_not_ask(path: str, origin: str | None) -> None:
    async with browsing() as browser:
        headers = {} if origin is None else {"Origin": origin}
        async with browser.client.post(f"{browser.origin}{path}", headers=headers) as response:
            assert response.status == 403
        assert (await browser.state())["clock"] == "2026-01-01T00:00:00+00:00"


async def test_no_path_leads_to_another_machine() -> None:
    async with browsing() as browser:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(browser.origin[17:]))
        host = browser.origin[7:]
        writer.write(f"GET //evil.example/x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert b" 404 " in status


async def test_fonts_stay_in_the_browser() -> None:
    async with browsing() as browser:
        path = "/fonts/noto-sans-hebrew-v3.001.ttf"
        async with browser.client.get(f"{browser.origin}{path}") as response:
            assert response.headers["Cache-Control"] == "private, max-age=86400"
            assert len(await response.read()) > 100_000


async def test_nothing_is_left_open() -> None:
    async with browsing() as browser:
        await browser.open()
        browser.stop.set()
        await browser.serving
        with pytest.raises(aiohttp.ClientConnectionError):
            await browser.status("/")
        world = browser.world
        async with world.env.preview(world.channels[0], viewers=[world.people[0].actor]):
            pass
