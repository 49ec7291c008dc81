"""What holds every request of the bot's to account finds what is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decent import faults_in

NOBODY = {"parse": [], "replied_user": False}
POSTING = "/channels/1/messages"
CALLBACK = "/interactions/1/token/callback"
WEBHOOK = "/webhooks/1/token"
ROLE = {"parse": [], "roles": ["7"]}
GOOD: dict[str, Any] = {"content": "news", "allowed_mentions": NOBODY}


def below(*items: dict[str, Any]) -> dict[str, Any]:
    return GOOD | {"components": [{"type": 1, "components": list(items)}]}


def form(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    given = {"type": 4, "custom_id": "a", "style": 1, "max_length": 5} | changes
    part = {"type": 18, "label": "Title", "component": given}
    return {"type": 9, "data": {"title": "A form", "custom_id": "b", "components": [part]}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", POSTING, None),
        ("POST", POSTING, GOOD),
        ("POST", POSTING, {"content": "<@&7>\nnews", "allowed_mentions": ROLE}),
        ("POST", POSTING, GOOD | {"embeds": [{"title": "x" * 256, "description": "y" * 4096}]}),
        ("POST", f"{POSTING}/5/crosspost", {}),
        ("PATCH", f"{POSTING}/5", GOOD),
        ("POST", CALLBACK, {"type": 4, "data": GOOD}),
        ("POST", CALLBACK, {"type": 5}),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}]}}),
        ("POST", CALLBACK, form(value="12345")),
        ("POST", "/channels/1/threads", {"name": "today", "message": GOOD}),
    ],
)
def test_what_is_good_has_no_faults(method: str, path: str, body: object) -> None:
    assert faults_in(method, path, body) == []


@pytest.mark.parametrize("pinging", [{"parse": ["users"]}, {"parse": [], "users": ["5"]}, ROLE])
@pytest.mark.parametrize(
    ("method", "path", "around"),
    [
        ("POST", POSTING, None),
        ("PATCH", f"{POSTING}/5", None),
        ("POST", WEBHOOK, None),
        ("PATCH", f"{WEBHOOK}/messages/@original", None),
        ("POST", CALLBACK, 4),
        ("POST", CALLBACK, 7),
    ],
)
def test_a_ping_is_found_wherever_it_is(
    method: str, path: str, around: int | None, pinging: dict[str, Any]
) -> None:
    for message in (GOOD | {"allowed_mentions": pinging}, {"content": "without"}):
        body = {"type": around, "data": message} if around else message
        assert len(faults_in(method, path, body)) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", f"{POSTING}/5"), ("POST", WEBHOOK)],
)
def test_only_a_new_message_of_a_channel_pings_a_role(method: str, path: str) -> None:
    body = {"content": "<@&7>\nnews", "allowed_mentions": ROLE}
    assert faults_in(method, path, body) == [f"{method} {path}: pings roles ['7']"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"content": "x" * 2001}, "content of 2001"),
        ({"nonce": "x" * 26}, "nonce of 26"),
        ({"embeds": [{"title": "x"}] * 11}, "11 embeds"),
        ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds of 6002"),
        ({"embeds": [{"title": "x" * 257}]}, "title of 257"),
        ({"embeds": [{"description": "x" * 4097}]}, "description of 4097"),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, "name of 257"),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "text of 2049"),
        ({"embeds": [{"fields": [{"name": "x", "value": "x" * 1025}]}]}, "value of 1025"),
        ({"embeds": [{"fields": [{"name": "x", "value": "y"}] * 26}]}, "26 fields"),
        ({"embeds": [{"url": "https://example.org"}]}, "an embed without text"),
    ],
)
def test_a_limit_that_is_broken_is_found(changes: dict[str, Any], fault: str) -> None:
    assert faults_in("POST", POSTING, GOOD | changes) == [f"POST {POSTING}: {fault}"]


@pytest.mark.parametrize(
    "body",
    [
        below({"type": 2, "style": 1, "custom_id": "x" * 101, "label": "a"}),
        below({"type": 2, "style": 1, "custom_id": "x", "label": "a" * 81}),
        below({"type": 2, "style": 1, "custom_id": "x"}),
        below(*[{"type": 2, "style": 1, "custom_id": "x", "label": "a"}] * 2),
        below(*[{"type": 2, "style": 1, "custom_id": str(n), "label": "a"} for n in range(6)]),
        below({"type": 3, "custom_id": "x", "options": [{"label": "a", "value": "b" * 101}]}),
        below({"type": 3, "custom_id": "x", "options": [{"label": "a", "value": "b"}] * 26}),
    ],
)
def test_a_component_that_breaks_a_limit_is_found(body: dict[str, Any]) -> None:
    assert len(faults_in("POST", POSTING, body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"type": 8, "data": {"choices": [{"name": "a" * 101, "value": "b"}]}},
        {"type": 8, "data": {"choices": [{"name": "", "value": "b"}]}},
        {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}] * 26}},
        {"type": 9, "data": {"title": "x" * 46, "custom_id": "x", "components": [{}]}},
        {"type": 9, "data": {"title": "x", "custom_id": "x", "components": []}},
        form(value="123456"),
        form(value="1", min_length=2),
        form(placeholder="x" * 101),
        form(max_length=4001),
    ],
)
def test_a_choice_or_a_form_that_breaks_a_limit_is_found(body: dict[str, Any]) -> None:
    assert len(faults_in("POST", CALLBACK, body)) == 1
