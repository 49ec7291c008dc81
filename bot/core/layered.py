"""A mapping that never changes, and of which a changed one is made without copying it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MOST = 1_000  # changes that lie above the base before a new base is made of all


class Layered(Mapping[K, V]):
    """A base and the few changes above it; looking up is quick, and so is the next change."""

    __slots__ = ("_base", "_changes", "_length")

    def __init__(self, base: dict[K, V] | None = None) -> None:
        self._base: dict[K, V] = {} if base is None else base
        self._changes: dict[K, V | None] = {}
        self._length = len(self._base)

    def changed(self, changes: Mapping[K, V | None]) -> Layered[K, V]:
        """Return the mapping with these values; a key whose value is None is in it no more."""
        if not changes:
            return self
        found: Layered[K, V] = Layered(self._base)
        found._changes = {**self._changes, **changes}
        was = sum(key in self for key in changes)
        found._length = len(self) - was + sum(value is not None for value in changes.values())
        return found if len(found._changes) <= _MOST else Layered(dict(found.items()))

    def __getitem__(self, key: K) -> V:
        if key not in self._changes:
            return self._base[key]
        value = self._changes[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[K]:
        if not self._changes:
            return iter(self._base)
        return self._keys()

    def __len__(self) -> int:
        return self._length

    def _keys(self) -> Iterator[K]:
        for key in self._base:
            if key not in self._changes or self._changes[key] is not None:
                yield key
        for key, value in self._changes.items():
            if value is not None and key not in self._base:
                yield key
