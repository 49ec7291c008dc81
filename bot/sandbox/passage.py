"""The way through to simcord's page, from the sandbox's own address and from no other."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from bot.sandbox.window import Window

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The server that answers sets these anew for its own connection.
_HOP: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "server", "transfer-encoding"}
)
_TAKEN_ALONG: Final = (
    "Accept",
    "Content-Type",
    "Range",
    "X-Simcord-Capability",
    "X-Simcord-Context",
)


async def pass_on(
    request: web.Request, window: Window, client: aiohttp.ClientSession
) -> web.Response:
    """Answer with what simcord's page answers, so that it can stand in a frame."""
    address = window.address
    if address is None:
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="No channel is open.")
    index = request.path == "/channel"
    try:
        async with client.request(
            request.method,
            address.origin().with_path("/" if index else request.path).with_query(request.query),
            headers={n: request.headers[n] for n in _TAKEN_ALONG if n in request.headers},
            data=await request.read() if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
    except aiohttp.ClientConnectionError:
        window.requests = -1  # the next look at the state opens the channel anew
        text = "simcord's page was closed and is about to open again."
        return web.Response(status=HTTPStatus.BAD_GATEWAY, text=text)
    return web.Response(
        status=answer.status,
        body=_dressed(body) if index else body,
        headers=_framed(answer.headers, request.path),
    )


def guard_of(port: int) -> Middleware:
    """Return what lets only the page itself in: its host, and its origin for changes."""
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # A name that somebody pointed at 127.0.0.1 must not speak for this page.
        if request.host not in hosts:
            raise web.HTTPForbidden(text="This address does not serve the sandbox.")
        read_only = request.method in {"GET", "HEAD"}
        if not read_only and request.headers.get("Origin") != f"http://{request.host}":
            raise web.HTTPForbidden(text="Only the sandbox's own page may ask for this.")
        response = await handler(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guard


def _dressed(page: bytes) -> bytes:
    # simcord's workbench repeats what the rail offers; without </head> it merely stays visible.
    style = b'<link rel="stylesheet" href="/sandbox/static/embed.css">'
    return page.replace(b"</head>", style + b"</head>", 1)


def _framed(headers: Mapping[str, str], path: str) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name.lower() not in _HOP}
    kept["X-Frame-Options"] = "SAMEORIGIN"
    policy = kept.get("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
    kept["Content-Security-Policy"] = policy.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    if path.startswith("/fonts/"):
        # 30 MB that carry their version in the name need not travel at every change of channel.
        kept["Cache-Control"] = "private, max-age=86400"
        kept.pop("Pragma", None)
    return kept
