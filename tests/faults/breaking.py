"""The failures that a test can script, and how each of them looks to a client."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from aiohttp import web

from tests.faults.limits import limited

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from tests.faults.world import Json, Request

_FOR_EVER = 86_400  # seconds
# what Cloudflare says to an address that it bars: no JSON, and no Via for Discord never saw it
BAN_PAGE = "<!DOCTYPE html><title>Access denied</title><h1>Error 1015</h1>"


class Fault(Enum):
    """What the client meets instead of the answer; a number is the HTTP status."""

    UNAUTHORIZED = 401
    FORBIDDEN = 403
    MISSING = 404
    LIMITED = 429
    LIMITED_GLOBALLY = "429 global"
    LIMITED_SHARED = "429 shared"
    BANNED = "429 of Cloudflare"
    ERROR = 500
    BAD_GATEWAY = 502
    UNAVAILABLE = 503
    TIMEOUT = 504
    RESET = "reset"
    CLOSE = "close"
    CUT = "cut"  # half of the answer's body, then the end
    GARBLED = "garbled"
    HANG = "hang"
    # the answer comes, and the gateway's connection suffers
    DROP = "gateway drop"
    INVALID = "invalid session"
    RECONNECT = "reconnect"


OF_GATEWAY = (Fault.DROP, Fault.INVALID, Fault.RECONNECT)


@dataclass(slots=True, kw_only=True)
class Script:
    """One failure to come, after so many such requests that go well."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    accepted: bool
    retry_after: float
    skips: int

    def meets(self, seen: Request) -> bool:
        """Tell whether this request is the one that fails; any method is '*'."""
        if self.method not in ("*", seen.method) or not self.path.fullmatch(seen.path):
            return False
        self.skips -= 1
        return self.skips < 0


async def break_answer(request: web.Request, script: Script, date: str) -> web.StreamResponse:
    """Let the client meet what was scripted."""
    match script.fault:
        case Fault.HANG:
            await asyncio.sleep(_FOR_EVER)  # until the server closes
        case Fault.RESET:
            _reset(request)
        case Fault.CLOSE:
            _transport(request).close()
        case Fault.CUT:
            return await _cut(request)
        case _:
            return _bad_answer(script, {"Date": date})
    return web.Response()


def _bad_answer(script: Script, headers: dict[str, str]) -> web.Response:
    scopes = {Fault.LIMITED_GLOBALLY: "global", Fault.LIMITED_SHARED: "shared"}
    match script.fault:
        case Fault.GARBLED:
            return web.Response(body=b'{"id": "12', content_type="application/json")
        case Fault.BANNED:
            told = headers | {"Retry-After": str(max(1, round(script.retry_after)))}
            return web.Response(status=429, text=BAN_PAGE, content_type="text/html", headers=told)
        case Fault.LIMITED | Fault.LIMITED_GLOBALLY | Fault.LIMITED_SHARED:
            no = limited(script.retry_after, scope=scopes.get(script.fault, "user"))
            return answer_json(no.body, status=429, headers=no.headers | headers)
        case _:
            body: Json = {"code": 0, "message": f"scripted: {script.fault.name}"}
            return answer_json(body, status=int(script.fault.value), headers=headers)


def answer_json(
    answer: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    # discord.py reads JSON only where the content type names no charset, as Discord's does not
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _transport(request: web.Request) -> asyncio.Transport:
    assert request.transport is not None
    return request.transport


def _reset(request: web.Request) -> None:
    """Break the connection with RST rather than FIN, as a dying proxy does."""
    at_once = struct.pack("ii", 1, 0)
    transport = _transport(request)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = 1000
    await response.prepare(request)
    await response.write(b'{"id": "12')
    _transport(request).close()
    return response
