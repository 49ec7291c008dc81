"""Naming: the topic or the provider that a member means, whatever they typed of it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.core.url import host_of, safe_url
from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_RATIO = 0.75  # of difflib's ratio: scince is Science, and lawn is not Law
_SHORTEST = 4  # letters of a name that may be misspelt; shorter ones are alike too easily


def named(typed: str, names: Iterable[str], domains: Iterable[str] = ()) -> str | None:
    """Return the one of these that is meant: as it is, by its beginning, or by its spelling.

    Of names that differ in nothing that counts it is the first.
    """
    tables = (
        (_table(names, fold), fold(typed.strip())),
        (_table(domains, lambda one: fold(one).removeprefix("www.")), _host(typed.strip())),
    )
    ways = (_same, _begun, _alike)
    return next((name for way in ways for table in tables if (name := way(*table))), None)


def _table(names: Iterable[str], form: Callable[[str], str]) -> Mapping[str, str]:
    return {form(name): name for name in reversed(tuple(names))}


def _host(typed: str) -> str:
    """Return the host of an address, with or without its scheme; other texts as they are."""
    address = safe_url(typed if "://" in typed else f"https://{typed}")
    return fold(host_of(address) if address else typed)


def _same(table: Mapping[str, str], wanted: str) -> str | None:
    return table.get(wanted)


def _begun(table: Mapping[str, str], wanted: str) -> str | None:
    found = [name for form, name in table.items() if form.startswith(wanted)]
    return found[0] if len(found) == 1 else None


def _alike(table: Mapping[str, str], wanted: str) -> str | None:
    if len(wanted) < _SHORTEST:
        return None
    forms = get_close_matches(wanted, table, n=1, cutoff=_RATIO)
    return table[forms[0]] if forms else None
