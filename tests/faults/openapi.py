"""Discord's own description of its interface, to hold requests and answers against.

It is in the folder `discord/` of GAZETTE_SHARED; where that is not set, nothing is held against it.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from tests.faults.world import Json, Request

_NAME = re.compile(r"{[^}]+}")
_PLAIN = "application/json"
_OF_DISCORD_PY = {"use_nested_fields"}  # it has sent this since forums were new


class Description:
    """The paths, and the validators of what was asked for, each made once."""

    def __init__(self, described: Json) -> None:
        self._components = described["components"]
        # discord.py writes snowflakes as numbers, which Discord takes although it does not say so
        asked = self._components["schemas"] | {"SnowflakeType": {"type": ["string", "integer"]}}
        self._asked = self._components | {"schemas": asked}
        self._paths = described["paths"]
        # a path without names goes before one that a name would match too
        ordered = sorted(self._paths, key=lambda path: path.count("{"))
        self._patterns = [(re.compile(_NAME.sub("[^/]+", path)), path) for path in ordered]
        self._validators: dict[tuple[str, ...], jsonschema.Draft202012Validator | None] = {}

    def faults_of_request(self, request: Request) -> list[str]:
        """Return what is wrong with a request's path, query and body."""
        path = self.path_of(request.path)
        method = request.method.lower()
        if path is None or method not in self._paths[path]:
            return [f"{request.method} {request.path}: Discord describes no such route"]
        names = {part["name"] for part in self._parameters(path, method) if part["in"] == "query"}
        asked = {pair.partition("=")[0] for pair in request.query.split("&") if pair}
        unknown = sorted(asked - names - _OF_DISCORD_PY)
        faults = [f"{method} {path}: no parameter {name}" for name in unknown]
        validator = self._validator(path, method, "requestBody")
        return faults + _faults(validator, request.json, f"{method} {path}: asked")

    def faults_of_answer(self, request: Request, status: int, answer: object) -> list[str]:
        """Return what is wrong with an answer; None is one without a body."""
        path, method = self.path_of(request.path), request.method.lower()
        if path is None or method not in self._paths[path]:
            return []  # said of the request already
        responses = self._paths[path][method]["responses"]
        name = next((n for n in (str(status), f"{status // 100}XX") if n in responses), None)
        if name is None:
            return [f"{method} {path}: {status} is not described"] if status < 500 else []
        validator = self._validator(path, method, "responses", name)
        return _faults(validator, answer, f"{method} {path}: answered {status}")

    def path_of(self, asked: str) -> str | None:
        """Return the described path that a request's path is one of."""
        return next((path for regex, path in self._patterns if regex.fullmatch(asked)), None)

    def _parameters(self, path: str, method: str) -> list[Json]:
        own: list[Json] = self._paths[path][method].get("parameters", [])
        shared: list[Json] = self._paths[path].get("parameters", [])
        return own + shared

    def _validator(self, path: str, method: str, *way: str) -> jsonschema.Draft202012Validator:
        key = (path, method, *way)
        if key not in self._validators:
            part = self._paths[path][method]
            for step in way:
                part = part.get(step, {})
            if "$ref" in part:
                part = self._components["responses"][part["$ref"].rpartition("/")[2]]
            schema = part.get("content", {}).get(_PLAIN, {}).get("schema")
            known = self._asked if way[0] == "requestBody" else self._components
            self._validators[key] = schema and jsonschema.Draft202012Validator(
                schema | {"components": known}
            )
        return self._validators[key]


@cache
def description() -> Description | None:
    """Return Discord's description, where it is at hand."""
    folder = os.environ.get("GAZETTE_SHARED")
    file = Path(folder, "discord", "openapi.json") if folder else None
    if file is None or not file.exists():
        return None
    return Description(json.loads(file.read_text(encoding="utf-8")))


def _faults(
    validator: jsonschema.Draft202012Validator | None, value: object, where: str
) -> list[str]:
    if validator is None:
        return [] if value is None else [f"{where}: a body that is not described"]
    return [
        f"{where}: {error.json_path}: {error.message[:300]}"
        for error in map(_deepest, validator.iter_errors(value))
    ]


def _deepest(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Return the fault of the alternative that was meant: of the right type, or the furthest."""
    while error.context:
        others = {e.schema_path[0] for e in error.context if list(e.path) == ["type"]}
        meant = [inner for inner in error.context if inner.schema_path[0] not in others]
        error = max(
            meant or error.context,
            key=lambda inner: (len(inner.absolute_path), inner.validator != "type"),
        )
    return error
