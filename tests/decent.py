"""What no request of the bot's may do: break a limit of Discord's, or ping anybody unasked.

Discord's own description says little of limits; they are written down in
https://discord.com/developers/docs/resources/message and .../components/reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.core.card import AUTHOR_LIMIT, CARDS_LIMIT, CONTENT_LIMIT, FIELD_LIMIT, TITLE_LIMIT
from bot.core.card import TOTAL_LIMIT as EMBEDS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Json = dict[str, Any]

ANSWERED, DEFERRED_EDIT, EDITED, CHOICES, FORM = 4, 6, 7, 8, 9  # types of callbacks
_BUTTON, _INPUT = 2, 4  # types of components
_PING = re.compile(r"<@&(\d+)>\n")  # how a digest that pings begins
_EMBED = {"title": TITLE_LIMIT, "description": 4096, "url": 2048}
_BELOW = {"custom_id": 100, "label": 80, "placeholder": 150}
_OPTION = {"label": 100, "value": 100, "description": 100}
_OF_FORM = {"custom_id": 100, "label": 45, "description": 100, "placeholder": 100, "value": 4000}


def faults_in(method: str, path: str, body: object) -> list[str]:
    """Return what is wrong with a request, in words; the path is without /api/v10."""
    if not isinstance(body, dict):
        return []
    faults = list(_thread(body)) if method == "POST" and path.endswith("/threads") else []
    if path.endswith("/callback"):
        faults += _callback(body)
    for message in messages_in(method, path, body):
        in_channel = method == "POST" and path.startswith("/channels/")
        faults += [*_pings(message, may_ping=in_channel), *faults_of_message(message)]
    return [f"{method} {path}: {fault}" for fault in faults]


def messages_in(method: str, path: str, body: Json) -> list[Json]:
    """Return the message that a request writes, if it writes one."""
    if path.endswith("/callback"):
        return [body["data"]] if body["type"] in {ANSWERED, EDITED} else []
    if method == "POST" and path.endswith("/threads"):
        return [body["message"]] if "message" in body else []
    writes = method == "POST" and ("/messages" in path or path.startswith("/webhooks"))
    writes &= not path.endswith("/crosspost")
    return [body] if writes or (method == "PATCH" and "/messages/" in path) else []


def faults_of_message(message: Json) -> Iterator[str]:
    """Yield where a message breaks a limit."""
    yield from _longer(message, {"content": CONTENT_LIMIT, "nonce": 25})
    embeds = message.get("embeds") or []
    if len(embeds) > CARDS_LIMIT:
        yield f"{len(embeds)} embeds"
    if (size := sum(map(_size, embeds))) > EMBEDS_LIMIT:
        yield f"embeds of {size}"
    for embed in embeds:
        yield from _embed(embed)
    yield from _rows(message.get("components") or [])


def _pings(message: Json, *, may_ping: bool) -> Iterator[str]:
    """Yield whom it pings; a new message of a digest pings the one role that it begins with."""
    allowed = message.get("allowed_mentions")
    if allowed is None:
        yield "without allowed_mentions"
        return
    roles = [str(role) for role in allowed.get("roles") or ()]
    named = _PING.match(message.get("content") or "") if may_ping else None
    if allowed.get("parse") != [] or allowed.get("users") or allowed.get("replied_user"):
        yield f"pings {allowed}"
    if roles not in ([], [named[1]] if named else []):
        yield f"pings roles {roles}"


def _size(embed: Json) -> int:
    fields = embed.get("fields") or []
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("author") or {}).get("name"), (embed.get("footer") or {}).get("text")]
    texts += [field[name] for field in fields for name in ("name", "value")]
    return sum(len(text or "") for text in texts)


def _embed(embed: Json) -> Iterator[str]:
    yield from _longer(embed, _EMBED)
    yield from _longer(embed.get("author") or {}, {"name": AUTHOR_LIMIT})
    yield from _longer(embed.get("footer") or {}, {"text": 2048})
    fields = embed.get("fields") or []
    if len(fields) > 25:
        yield f"{len(fields)} fields"
    for field in fields:
        yield from _longer(field, {"name": 256, "value": FIELD_LIMIT})
        if not field["name"].strip() or not field["value"].strip():
            yield f"an empty field {field}"
    if not _size(embed):
        yield "an embed without text"


def _rows(rows: list[Json]) -> Iterator[str]:
    items = [item for row in rows for item in row["components"]]
    ids = [item["custom_id"] for item in items if "custom_id" in item]
    if len(rows) > 5 or any(len(row["components"]) > 5 for row in rows):
        yield "too many components"
    if len(set(ids)) < len(ids):
        yield f"ids that are not unique: {ids}"
    for item in items:
        yield from _longer(item, _BELOW)
        if item["type"] == _BUTTON and not item.get("label") and not item.get("emoji"):
            yield "a button that says nothing"
        options = item.get("options") or []
        if len(options) > 25:
            yield f"{len(options)} options"
        for option in options:
            yield from _longer(option, _OPTION)


def _callback(body: Json) -> Iterator[str]:
    data = body.get("data") or {}
    if body["type"] == CHOICES:
        choices = data["choices"]
        if len(choices) > 25:
            yield f"{len(choices)} choices"
        for choice in choices:
            yield from _longer(choice, {"name": 100, "value": 100})
            if not choice["name"]:
                yield "a choice without a name"
    if body["type"] == FORM:
        yield from faults_of_form(data)


def faults_of_form(form: Json) -> Iterator[str]:
    """Yield where a modal breaks a limit."""
    yield from _longer(form, {"title": 45, "custom_id": 100})
    if not form["title"] or not 1 <= len(form["components"]) <= 5:
        yield "a form without a title, without parts or with too many"
    for part in form["components"]:
        yield from _longer(part, _OF_FORM)
        inner = part.get("component") or {}
        yield from _longer(inner, _OF_FORM)
        if inner.get("type") == _INPUT and not _fits(inner):
            yield f"an input that refuses what it begins with: {inner}"


def _fits(given: Json) -> bool:
    least, most = given.get("min_length") or 0, given.get("max_length") or 4000
    value = given.get("value") or ""
    return least <= most <= 4000 and most >= 1 and (not value or least <= len(value) <= most)


def _thread(body: Json) -> Iterator[str]:
    yield from _longer(body, {"name": 100})
    if not body.get("name") or len(body.get("applied_tags") or ()) > 5:
        yield "a thread without a name, or with too many tags"


def _longer(part: Mapping[str, Any], limits: Mapping[str, int]) -> Iterator[str]:
    for name, limit in limits.items():
        length = len(str(part.get(name) or ""))
        if length > limit:
            yield f"{name} of {length}"
