"""The WebSocket side of the loopback Discord, so that a client hears, drops and resumes.

Where a bot could tell, it keeps to what Discord documents: events go only to those whose intents
ask for them, and a session outlives its connection.
"""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.faults.world import APPLICATION_ID, BOT_ID, Json, World

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS_INTENT = 1 << 1
TO_DIRECT = 3  # from the intent for messages in servers to that for direct ones
NEEDED_INTENTS = {
    "GUILD_CREATE": 1 << 0,
    "GUILD_ROLE_UPDATE": 1 << 0,
    "GUILD_ROLE_DELETE": 1 << 0,
    "GUILD_MEMBER_REMOVE": MEMBERS_INTENT,
    "CHANNEL_UPDATE": 1 << 0,
    "CHANNEL_DELETE": 1 << 0,
    "THREAD_CREATE": 1 << 0,
    "THREAD_UPDATE": 1 << 0,
    "MESSAGE_CREATE": 1 << 9,
    "MESSAGE_UPDATE": 1 << 9,
    "MESSAGE_DELETE": 1 << 9,
    "MESSAGE_REACTION_ADD": 1 << 10,
    "MESSAGE_REACTION_REMOVE": 1 << 10,
    "MESSAGE_REACTION_REMOVE_ALL": 1 << 10,
    "MESSAGE_REACTION_REMOVE_EMOJI": 1 << 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One WebSocket; with a deflater all it sends is one zlib stream, as discord.py asks."""

    socket: web.WebSocketResponse
    deflate: Callable[[bytes], bytes] | None

    async def send(self, payload: Json) -> None:
        """Send a payload, unless the client has gone."""
        if self.socket.closed:
            return
        text = json.dumps(payload)
        with suppress(ConnectionError):  # it is going at this very moment
            if self.deflate is None:  # zstd-stream was asked for: discord.py reads plain text too
                await self.socket.send_str(text)
            else:
                await self.socket.send_bytes(self.deflate(text.encode()))


def _zlib_stream() -> Callable[[bytes], bytes]:
    deflater = zlib.compressobj()
    return lambda data: deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)


@dataclass(slots=True, kw_only=True)
class Session:
    """What one IDENTIFY began; it outlives its wire, so that RESUME can replay."""

    intents: int
    wire: Wire
    events: list[Json] = field(default_factory=list)

    async def tell(self, event: str, data: Json) -> None:
        """Send an event, now or when the client resumes, if its intents ask for it."""
        needed = NEEDED_INTENTS.get(event, 0)
        if "guild_id" not in data and event.startswith("MESSAGE_"):
            needed <<= TO_DIRECT
        if event == "GUILD_MEMBER_UPDATE" and data["user"]["id"] != str(BOT_ID):
            needed = MEMBERS_INTENT
        if self.intents & needed == needed:
            self.events.append({"op": 0, "t": event, "s": len(self.events) + 1, "d": data})
            await self.wire.send(self.events[-1])


class Gateway:
    """The WebSocket side: sessions, and the events sent to them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.sessions: dict[str, Session] = {}  # clear it, and the next RESUME is refused
        self._wires: list[Wire] = []

    @property
    def sent(self) -> int:
        """The number of the newest session's last event."""
        return len(list(self.sessions.values())[-1].events) if self.sessions else 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Talk to one client until it leaves."""
        squeezed = request.query.get("compress") == "zlib-stream"
        wire = Wire(socket=web.WebSocketResponse(), deflate=_zlib_stream() if squeezed else None)
        await wire.socket.prepare(request)
        self._wires.append(wire)
        await wire.send({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in wire.socket:
            await self._hear(wire, frame.json())
        self._wires.remove(wire)
        return wire.socket

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event to every session that asked for its kind."""
        if event == "INTERACTION_CREATE":
            self.world.invocations[data["token"]] = data
        for session in list(self.sessions.values()):
            await session.tell(event, data)

    async def drop(self, *, code: int = 4000) -> None:
        """Close every connection; after 4000 clients resume."""
        for wire in list(self._wires):
            await wire.socket.close(code=code)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is over (op 9), or that it may be resumed."""
        if not resumable:
            self.sessions.clear()
        for wire in list(self._wires):
            await wire.send({"op": 9, "d": resumable})

    async def reconnect(self) -> None:
        """Ask every client to come again and resume (op 7), as Discord does when it deploys."""
        for wire in list(self._wires):
            await wire.send({"op": 7, "d": None})

    async def _hear(self, wire: Wire, payload: Json) -> None:
        match payload:
            case {"op": 1}:
                await wire.send({"op": 11})
            case {"op": 2, "d": asked}:
                await self._identify(wire, asked)
            case {"op": 6, "d": asked}:
                await self._resume(wire, asked)
            case _:  # a presence, or a question this server does not answer
                pass

    async def _identify(self, wire: Wire, asked: Json) -> None:
        session = Session(intents=asked["intents"], wire=wire)
        name = self.world.new_id()
        self.sessions[name] = session
        ready = {
            "v": 10,
            "user": self.world.members[BOT_ID]["user"],
            "guilds": [{"id": str(guild), "unavailable": True} for guild in self.world.guilds],
            "session_id": name,
            "resume_gateway_url": self.url,
            "shard": asked.get("shard", [0, 1]),
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }
        await session.tell("READY", ready)
        every_member = bool(session.intents & MEMBERS_INTENT)
        for guild in self.world.guilds:
            await session.tell("GUILD_CREATE", self.world.guild(guild, every_member=every_member))

    async def _resume(self, wire: Wire, asked: Json) -> None:
        session = self.sessions.get(asked["session_id"])
        if session is None:
            await wire.send({"op": 9, "d": False})
            return
        session.wire = wire
        for event in session.events[asked["seq"] :]:
            await wire.send(event)
        await session.tell("RESUMED", {})
